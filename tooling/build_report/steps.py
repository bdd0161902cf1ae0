"""The steps of a build: which instruction each is, and what became of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from build_report.build_log import BuildLog, Span, Vertex, merged

__all__ = ["State", "Step", "StepName", "steps_of"]

State = Literal["ran", "cached", "failed", "unfinished"]

_STEP: Final = re.compile(r"\[(?:(.*) )?(\S+) +(\d+)/(\d+)\] (.*)", re.DOTALL)
_FROM_STAGE: Final = re.compile(r"(?:--|,)from=([^\s,]+)")
_PREFIX: Final = re.compile(r"\[(.*?)(?: ?internal)?\] (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StepName:
    """What BuildKit calls a step, taken apart.

    Attributes:
        target: Platform, or target of `bake`, where there are several; or empty.
        stage: Of the Dockerfile; empty for what BuildKit does of its own.
        number: Which one it is in its stage, from 1; 0 for BuildKit's own.
        instruction: As in the Dockerfile, in one line.
    """

    target: str
    stage: str
    number: int
    instruction: str

    @classmethod
    def of(cls, name: str) -> StepName:
        """Takes a name apart, such as `[linux/arm64 service 2/7] WORKDIR /app`."""
        if found := _STEP.match(name):
            target, stage, number, _, instruction = found.groups()
            return cls(target or "", stage, int(number), " ".join(instruction.split()))
        if found := _PREFIX.match(name):
            return cls(found[1], "", 0, " ".join(found[2].split()))
        return cls("", "", 0, " ".join(name.split()))

    @property
    def looks(self) -> bool:
        """Whether it only looks at a base image, which does nothing, and no cache has it."""
        return bool(self.stage) and self.instruction.startswith("FROM ")


@dataclass(frozen=True, slots=True)
class Step:
    """A step, or a piece of BuildKit's own work.

    Attributes:
        name: Which.
        state: What became of it.
        seconds: How long it was worked on.
        spans: When, in seconds since the build began; none where the log does not tell.
        critical: Whether the end of the build waited for it; nothing where the log does not tell.
        error: Why it failed; empty unless it did.
        again: How many equal instructions stand before it in its stage.
        was: How long it took when it last ran in an earlier build; nothing if no such is known.
        needs: Keys of the steps that it waited for. The history does not keep them.
    """

    name: StepName
    state: State
    seconds: float
    spans: tuple[Span, ...] = ()
    critical: bool | None = None
    error: str = ""
    again: int = 0
    was: float | None = None
    needs: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def counts(self) -> bool:
        """Whether it is an instruction that does something: what a cache can have."""
        return bool(self.name.stage) and not self.name.looks

    @property
    def key(self) -> str:
        """What is the same for the same instruction in another build."""
        name = self.name
        return "\n".join([name.target, name.stage, name.instruction, str(self.again)])

    @property
    def spared(self) -> bool:
        """Whether a build goes on where this fails: it takes what it can from a cache."""
        return not self.name.stage and self.name.instruction.startswith("importing cache ")

    @property
    def began(self) -> float:
        """When it was first worked on; 0 where the log does not tell."""
        return self.spans[0].began if self.spans else 0.0


def steps_of(log: BuildLog, critical: Container[str] | None = None) -> tuple[Step, ...]:
    """The steps that a build came to, those that began first in front.

    Several vertexes of one instruction are one step: `COPY --link` has two. Where the log tells of
    no inputs, a step needs what stands before it in its stage, and the stages that it copies from.

    Args:
        log: Of the build.
        critical: Keys of the vertexes that its end waited for, if that is known.
    """
    groups: dict[str, list[Vertex]] = {}
    for vertex in log.vertexes:
        if vertex.begun:
            groups.setdefault(vertex.group or vertex.key, []).append(vertex)
    zero = min((span.began for one in log.vertexes for span in one.spans), default=0.0)
    steps = _told_apart(
        [(group[0].call, _step(group, zero, critical)) for group in groups.values()]
    )
    if log.linked:
        key_of = {
            vertex.key: step.key
            for group, step in zip(groups.values(), steps, strict=True)
            for vertex in group
        }
        needs = [
            frozenset(key_of[key] for one in group for key in one.inputs if key in key_of)
            for group in groups.values()
        ]
    else:
        needs = [_needs_by_name(step, steps) for step in steps]
    same: dict[str, list[Step]] = {}
    for step, needed in zip(steps, needs, strict=True):
        same.setdefault(step.key, []).append(replace(step, needs=needed - {step.key}))
    return tuple(sorted(map(_joined, same.values()), key=lambda step: step.began))


def _joined(same: Sequence[Step]) -> Step:
    """One step of what several calls of the client did with it: one made it, others had it then."""
    if len(same) == 1:
        return same[0]
    states = [step.state for step in same]
    ranked: tuple[State, ...] = ("failed", "unfinished", "ran", "cached")
    return replace(
        same[0],
        state=next(state for state in ranked if state in states),
        seconds=sum(step.seconds for step in same),
        spans=merged(span for step in same for span in step.spans),
        critical=None if same[0].critical is None else any(step.critical for step in same),
        error=next((step.error for step in same if step.error), ""),
        needs=frozenset().union(*(step.needs for step in same)),
    )


def _step(group: Sequence[Vertex], zero: float, critical: Container[str] | None) -> Step:
    named = [one.group_name for one in group if one.group_name]
    spans = merged(span for one in group for span in one.spans)
    name = StepName.of(named[0] if named else group[0].name)
    return Step(
        replace(name, target=name.target or group[0].target),
        _state(group),
        sum(one.seconds for one in group),
        tuple(Span(span.began - zero, span.ended - zero) for span in spans),
        None if critical is None else any(one.key in critical for one in group),
        next((one.error for one in group if one.error), ""),
    )


def _state(group: Sequence[Vertex]) -> State:
    if any(one.error for one in group):
        return "failed"
    if not all(one.ended for one in group):
        return "unfinished"
    return "cached" if all(one.cached for one in group) else "ran"


def _told_apart(steps: Sequence[tuple[int, Step]]) -> list[Step]:
    """The same steps, of which no two of one call of the client have one key."""
    seen: Counter[tuple[int, str]] = Counter()
    apart = [step for _, step in steps]
    for place in sorted(range(len(steps)), key=lambda place: apart[place].name.number):
        call, step = steps[place]
        apart[place] = replace(step, again=seen[call, step.key])
        seen[call, step.key] += 1
    return apart


def _needs_by_name(step: Step, steps: Sequence[Step]) -> frozenset[str]:
    name = step.name
    copied = set(_FROM_STAGE.findall(name.instruction))
    return frozenset(
        other.key
        for other in steps
        if name.stage
        and other.name.target == name.target
        and (
            (other.name.stage == name.stage and other.name.number < name.number)
            or other.name.stage in copied
        )
    )
