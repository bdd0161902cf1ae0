"""What the report of a build costs: of its time, of a long log, and of a page.

    PYTHONPATH=tests:tooling python benchmarks/build_insight.py [--rounds 3]

Builds the image on an engine of its own with empty caches, by `build-optimized.sh` in a copy of
the checkout, then after an edit of the service and after none; each build once with the report and
once with `tooling/build_report` taken away. What the report itself takes is also measured alone, as
the seconds that its last command needs. A log of 50,000 lines is made of a real one by repeating
what it tells. Needs root; see `tooling/engine/install.sh`. Writes `results/build_insight.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.lockfile import Lock
from build_report.comparison import Comparison
from build_report.history import History
from build_report.page import page
from build_report.summary import Report
from record import write_record
from support.build_script import BuildScript
from support.checkout import Checkout
from support.engine import DOCKER, Engine

ROOT: Final = Path(__file__).parents[1]
_LINES: Final = 50_000
_EDITED: Final = "src/ai_translate/server/native.py"
_BUILDS: Final = 30
_KINDS: Final = ("first", "source", "nothing")


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="of builds, and of readings")
    rounds = parser.parse_args().rounds
    figures: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 2), "rounds": rounds}
    with tempfile.TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        figures["builds"], kept = builds(folder, rounds)
        figures["log"] = long_log(kept / "log-1", folder, rounds)
        figures["page"] = long_page(kept / "history.jsonl")
    print(json.dumps(figures, indent=1))
    lock = Lock.read(ROOT / "models.lock")
    write_record("build_insight", figures, models={m.name: m.artifact for m in lock.models})
    return 0


def builds(folder: Path, rounds: int) -> tuple[dict[str, Any], Path]:
    """Seconds of builds with and without the report, and the folder that the last one kept."""
    seconds: dict[str, dict[str, list[float]]] = {
        kind: {"with": [], "without": [], "report": []} for kind in _KINDS
    }
    kept = folder
    for number in range(rounds):
        for way in ("with", "without") if number % 2 == 0 else ("without", "with"):
            with engine() as one:
                checkout = Checkout.of_project(folder / f"{way}-{number}")
                cache = folder / f"cache-{way}-{number}"
                script = BuildScript(checkout.folder, one.host, cache)
                if way == "without":
                    shutil.rmtree(checkout.folder / "tooling/build_report")
                for kind in _KINDS:
                    if kind == "source":
                        checkout.edit(_EDITED)
                    took = _timed(script)
                    seconds[kind][way].append(took)
                    print(f"{kind}, {way}: {took:.2f} s", flush=True)
                    if way == "with":
                        kept = checkout.folder / "build/report"
                        seconds[kind]["report"].append(_report(checkout.folder, one, cache))
            shutil.rmtree(cache)
    figures: dict[str, Any] = {}
    for kind, ways in seconds.items():
        medians = {way: statistics.median(runs) for way, runs in ways.items()}
        figures[kind] = {
            **{way: round(median, 3) for way, median in medians.items()},
            "runs": {way: [round(run, 3) for run in runs] for way, runs in ways.items()},
            # What comes after the build; what goes on beside it is in the time with the report.
            "percent": round(100 * medians["report"] / medians["without"], 2),
            "percent_in_all": round(100 * (medians["with"] / medians["without"] - 1), 2),
        }
    return figures, kept


def long_log(log: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds in which a process starts, reads a log of 50,000 lines and prints its table."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    long = folder / "long.log"
    repeated = (lines * (_LINES // len(lines) + 1))[:_LINES]
    long.write_text("".join(repeated), encoding="utf-8")
    runs = []
    for number in range(rounds):
        history = folder / f"history-{number}.jsonl"
        started = time.perf_counter()
        _call(ROOT, "record", "--log", str(long), "--history", str(history))
        runs.append(round(time.perf_counter() - started, 3))
    return {
        "lines": len(repeated),
        "bytes": long.stat().st_size,
        "seconds": statistics.median(runs),
        "runs": runs,
    }


def long_page(path: Path) -> dict[str, Any]:
    """Bytes of a page of 30 builds, of which all have the steps and causes of the last one."""
    last = History.read(path).records[-1]
    many = tuple(replace(last, key=str(number)) for number in range(_BUILDS))
    text = page(Report(last, Comparison(last, last), Comparison(last, last), many))
    return {"builds": _BUILDS, "bytes": len(text.encode())}


@contextlib.contextmanager
def engine() -> Iterator[Engine]:
    """An engine that has the base image and nothing else."""
    with tempfile.TemporaryDirectory(prefix="report-") as folder, Engine(Path(folder)) as started:
        yield started.with_base()


def _timed(script: BuildScript) -> float:
    started = time.perf_counter()
    script.build()
    return time.perf_counter() - started


def _report(folder: Path, one: Engine, cache: Path) -> float:
    """Seconds of the command that the script calls at its end, with what the script gives it."""
    kept = folder / "build/report"
    spare = kept / "spare.jsonl"
    shutil.copy2(kept / "history.jsonl", spare)
    started = time.perf_counter()
    _call(
        folder,
        *("record", "--log", str(kept / "log-1"), "--metadata", str(kept / "metadata.json")),
        *("--inputs", str(kept / "inputs.json"), "--history", str(spare), "--where", "engine"),
        *("--tag", "ai-translate:script", "--cache", str(cache)),
        **one.environment(),
    )
    return time.perf_counter() - started


def _call(folder: Path, *arguments: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "build_report", *arguments],
        cwd=folder,
        env={**os.environ, "DOCKER": DOCKER, **environment, "PYTHONPATH": str(folder / "tooling")},
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
