"""What broke the cache: which steps ran although nothing before them did, and what changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from build_report.inputs import Inputs
from build_report.steps import Step

__all__ = ["Before", "Cause", "causes"]

_MOUNT: Final = re.compile(r"--mount=(\S*type=bind\S*)")
_FLAG: Final = re.compile(r"--\S+\s+")
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Cause:
    """A step with which the cache broke.

    Attributes:
        stage: It is of this stage, with the platform in front where there are several.
        instruction: What it does.
        reasons: What changed since the build before, for people.
        steps: How many steps ran because of it, itself among them.
        seconds: How long these ran.
    """

    stage: str
    instruction: str
    reasons: tuple[str, ...]
    steps: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Before:
    """The build before, as far as it explains this one."""

    steps: Sequence[Step]
    inputs: Inputs | None


def causes(
    steps: Sequence[Step], inputs: Inputs | None, before: Before | None, *, fresh: bool
) -> tuple[Cause, ...]:
    """The steps with which the cache broke, those with the most seconds behind them first.

    Args:
        steps: Of this build.
        inputs: What it was made of, if known.
        before: The build to compare it with, if there is one.
        fresh: Whether no cache was to be used.
    """
    ran = {step.key: step for step in steps if step.counts and step.state != "cached"}
    roots = [step for step in ran.values() if not step.needs & ran.keys()]
    found = []
    for root in roots:
        behind = _behind(root, ran)
        found.append(
            Cause(
                " ".join(word for word in (root.name.target, root.name.stage) if word),
                root.name.instruction,
                tuple(_reasons(root, steps, inputs, before, fresh=fresh)),
                len(behind),
                sum(step.seconds for step in behind),
            )
        )
    return tuple(sorted(found, key=lambda cause: -cause.seconds))


def _behind(root: Step, ran: Mapping[str, Step]) -> list[Step]:
    """A step, and those that ran because it did."""
    found = {root.key}
    growing = True
    while growing:
        more = {step.key for step in ran.values() if step.needs & found} - found
        growing = bool(more)
        found |= more
    return [ran[key] for key in found]


def _reasons(
    root: Step,
    steps: Sequence[Step],
    inputs: Inputs | None,
    before: Before | None,
    *,
    fresh: bool,
) -> Iterator[str]:
    if fresh:
        yield "no cache was to be used"
        return
    if before is None:
        yield "there is no earlier build to compare with"
        return
    named = False
    for reason in _changes(root, steps, inputs, before):
        yield reason
        named = True
    if not named:
        yield "no known input changed: no cache had it, or no longer"


def _changes(
    root: Step, steps: Sequence[Step], inputs: Inputs | None, before: Before
) -> Iterator[str]:
    now, then = inputs or Inputs(), before.inputs or Inputs()
    known = inputs is not None and before.inputs is not None
    named = False
    if known:
        for reason in _of_files(_sources(root.name.instruction), now.files, then.files):
            yield reason
            named = True
    if root.key not in {step.key for step in before.steps}:
        yield "its instruction is new or was edited"
        named = True
    if gone := _bases(before.steps, root) - _bases(steps, root):
        yield f"the base image was {min(gone)}"
        named = True
    if named or not known:
        return
    stage = root.name.stage
    if now.stages.get(stage) != then.stages.get(stage):
        model = stage.removeprefix("model-")
        edited = [
            name
            for name in now.models
            if name.lower() == model and now.models[name] != then.models.get(name)
        ]
        for name in edited:
            yield f"the entry of {name} in models.lock changed"
        if not edited:
            yield f"the text of stage {stage} in the Dockerfile changed"


def _bases(steps: Iterable[Step], root: Step) -> set[str]:
    """What the stages for the platform of a step stand on, with digests."""
    return {
        step.name.instruction.removeprefix("FROM ")
        for step in steps
        if step.name.looks and step.name.target == root.name.target
    }


def _of_files(
    sources: Sequence[str], now: Mapping[str, str], then: Mapping[str, str]
) -> Iterator[str]:
    changed = []
    for path in sorted(now.keys() | then.keys()):
        if now.get(path) != then.get(path) and any(_within(path, one) for one in sources):
            what = "was edited" if path in now and path in then else "is new"
            changed.append(f"{path} {what if path in now else 'is gone'}")
    yield from changed[:_MOST_NAMED]
    if len(changed) > _MOST_NAMED:
        yield f"{len(changed) - _MOST_NAMED} more files changed"


def _within(path: str, source: str) -> bool:
    return source == "." or fnmatchcase(path, source) or path.startswith(f"{source}/")


def _sources(instruction: str) -> list[str]:
    """The files of the context that an instruction reads."""
    verb, _, rest = instruction.partition(" ")
    if verb.upper() in {"COPY", "ADD"}:
        words = rest
        while flag := _FLAG.match(words):
            if flag[0].startswith("--from="):
                return []
            words = words[flag.end() :]
        listed = words.startswith("[") and words.endswith("]")
        # BuildKit shows a list without its quotes.
        found = words[1:-1].split(", ") if listed else words.split()
        return [word.removeprefix("./").rstrip("/") or "." for word in found[:-1]]
    mounts = [dict(_pair(one) for one in text.split(",")) for text in _MOUNT.findall(rest)]
    return [
        (one.get("source") or one.get("src") or ".").removeprefix("./").rstrip("/")
        for one in mounts
        if "from" not in one
    ]


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
