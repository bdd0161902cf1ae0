"""Writes the tables of the docs from what they tell of, or checks that they stand.

    python tooling/docs_tables.py [--check]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is one of `TABLES`. Figures
come from `benchmarks/results`, the settings from the package.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ai_translate.config import PREFIX, Settings

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks/results"
_BLOCK: Final = re.compile(r"<!-- table: ([a-z_]+) -->\n.*?<!-- end -->", re.DOTALL)


def main() -> int:
    """Fills every block of every page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if stale")
    check = parser.parse_args().check
    stale = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            stale.append(page)
            if not check:
                page.write_text(filled, encoding="utf-8")
    for page in stale:
        print(f"{'stale' if check else 'written'}: {page.relative_to(ROOT)}")
    return 1 if check and stale else 0


def pages() -> list[Path]:
    """Every page that may hold a table."""
    found = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("starter/*/*.md")]
    return sorted(found)


def fill(text: str) -> str:
    """A page with its tables made anew."""
    return _BLOCK.sub(
        lambda block: f"<!-- table: {block[1]} -->\n{TABLES[block[1]]()}\n<!-- end -->", text
    )


def _record(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return record


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _measured(name: str, record: dict[str, Any]) -> str:
    machine = record["machine"]
    return f"Measured by `benchmarks/{name}.py` on {machine['cpus']} CPUs ({machine['cpu']})."


def quality() -> str:
    """Scores and speed of each setting on each set."""
    record = _record("quality")
    rows: list[list[object]] = []
    for name, results in record["figures"].items():
        fastest = max(r["sentences_per_second"] for r in results.values() if "bleu" in r)
        for setting, r in results.items() if isinstance(results, dict) else ():
            if "bleu" in r:
                speed = f"{r['sentences_per_second'] / fastest:.2f}"
                rows.append([name, setting, r["bleu"], r["chrf"], speed])
    losses = ", ".join(
        f"{name} {results['chrf_loss_of_int8']['beam 2']:+.2f}"
        for name, results in record["figures"].items()
    )
    head = ["set", "weights, beam", "BLEU", "chrF", "speed against the fastest"]
    table, measured = _table(head, rows), _measured("quality", record)
    return f"{table}\n\nchrF lost by int8 at beam 2: {losses}. {measured}"


def scores() -> str:
    """What the model card says: the default setting, with signatures."""
    record = _record("quality")
    rows: list[list[object]] = []
    signatures: list[str] = []
    for name, results in record["figures"].items():
        r = results["int8, beam 2"]
        rows.append([name, results["sentences"], r["bleu"], r["chrf"]])
        signatures = r["signatures"]
    head = ["set", "sentences", "BLEU", "chrF"]
    return f"{_table(head, rows)}\n\nint8, beam 2. sacrebleu: `{'`, `'.join(signatures)}`."


def part_tokens() -> str:
    """Scores of each length of a part."""
    record = _record("part_tokens")
    rows: list[list[object]] = [
        [name, length, r["bleu"], r["chrf"], r["length_ratio"]]
        for name, results in record["figures"].items()
        for length, r in results.items()
        if isinstance(r, dict)
    ]
    head = ["long sentences of", "tokens in a part", "BLEU", "chrF", "length against reference"]
    return f"{_table(head, rows)}\n\n{_measured('part_tokens', record)}"


def startup() -> str:
    """How soon the service is ready, and its memory."""
    record = _record("startup")
    figures = record["figures"]
    rows: list[list[object]] = [
        ["from process start to ready, median", f"{figures['seconds_to_ready']['median']:.2f} s"],
        ["`import ai_translate`", f"{figures['import_seconds']['ai_translate']:.3f} s"],
        ["peak resident memory after a load", f"{figures['peak_resident_mb']:.0f} MB"],
    ]
    return f"{_table(['what', 'figure'], rows)}\n\n{_measured('startup', record)}"


def settings() -> str:
    """Every setting with its default and meaning."""
    rows: list[list[object]] = []
    for name, field in Settings.model_fields.items():
        variable = name.upper() if field.validation_alias else PREFIX + name.upper()
        default = "" if field.default is None else f"`{field.default}`"
        rows.append([f"`{variable}`", default, field.description])
    return _table(["name", "default", "meaning"], rows)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "quality": quality,
    "scores": scores,
    "part_tokens": part_tokens,
    "startup": startup,
    "settings": settings,
}

if __name__ == "__main__":
    sys.exit(main())
