"""Writes the tables and charts of the docs from what they tell of, or checks that they stand.

    python tooling/docs_tables.py [--check]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is one of `TABLES`. Charts
are the files of `CHARTS` in `docs/charts`. Figures come from `benchmarks/results`, the settings
from the package.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import click
from click.testing import CliRunner

import image_figures
import performance
import reliability_figures
import supply_figures
from ai_translate.cli import main as cli
from ai_translate.config import PREFIX
from ai_translate.server.metric_families import FAMILIES, PROCESS
from ai_translate.settings import Settings
from results import measured, record, table

ROOT: Final = Path(__file__).parents[1]
CHART_FOLDER: Final = ROOT / "docs/charts"
_BLOCK: Final = re.compile(r"<!-- table: ([a-z0-9_]+) -->\n.*?<!-- end -->", re.DOTALL)


def main() -> int:
    """Fills every block of every page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if stale")
    check = parser.parse_args().check
    wanted = {page: fill(page.read_text(encoding="utf-8")) for page in pages()}
    wanted |= {CHART_FOLDER / f"{name}.svg": draw() for name, draw in CHARTS.items()}
    stale = []
    for page, text in wanted.items():
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(page)
            if not check:
                page.parent.mkdir(exist_ok=True)
                page.write_text(text, encoding="utf-8")
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


def quality() -> str:
    """Scores and speed of each setting on each set."""
    found = record("quality")
    rows: list[list[object]] = []
    for name, results in found["figures"].items():
        scored = {k: r for k, r in results.items() if isinstance(r, dict) and "bleu" in r}
        fastest = max(r["sentences_per_second"] for r in scored.values())
        for setting, r in scored.items():
            speed = f"{r['sentences_per_second'] / fastest:.2f}"
            rows.append([name, setting, r["bleu"], r["chrf"], speed])
    losses = ", ".join(
        f"{name} {results['chrf_loss_of_int8']['beam 2']:+.2f}"
        for name, results in found["figures"].items()
    )
    head = ["set", "weights, beam", "BLEU", "chrF", "speed against the fastest"]
    shown = f"{table(head, rows)}\n\nchrF lost by int8 at beam 2: {losses}."
    return f"{shown} {measured('quality', found)}"


def scores() -> str:
    """What the model card says: the default setting, with signatures."""
    found = record("quality")
    rows: list[list[object]] = []
    signatures: list[str] = []
    for name, results in found["figures"].items():
        r = results["int8, beam 2"]
        rows.append([name, results["sentences"], r["bleu"], r["chrf"]])
        signatures = r["signatures"]
    head = ["set", "sentences", "BLEU", "chrF"]
    return f"{table(head, rows)}\n\nint8, beam 2. sacrebleu: `{'`, `'.join(signatures)}`."


def part_tokens() -> str:
    """Scores of each length of a part."""
    found = record("part_tokens")
    rows: list[list[object]] = [
        [name, length, r["bleu"], r["chrf"], r["length_ratio"]]
        for name, results in found["figures"].items()
        for length, r in results.items()
        if isinstance(r, dict)
    ]
    head = ["long sentences of", "tokens in a part", "BLEU", "chrF", "length against reference"]
    return f"{table(head, rows)}\n\n{measured('part_tokens', found)}"


def arm64() -> str:
    """What an image for arm64 costs under emulation."""
    found = record("arm64")
    figures = found["figures"]
    rows: list[list[object]] = [
        ["build, empty caches", f"{figures['build_seconds']:.0f} s"],
        ["a container that translates a sentence", f"{figures['translate_seconds']:.0f} s"],
        [f"“{figures['sentence']}” on {figures['machine']}", figures["translation"]],
    ]
    return f"{table(['under emulation', 'found'], rows)}\n\n{measured('arm64', found)}"


def markup() -> str:
    """Whether tags and placeholders come back, and what they cost."""
    found = record("markup")
    figures = found["figures"]
    rows = [
        ["sentences in HTML", figures["sentences"]],
        ["… well-formed, with the same tags", figures["well_formed"]],
        ["… with all placeholders intact", figures["placeholders_intact"]],
        ["chrF, of the same sentences without marks", figures["chrf_without_marks"]],
        ["chrF, of those with, without their marks", figures["chrf_with_marks"]],
        ["tokens a second, plain text", figures["text_tokens_per_second"]],
        ["tokens a second, the same in pages", figures["html_tokens_per_second"]],
        ["ratio", figures["html_of_text"]],
    ]
    return f"{table(['what', 'figure'], rows)}\n\n{measured('markup', found)}"


def alignment() -> str:
    """How often each technique places a tag where a statistical alignment would."""
    found = record("alignment")
    figures = found["figures"]
    rows = [
        [name, f"{figures[key]['exact']:.0%}", f"{figures[key]['overlap']:.0%}"]
        for key, name in (
            ("place", "place alone"),
            ("attention", "attention alone"),
            ("place_and_kin", "place, and words alike"),
            ("place_kin_and_phrase", "these, and the phrase alone (what we do)"),
        )
    ]
    head = ["technique", "just where the reference has it", "overlap with it (F1)"]
    return (
        f"{table(head, rows)}\n\n{figures['phrases']} phrases; the reference is eflomal's. "
        f"{measured('alignment', found)}"
    )


def placeholders() -> str:
    """How placeholders fare, and which words survive in their place."""
    found = record("placeholders")
    figures = found["figures"]
    survival = figures["stand_ins_that_survive"].items()
    rows: list[list[object]] = [
        ["sentences with a placeholder", figures["sentences"]],
        ["… in which it came back intact", figures["intact"]],
        ["… which were translated around it", figures["translated_around"]],
        ["chrF, of the same sentences without", figures["chrf_without_placeholders"]],
        ["chrF, with the placeholder filled in", figures["chrf_with_placeholders"]],
    ]
    rows += [[f"`{word}` in its place survives", f"{share:.0%}"] for word, share in survival]
    return f"{table(['what', 'figure'], rows)}\n\n{measured('placeholders', found)}"


def glossaries() -> str:
    """How often terms are honoured, and what that does to quality."""
    found = record("glossaries")
    figures = found["figures"]
    rows: list[list[object]] = [
        [way, f"{of_way['honoured']:.1%}", f"{of_way['chrf']:.2f}"]
        for way, of_way in figures["ways"].items()
    ]
    asked = figures["sentences"]
    heading = ["way", f"terms honoured in {asked} sentences", "chrF of these"]
    return f"{table(heading, rows)}\n\n{measured('glossaries', found)}"


def startup() -> str:
    """How soon the service is ready, and its memory."""
    found = record("startup")
    figures = found["figures"]
    rows: list[list[object]] = [
        ["from process start to ready, median", f"{figures['seconds_to_ready']['median']:.2f} s"],
        ["`import ai_translate`", f"{figures['import_seconds']['ai_translate']:.3f} s"],
        ["peak resident memory after a load", f"{figures['peak_resident_mb']:.0f} MB"],
    ]
    return f"{table(['what', 'figure'], rows)}\n\n{measured('startup', found)}"


def settings() -> str:
    """Every setting with its default and meaning."""
    rows: list[list[object]] = []
    for name, field in Settings.model_fields.items():
        variable = name.upper() if field.validation_alias else PREFIX + name.upper()
        default = "" if field.default is None else f"`{field.default}`"
        rows.append([f"`{variable}`", default, field.description])
    return table(["name", "default", "meaning"], rows)


def metrics() -> str:
    """Every metric with its kind, its labels and its meaning."""
    rows: list[list[object]] = [
        [
            f"`{family.name}`",
            family.kind,
            " ".join(f"`{label}`" for label in family.labels),
            family.meaning,
        ]
        for family in (*FAMILIES, *PROCESS)
    ]
    return table(["name", "kind", "labels", "meaning"], rows)


def commands() -> str:
    """The help of every command, as the command line prints it."""
    parts = []
    for names in _command_names(cli, ()):
        shown = " ".join(("ai-translate", *names))
        result = CliRunner(env={"COLUMNS": "80"}).invoke(
            cli, [*names, "--help"], prog_name="ai-translate", terminal_width=80
        )
        parts.append(f"## `{shown}`\n\n```text\n{result.stdout.strip()}\n```")
    return "\n\n".join(parts)


def _command_names(group: click.Group, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = [names]
    for name, command in group.commands.items():
        inside = (*names, name)
        found += _command_names(command, inside) if isinstance(command, click.Group) else [inside]
    return found


def guarded() -> str:
    """What the guard catches, and what it wrongly touches."""
    found = record("guard")
    provoking, ordinary = found["figures"]["provoking"], found["figures"]["ordinary"]
    cleared = provoking["again"][found["figures"]["chosen"]]["without doubt"]
    missed = provoking["not suspected"]["degenerate"]
    rows: list[list[object]] = [
        ["provoking sentences", provoking["sentences"]],
        [
            "degenerate outputs that pass unmarked without the guard",
            provoking["without guard"]["degenerate"],
        ],
        ["the same with the guard", missed + cleared["degenerate"]],
        ["outputs that the second decoding clears", cleared["all"]],
        ["of these good, by hand", cleared["fair"]],
        ["everyday sentences (Tatoeba test set)", ordinary["sentences"]],
        ["of these suspected", ordinary["suspected"]],
        ["cleared by the second decoding", ordinary["without doubt after decoding again"]],
        ["wrongly touched, by hand", ordinary["suspected, found fair by hand"]],
        ["wrongly touched, percent", ordinary["wrongly touched, percent"]],
        ["chrF of the suspects, decoded once", ordinary["chrF of suspects"]["decoded once"]],
        ["chrF of the suspects, decoded again", ordinary["chrF of suspects"]["decoded again"]],
        ["microseconds for a sentence", ordinary["microseconds a sentence"]],
    ]
    return f"{table(['what', 'figure'], rows)}\n\n{measured('guard', found)}"


def batched() -> str:
    """What each budget of a batch costs, and how fair it is."""
    found = record("batcher")
    rows: list[list[object]] = [
        [
            budget,
            r["of_offline"],
            r["cpu_ms_beyond_offline"],
            r["fill"],
            r["fairness"]["slowest_of_median"],
        ]
        for budget, r in found["figures"]["budgets"].items()
    ]
    head = [
        "padded tokens",
        "throughput against one offline call",
        "CPU ms for a sentence beyond it",
        "fill",
        "slowest in queue against median, mixed load",
    ]
    return f"{table(head, rows)}\n\n{measured('batcher', found)}"


TABLES: Final[dict[str, Callable[[], str]]] = {
    "quality": quality,
    "scores": scores,
    "part_tokens": part_tokens,
    "alignment": alignment,
    "markup": markup,
    "placeholders": placeholders,
    "glossaries": glossaries,
    "arm64": arm64,
    "startup": startup,
    "throughput": partial(performance.throughput, "throughput"),
    "throughput_opus": partial(performance.throughput, "throughput-opus"),
    "latency": performance.latency,
    "rivals": performance.rivals,
    "reliability": reliability_figures.reliability,
    "request_cost": reliability_figures.request_cost,
    "door_cost": reliability_figures.door_cost,
    "settings": settings,
    "metrics": metrics,
    "commands": commands,
    "guard": guarded,
    "batcher": batched,
    "conversion": supply_figures.conversion,
    "download": supply_figures.download,
    "pull": supply_figures.pull,
    "remote": supply_figures.remote,
    "builds": image_figures.builds,
    "image_contents": image_figures.contents,
}

CHARTS: Final[dict[str, Callable[[], str]]] = {
    "throughput": partial(performance.throughput_chart, "throughput"),
    "throughput-opus": partial(performance.throughput_chart, "throughput-opus"),
    "latency": performance.latency_chart,
    "rivals": performance.rivals_chart,
}

if __name__ == "__main__":
    sys.exit(main())
