"""Builds of one kind, repeated, and what their time went into."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from support.engine import Build

__all__ = ["TimedBuilds"]

_EXPORTING: Final = "exporting to image"


@dataclass(frozen=True, slots=True)
class TimedBuilds:
    """Builds of the same inputs in the same state of the caches; at least one."""

    builds: Sequence[Build]

    @property
    def seconds(self) -> float:
        """Median of their wall times."""
        return statistics.median(build.seconds for build in self.builds)

    def figures(self) -> dict[str, Any]:
        """Seconds of all; and of the middle one the seconds of each stage that ran.

        Stages run beside each other, and a step may wait for a CPU: their seconds are not to be
        added. `exporting` is to compress the layers and to unpack them again for `docker run`.
        """
        middle = sorted(self.builds, key=lambda build: build.seconds)[len(self.builds) // 2]
        stages: Counter[str] = Counter()
        for step in middle.steps:
            if step.stage and not step.cached:
                stages[step.stage] += step.seconds  # type: ignore[assignment]  # floats count too
        exporting = sum(step.seconds for step in middle.steps if step.name == _EXPORTING)
        return {
            "seconds": round(self.seconds, 2),
            "runs": [round(build.seconds, 2) for build in self.builds],
            "stages": {name: round(seconds, 2) for name, seconds in stages.items()},
            "exporting": round(exporting, 2),
        }
