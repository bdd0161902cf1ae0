"""Reads what `--progress=plain` prints. It tells no times of the day, and of no inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from build_report.build_log import BuildLog, Transfer, Vertex

__all__ = ["read"]

_LINE: Final = re.compile(r"#(\d+) (.*)")
# What a command of a step printed has the seconds since the step began in front.
_PRINTED: Final = re.compile(r"\d+\.\d+ ")
_DONE: Final = re.compile(r"DONE (\d+(?:\.\d+)?)s$")
_TRANSFER: Final = re.compile(
    r"(?P<name>\S.*?) (?P<size>\d+(?:\.\d+)?)(?P<unit>[kMGT]?B)"
    r"(?: / \d+(?:\.\d+)?[kMGT]?B)?(?: \d+(?:\.\d+)?s)?(?: done)?$"
)
_UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@dataclass(slots=True)
class _Told:
    """What is told of a vertex so far."""

    name: str
    # Of each call of the client, in which the last number of seconds counts.
    seconds: dict[int, float] = field(default_factory=dict)
    cached: bool | None = None
    error: str = ""
    sizes: dict[str, int] = field(default_factory=dict)


def read(lines: Iterable[str]) -> BuildLog:
    """All that these lines tell."""
    told: dict[str, _Told] = {}
    numbers: dict[str, _Told] = {}
    call = 0
    for line in lines:
        if not (found := _LINE.match(line.rstrip("\r\n"))):
            continue
        number, text = found.groups()
        if number == "0":
            # What the client says first; it counts from 1 again.
            numbers, call = {}, call + 1
        elif number not in numbers:
            numbers[number] = told.setdefault(text, _Told(text))
        elif not _PRINTED.match(text):
            _note(numbers[number], text, call)
    return BuildLog(tuple(_vertex(one) for one in told.values()), linked=False)


def _note(told: _Told, text: str, call: int) -> None:
    if text == "CACHED":
        told.cached = told.cached is not False
    elif done := _DONE.match(text):
        told.seconds[call] = max(float(done[1]), told.seconds.get(call, 0.0))
        told.cached = told.cached is True
    elif text.startswith("ERROR"):
        told.error = text.partition(": ")[2] or text
    elif moved := _TRANSFER.match(text):
        size = round(float(moved["size"]) * _UNITS[moved["unit"]])
        told.sizes[moved["name"]] = max(size, told.sizes.get(moved["name"], 0))


def _vertex(told: _Told) -> Vertex:
    ended = told.cached is not None
    return Vertex(
        told.name,
        told.name,
        seconds=sum(told.seconds.values()),
        begun=True,
        ended=ended or bool(told.error),
        cached=told.cached is True,
        error=told.error,
        transfers=tuple(Transfer(name, size) for name, size in told.sizes.items()),
    )
