"""What every form of the report says, in the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from build_report import amounts
from build_report.causes import Cause
from build_report.comparison import Comparison
from build_report.record import BuildRecord
from build_report.steps import Step

__all__ = ["Fact", "Report", "instruction_of", "sentence_of"]

_MOUNTS: Final = re.compile(r"--mount=\S+ ?")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a build.

    Attributes:
        name: Of the figure.
        value: It, with its unit.
        before: How it changed against the build before; empty if that is not known.
        baseline: The same against the baseline.
    """

    name: str
    value: str
    before: str = ""
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A build and what it is compared with.

    Attributes:
        record: The build.
        before: Against the build before, if there is one.
        baseline: Against the baseline, if one was named and is there.
        history: All builds that are known, the oldest first, this one among them.
    """

    record: BuildRecord
    before: Comparison | None = None
    baseline: Comparison | None = None
    history: tuple[BuildRecord, ...] = ()

    @property
    def title(self) -> str:
        """What was built, and when."""
        record = self.record
        words = [record.tag or "a build", record.name, record.commit[:12], record.made]
        return ", ".join(word for word in words if word)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The figures of the build."""
        record, cache = self.record, self.record.cache
        image = record.image
        return (
            self._fact(
                "time",
                amounts.seconds(record.seconds) if record.seconds else "unknown",
                lambda one: one.seconds,
            ),
            Fact("critical path", _path(record)),
            Fact("steps that ran", amounts.seconds(cache.ran), *self._of_steps()),
            Fact(
                "cached steps", f"{cache.cached} of {cache.steps} ({amounts.share(cache.of_steps)})"
            ),
            Fact("cached seconds", _cached_seconds(record)),
            Fact("cached bytes", _cached_bytes(record)),
            self._fact("context sent", amounts.size(record.context), lambda one: one.context),
            self._fact("layers fetched", amounts.size(record.fetched), lambda one: one.fetched),
            self._fact("image", amounts.size(image.unpacked), lambda one: one.image.unpacked),
            self._fact("image as pushed", amounts.size(image.packed), lambda one: one.image.packed),
        )

    def _fact(self, name: str, value: str, of: Callable[[BuildRecord], float | None]) -> Fact:
        changes = (
            amounts.change(of(one.now), of(one.then)) if one else ""
            for one in (self.before, self.baseline)
        )
        return Fact(name, value, *changes)

    def _of_steps(self) -> Iterator[str]:
        """How much longer the steps that ran took than in the other builds."""
        for one in (self.before, self.baseline):
            yield amounts.change(*one.step_seconds) if one else ""


def instruction_of(what: Step | Cause | str) -> str:
    """An instruction without what it mounts, which says little and is long."""
    match what:
        case Step(name=name):
            text = name.instruction
        case Cause(instruction=text):
            pass
        case _:
            text = what
    return _MOUNTS.sub("", text)


def sentence_of(cause: Cause) -> str:
    """What a step with which the cache broke led to, and why."""
    count = "it alone" if cause.steps == 1 else f"{cause.steps} steps"
    return f"{'; '.join(cause.reasons)}: {count} ran, {amounts.seconds(cause.seconds)}"


def _path(record: BuildRecord) -> str:
    if record.waits is None:
        return "unknown: plain progress does not tell it"
    work = amounts.seconds(record.seconds - record.waits)
    return f"{work} of work, {amounts.seconds(record.waits)} of waiting"


def _cached_seconds(record: BuildRecord) -> str:
    cache = record.cache
    if not cache.cached:
        return amounts.seconds(0)
    unknown = f"unknown of {cache.unknown} that no build of the history ran"
    if cache.unknown == cache.cached:
        return unknown
    whole = f"{amounts.seconds(cache.saved)} of {amounts.seconds(cache.saved + cache.ran)}"
    return whole + (f"; {unknown}" if cache.unknown else f" ({amounts.share(cache.of_seconds)})")


def _cached_bytes(record: BuildRecord) -> str:
    cache = record.cache
    if cache.of_bytes is None:
        return "unknown"
    whole = f"{amounts.size(cache.cached_bytes)} of {amounts.size(cache.bytes)}"
    return f"{whole} ({amounts.share(cache.of_bytes)})"
