"""What is kept of one build, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from build_report.build_log import BuildLog
from build_report.causes import Cause
from build_report.image import Image
from build_report.inputs import Inputs
from build_report.steps import Step

__all__ = [
    "BuildRecord",
    "CacheUse",
    "Outcome",
    "StageTime",
    "context_bytes",
    "fetched_bytes",
    "stage_of",
]

Outcome = Literal["built", "failed"]


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How much of a build a cache had.

    Attributes:
        cached: Steps that it had.
        steps: All steps.
        saved: Seconds that those took when they last ran, as far as that is known.
        ran: Seconds of the steps that ran.
        unknown: Cached steps of which no earlier run is known.
        cached_bytes: Of the layers above the base, those whose step was cached; unpacked where
            that is known, otherwise packed. Nothing if neither is.
        bytes: Of all layers above the base.
    """

    cached: int
    steps: int
    saved: float
    ran: float
    unknown: int
    cached_bytes: int | None
    bytes: int | None

    @property
    def of_steps(self) -> float | None:
        """Hit rate in steps, from 0 to 1; nothing if there was no step."""
        return self.cached / self.steps if self.steps else None

    @property
    def of_seconds(self) -> float | None:
        """The same in seconds; nothing unless it is known what each step takes."""
        whole = self.saved + self.ran
        return self.saved / whole if whole and not self.unknown else None

    @property
    def of_bytes(self) -> float | None:
        """The same in bytes."""
        known = self.cached_bytes is not None and self.bytes
        return self.cached_bytes / self.bytes if known else None  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage, or BuildKit's own work, in a build.

    Attributes:
        name: Of the stage, with the platform in front where there are several.
        steps: How many instructions it has.
        cached: How many of them a cache had.
        seconds: How long its steps were worked on, which may overlap.
        critical: Seconds of those that the end of the build waited for, if that is known.
    """

    name: str
    steps: int
    cached: int
    seconds: float
    critical: float | None


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """One build.

    Attributes:
        key: What tells it from others.
        made: When it began, such as `2026-01-02T03:04:05+00:00`.
        name: Of the line of builds that it is of, such as a branch; may be empty.
        commit: Of the checkout, with `-dirty` if that had changes; may be empty.
        tag: What its image is called.
        outcome: How it ended.
        fresh: Whether no cache was to be used.
        seconds: From its begin to its end; 0 if nobody knows.
        waits: Seconds in which nothing of the critical path was worked on, if it is known.
        context: Bytes that were sent of the context: what changed since the engine last had it.
        fetched: Bytes of layers that were fetched from registries, as far as the log tells.
        steps: What was done, in the order in which it began.
        image: What was built; without layers if nobody told of it.
        inputs: What it was made of, if known.
        causes: What broke the cache.
    """

    key: str
    made: str
    name: str
    commit: str
    tag: str
    outcome: Outcome
    fresh: bool
    seconds: float
    waits: float | None
    context: int
    fetched: int
    steps: tuple[Step, ...]
    image: Image
    inputs: Inputs | None
    causes: tuple[Cause, ...]

    @property
    def targets(self) -> frozenset[str]:
        """The platforms or targets of its steps. Builds of the same ones are comparable."""
        return frozenset(step.name.target for step in self.steps if step.name.stage)

    @property
    def cache(self) -> CacheUse:
        """How much of it a cache had."""
        counting = [step for step in self.steps if step.counts]
        cached = [step for step in counting if step.state == "cached"]
        layers = [layer for layer in self.image.layers if layer.cached is not None]
        sizes = [
            (layer.unpacked if layer.unpacked is not None else layer.packed, layer.cached)
            for layer in layers
        ]
        known = [(size, hit) for size, hit in sizes if size is not None]
        whole = bool(known) and len(known) == len(sizes)
        return CacheUse(
            len(cached),
            len(counting),
            sum(step.was or 0.0 for step in cached),
            sum(step.seconds for step in counting if step.state != "cached"),
            sum(step.was is None for step in cached),
            sum(size for size, hit in known if hit) if whole else None,
            sum(size for size, _ in known) if whole else None,
        )

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """Its stages, and BuildKit's own work; those with the most seconds first."""
        groups: dict[str, list[Step]] = {}
        for step in self.steps:
            groups.setdefault(stage_of(step), []).append(step)
        times = [
            StageTime(
                name,
                sum(step.counts for step in steps),
                sum(step.counts and step.state == "cached" for step in steps),
                sum(step.seconds for step in steps),
                _critical(steps),
            )
            for name, steps in groups.items()
        ]
        return tuple(sorted(times, key=lambda time: -time.seconds))


def stage_of(step: Step) -> str:
    """The stage of a step for people, with the platform where there are several."""
    words = [step.name.target, step.name.stage or "BuildKit itself"]
    return " ".join(word for word in words if word)


def _critical(steps: Sequence[Step]) -> float | None:
    if any(step.critical is None for step in steps):
        return None
    return sum(step.seconds for step in steps if step.critical)


def context_bytes(log: BuildLog) -> int:
    """Bytes that were sent of the build context."""
    return sum(
        transfer.size
        for vertex in log.vertexes
        if vertex.name.endswith("load build context")
        for transfer in vertex.transfers
        if transfer.name.startswith("transferring context")
    )


def fetched_bytes(log: BuildLog) -> int:
    """Bytes of blobs that were fetched: of a base image, and from a cache in a registry."""
    sizes: dict[str, int] = {}
    for vertex in log.vertexes:
        for one in vertex.transfers:
            if one.name.startswith("sha256:"):
                sizes[one.name] = max(one.size, sizes.get(one.name, 0))
    return sum(sizes.values())
