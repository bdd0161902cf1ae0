"""What BuildKit tells of a build while it goes on."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Self

__all__ = ["Progress", "Step"]

_STAGE: Final = re.compile(r"\[(?:\S+/\S+ )?(\S+) +\d+/\d+\] (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build: what BuildKit calls it, whether a cache had it, and its seconds."""

    name: str
    cached: bool
    seconds: float

    @property
    def stage(self) -> str:
        """The stage that it is of; empty for the work of BuildKit itself."""
        found = _STAGE.match(self.name)
        # To look at a base does nothing, and no cache has it.
        return found[1] if found and not found[2].startswith("FROM ") else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """All that a build told.

    Attributes:
        steps: What it did, in no order.
        said: What the client and the commands of steps printed.
    """

    steps: tuple[Step, ...]
    said: str

    @classmethod
    def of(cls, rawjson: str) -> Self:
        """Reads what `--progress=rawjson` prints."""
        steps: dict[str, Step] = {}
        said: list[str] = []
        decoder = json.JSONDecoder()
        at = 0
        # What the client itself says stands between the documents of BuildKit.
        while (begin := rawjson.find("{", at)) >= 0:
            said.append(rawjson[at:begin])
            try:
                document, at = decoder.raw_decode(rawjson, begin)
            except ValueError:
                said.append("{")
                at = begin + 1
                continue
            for vertex in document.get("vertexes", []):
                if "completed" in vertex:
                    steps[vertex["digest"]] = _step(vertex)
            logs = (base64.b64decode(log["data"]) for log in document.get("logs", []))
            said += (log.decode(errors="replace") for log in logs)
        return cls(tuple(steps.values()), "".join([*said, rawjson[at:]]))


def _step(vertex: dict[str, Any]) -> Step:
    seconds = _time(vertex["completed"]) - _time(vertex["started"])
    return Step(vertex["name"], vertex.get("cached", False), seconds)


def _time(stamp: str) -> float:
    """Seconds of a time of day such as `2026-01-02T03:04:05.123456789Z`."""
    hours, minutes, seconds = stamp.partition("T")[2].rstrip("Z").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
