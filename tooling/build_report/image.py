"""What an image consists of: its layers, and the part of the product that each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from build_report.steps import Step

__all__ = ["PARTS", "Image", "Layer", "Made", "layers_of", "part_of"]

PARTS: Final = ("base", "dependencies", "models", "application", "other")
"""In the order in which they lie in the image, but for `other`, which is here and there."""

_VERBS: Final = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


@dataclass(frozen=True, slots=True)
class Made:
    """A line of an image's history that may have a layer, as the engine or a registry tells it.

    Attributes:
        by: The instruction, such as `COPY /layer/ / # buildkit`.
        unpacked: Bytes of the layer's files on a disk, if known.
        packed: Bytes of the layer as it is pushed and pulled, if known.
    """

    by: str
    unpacked: int | None
    packed: int | None


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, or all those of the base together.

    Attributes:
        part: One of `PARTS`.
        made_by: The instruction that made it, with the stage it copies from.
        unpacked: See `Made`.
        packed: See `Made`.
        cached: Whether a cache had it; nothing where no step is known to have made it.
    """

    part: str
    made_by: str
    unpacked: int | None
    packed: int | None
    cached: bool | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image that was built.

    Attributes:
        digest: Of its manifest or index; empty if not known.
        layers: The lowest first.
    """

    digest: str = ""
    layers: tuple[Layer, ...] = ()

    @property
    def unpacked(self) -> int | None:
        """Bytes on a disk, if they are known of every layer."""
        return _sum(layer.unpacked for layer in self.layers)

    @property
    def packed(self) -> int | None:
        """Bytes as it is pushed, if they are known of every layer."""
        return _sum(layer.packed for layer in self.layers)

    def parts(self, *, packed: bool = False) -> dict[str, int]:
        """Bytes of each part that has some; none, if they are not known of every layer."""
        sizes: dict[str, int] = {}
        for part in PARTS:
            mine = [layer for layer in self.layers if layer.part == part]
            size = _sum((one.packed if packed else one.unpacked) for one in mine)
            if mine and size is None:
                return {}
            if size:
                sizes[part] = size
        return sizes


def part_of(step: Step) -> str:
    """The part that a step of the last stage adds to: it copies from the stage of that part."""
    _, copies, rest = step.name.instruction.partition("--from=")
    stage = rest.partition(" ")[0]
    if copies and stage in {"dependencies", "application"}:
        return stage
    # The lock names the models, and changes with them.
    return "models" if copies and (stage.startswith("model-") or stage == "lock") else "other"


def layers_of(history: Sequence[Made], steps: Iterable[Step]) -> tuple[Layer, ...]:
    """The layers of an image, each with the step that made it.

    The steps of the last stage are found by their instructions: those of one stage must be the last
    ones of the history. If there is no such stage, no part is guessed.

    Args:
        history: Of the image, the lowest layer first.
        steps: Of the build that made it.
    """
    made = [one for one in history if _verb(one.by) in _VERBS]
    own = _own_steps([_verb(one.by) for one in made], steps)
    first = len(made) - len(own)
    step_of: Mapping[int, Step] = {
        id(one): step for one, step in zip(made[first:], own, strict=True)
    }
    layers: list[Layer] = []
    below: list[Made] = []
    for one in history:
        if step := step_of.get(id(one)):
            cached = step.state == "cached"
            what = step.name.instruction
            layers.append(Layer(part_of(step), what, one.unpacked, one.packed, cached))
        elif not layers:
            below.append(one)
    part = "base" if own else "other"
    base = Layer(
        part,
        "all layers below" if own else "all layers",
        _sum(one.unpacked for one in below),
        _sum(one.packed for one in below),
    )
    return (base, *layers) if below else tuple(layers)


def _own_steps(verbs: Sequence[str], steps: Iterable[Step]) -> list[Step]:
    stages: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        if step.counts and _verb(step.name.instruction) in _VERBS:
            stages.setdefault((step.name.target, step.name.stage), []).append(step)
    found: list[Step] = []
    for own in stages.values():
        own.sort(key=lambda step: step.name.number)
        whole = own[-1].name.number - own[0].name.number + 1 == len(own)
        same = [_verb(step.name.instruction) for step in own] == list(verbs[-len(own) :])
        if whole and same and _rank(own) > _rank(found):
            found = own
    return found


def _rank(own: Sequence[Step]) -> tuple[int, int]:
    """What copies from other stages is the end of a build rather than its begin."""
    return (sum("--from=" in step.name.instruction for step in own), len(own))


def _verb(instruction: str) -> str:
    return instruction.partition(" ")[0].upper()


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known or not known else sum(size for size in known if size is not None)
