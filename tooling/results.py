"""Reads what the benchmarks wrote, and writes it as tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["is_there", "measured", "record", "table"]

RESULTS: Final = Path(__file__).parents[1] / "benchmarks/results"


def is_there(name: str) -> bool:
    """Whether a benchmark has been run."""
    return (RESULTS / f"{name}.json").exists()


def record(name: str) -> dict[str, Any]:
    """The record of one benchmark."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def measured(script: str, found: dict[str, Any]) -> str:
    """A sentence that says with what and on what a record was made."""
    machine = found["machine"]
    return f"Measured by `benchmarks/{script}.py` on {machine['cpus']} CPUs ({machine['cpu']})."
