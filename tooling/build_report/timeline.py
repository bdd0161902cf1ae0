"""When each step of a build ran, as bars that lie as they do in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from build_report import amounts
from build_report.markup import Markup, element
from build_report.record import BuildRecord, stage_of
from build_report.steps import Step
from build_report.summary import instruction_of

__all__ = ["timeline_section"]

_TICKS: Final = 6
# What is shorter than this part of a build would be a hair. The table of steps has it.
_LEAST_SHARE: Final = 0.002
_LEAST_OWN_SHARE: Final = 0.01


def timeline_section(record: BuildRecord) -> Markup:
    """Stages and their steps; those that the end of the build waited for in the strong colour.

    Without times of the day, bars begin at the left, and are as long as their seconds.
    """
    timed = any(step.spans for step in record.steps)
    whole = max(
        [record.seconds, *(step.spans[-1].ended for step in record.steps if step.spans)]
        if timed
        else [step.seconds for step in record.steps],
        default=0.0,
    )
    if whole <= 0:
        return element("section", element("h2", "Timeline"), element("p", "Nothing took time."))
    lanes = [lane for stage in _stages(record.steps) for lane in _stage(stage, whole)]
    idle = [_cached(stage) for stage in _stages(record.steps) if not _worked(stage, whole)]
    known = record.waits is not None
    key = [
        element("li", element("i", class_="path"), "the build waited for it"),
        element("li", element("i"), "beside that"),
    ]
    return element(
        "section",
        element("h2", "Timeline"),
        element("p", _note(record, timed=timed), class_="note"),
        *([element("ul", *key, class_="key")] if known else []),
        _axis(whole),
        *lanes,
        *([_idle(idle)] if any(idle) else []),
    )


def _note(record: BuildRecord, *, timed: bool) -> str:
    if not timed:
        return (
            "Plain progress tells how long steps took, and neither when nor what waited for what."
        )
    if record.waits is None:
        return f"{amounts.seconds(record.seconds)} in all."
    work = amounts.seconds(record.seconds - record.waits)
    waits = amounts.seconds(record.waits)
    return f"The critical path is {work} of work and {waits} of waiting for a CPU or the engine."


def _stages(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The steps of each stage, in the order in which stages began; BuildKit's own work is last."""
    stages: dict[str, list[Step]] = {}
    for step in sorted(steps, key=lambda step: not step.name.stage):
        stages.setdefault(stage_of(step), []).append(step)
    yield from stages.values()


def _worked(steps: Sequence[Step], whole: float) -> list[Step]:
    """The steps that a bar can show."""
    least = {True: whole * _LEAST_SHARE, False: whole * _LEAST_OWN_SHARE}
    return [
        step
        for step in steps
        if step.seconds >= least[step.counts] or step.state in {"failed", "unfinished"}
    ]


def _cached(steps: Sequence[Step]) -> str:
    """Which steps of a stage a cache had."""
    counting = [step for step in steps if step.counts]
    cached = sum(step.state == "cached" for step in counting)
    return f"{stage_of(steps[0])}: {cached} of {len(counting)}" if counting else ""


def _idle(stages: Sequence[str]) -> Markup:
    listed = ", ".join(stage for stage in stages if stage)
    return element("p", f"Steps from the cache in other stages: {listed}.", class_="note idle")


def _stage(steps: Sequence[Step], whole: float) -> Iterator[Markup]:
    worked = _worked(steps, whole)
    if not worked:
        return
    counting = [step for step in steps if step.counts]
    cached = sum(step.state == "cached" for step in counting)
    yield element(
        "div",
        element("span", stage_of(steps[0]), class_="what"),
        element("span", f"{cached} of {len(counting)} cached" if counting else "", class_="soft"),
        element("span", amounts.seconds(sum(step.seconds for step in steps)), class_="took"),
        class_="lane stage",
    )
    for step in worked:
        yield _lane(step, whole)


def _lane(step: Step, whole: float) -> Markup:
    what = instruction_of(step)
    took = amounts.seconds(step.seconds)
    kind = "bar broke" if step.error else "bar path" if step.critical else "bar"
    places = [(one.began, one.ended) for one in step.spans] or [(0.0, step.seconds)]
    bars = [
        element(
            "span",
            class_=kind,
            style=f"left:{100 * began / whole:.2f}%;width:{100 * (ended - began) / whole:.2f}%",
        )
        for began, ended in places
    ]
    tip = f"{what}: {took}, {step.state}"
    return element(
        "div",
        element("span", what, class_="what"),
        element("span", *bars, class_="track"),
        element("span", took, class_="took"),
        class_="lane",
        title=tip,
    )


def _axis(whole: float) -> Markup:
    unit = 10 ** math.floor(math.log10(whole / _TICKS))
    every = next(unit * step for step in (1, 2, 5, 10) if unit * step * _TICKS >= whole)
    places = [number * every for number in range(int(whole / every) + 1)]
    ticks = [
        element(
            "span",
            f"{place:g} s",
            # In the middle over its place, unless it would leave the chart there.
            class_="last" if place > 0.96 * whole else None,
            style=f"left:{100 * place / whole:.2f}%",
        )
        for place in places
    ]
    return element(
        "div",
        element("span", class_="what"),
        element("span", *ticks, class_="track"),
        element("span", class_="took"),
        class_="lane axis",
        aria_hidden="true",
    )
