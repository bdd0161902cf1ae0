"""How long does `models pull` take when there is nothing to do?

    python benchmarks/pull.py [--runs 20]

Each run is a process of its own, in turn with one that does nothing and one that prints the
version, so that what is Python's and what is the command line's can be told from what `pull`
does. Writes `results/pull.json`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from ai_translate.supply.lockfile import Lock
from record import write_record

ROOT: Final = Path(__file__).parents[1]
COMMANDS: Final = {
    "python": ["-c", "pass"],
    "version": ["-m", "ai_translate.cli", "--version"],
    "pull": ["-m", "ai_translate.cli", "models", "pull"],
}


def seconds(arguments: list[str]) -> float:
    """Wall time of one process, from its start to its end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    runs: int = parser.parse_args().runs
    seconds(COMMANDS["pull"])
    measured = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(runs)]
    figures = {
        name: {
            "median_seconds": round(statistics.median(one[name] for one in measured), 3),
            "worst_seconds": round(max(one[name] for one in measured), 3),
        }
        for name in COMMANDS
    }
    for name, found in figures.items():
        print(f"{name:8} {found['median_seconds']:.3f} s, at worst {found['worst_seconds']:.3f} s")
    models = {model.name: model.artifact for model in Lock.read(ROOT / "models.lock").models}
    write_record("pull", {"runs": runs, **figures}, models=models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
