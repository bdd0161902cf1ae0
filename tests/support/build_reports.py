"""Recorded builds, and what is made of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from build_report.build_log import BuildLog, Span, Vertex
from build_report.history import History
from build_report.image import Made
from build_report.inputs import Inputs
from build_report.record import BuildRecord
from build_report.recording import Told, recorded
from build_report.steps import Step, StepName

__all__ = ["LOGS", "MADE", "log", "record", "step", "vertex"]

LOGS: Final = Path(__file__).parents[1] / "unit/build_report/data"
"""Logs of buildx 0.13.1 on Docker 26.1.5: a small image of four stages."""

MADE: Final = (
    Made("", 244_670_464, 83_000_000),
    Made("COPY /layer/ / # buildkit", 307_200, 300_000),
    Made("COPY /layer/ / # buildkit", 12_288, 200),
    Made("COPY /layer/ / # buildkit", 12_288, 210),
    Made("WORKDIR /app", 4_096, 32),
    Made("CMD []", 0, 0),
)
"""The history of its image."""


def log(*names: str) -> BuildLog:
    """A recorded log, or several of one build."""
    read = [BuildLog.read(LOGS / name) for name in names]
    return read[0] if len(read) == 1 else BuildLog.joined([("", one) for one in read])


def record(name: str, history: History | None = None, /, **told: Any) -> BuildRecord:
    """The record of a recorded log."""
    known = {"made": MADE, "inputs": Inputs(), "tag": "tiny:1", **told}
    return recorded(log(name), history or History([]), Told(**known))


def step(stage: str, number: int, instruction: str, **more: Any) -> Step:
    """A step of a second that ran."""
    ran = Step(StepName("", stage, number, instruction), "ran", 1.0)
    return replace(ran, **more)


def vertex(key: str, began: float, ended: float, *inputs: str, **more: Any) -> Vertex:
    """A vertex that worked in one span."""
    span = Span(began, ended)
    done = Vertex(key, key, inputs, (span,), ended - began, begun=True, ended=True)
    return replace(done, **more)
