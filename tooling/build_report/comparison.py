"""What changed from one build to another."""

from __future__ import annotations

from dataclasses import dataclass

from build_report.image import PARTS
from build_report.record import BuildRecord

__all__ = ["Comparison", "PartChange"]


@dataclass(frozen=True, slots=True)
class PartChange:
    """Bytes of a part of the image in both builds; nothing where they are not known."""

    part: str
    then: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two builds.

    Attributes:
        now: The later one.
        then: The one that it is compared with.
    """

    now: BuildRecord
    then: BuildRecord

    @property
    def step_seconds(self) -> tuple[float, float]:
        """Seconds of the steps that ran in both builds, or would have: now, and then.

        The whole time of two builds says little where one had more from the cache. This compares
        each step that ran with the same step in the other build, or, if a cache had it there, with
        the last time that it ran before.
        """
        then = {
            step.key: step.was if step.state == "cached" else step.seconds
            for step in self.then.steps
            if step.counts
        }
        pairs = [
            (step.seconds, before)
            for step in self.now.steps
            if step.counts and step.state == "ran" and (before := then.get(step.key)) is not None
        ]
        return sum(one for one, _ in pairs), sum(other for _, other in pairs)

    @property
    def packed(self) -> bool:
        """Whether sizes are packed ones: where unpacked ones are not known of both."""
        return self.now.image.unpacked is None or self.then.image.unpacked is None

    @property
    def image(self) -> PartChange:
        """Size of the whole image."""
        sizes = [
            one.image.packed if self.packed else one.image.unpacked for one in (self.then, self.now)
        ]
        return PartChange("image", *sizes)

    @property
    def parts(self) -> tuple[PartChange, ...]:
        """Size of each part that either image has."""
        then = self.then.image.parts(packed=self.packed)
        now = self.now.image.parts(packed=self.packed)
        if not then or not now:
            return ()
        return tuple(
            PartChange(part, then.get(part, 0), now.get(part, 0))
            for part in PARTS
            if part in then or part in now
        )
