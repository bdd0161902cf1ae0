"""How much a build may grow or slow down, and whether it did."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from build_report import amounts
from build_report.comparison import Comparison
from build_report.image import PARTS
from build_report.record import BuildRecord

__all__ = ["BadBudget", "Breach", "Budget"]

_RATIOS: Final = frozenset({"seconds", "step_seconds", "context", "image"})
_FLOORS: Final = frozenset({"least_seconds", "least_bytes"})
_LEAST_SECONDS: Final = 1.0
_LEAST_BYTES: Final = 100_000


class BadBudget(ValueError):
    """A file that is no budget; the message names the file, what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that a build broke.

    Attributes:
        message: What grew, from what to what, and the limit.
    """

    message: str


@dataclass(frozen=True, slots=True)
class Budget:
    """Ratios of a build to the one before, or to a baseline, that it must not exceed.

    Attributes:
        against: Name of the baseline; empty for the build before.
        ratios: By what they limit: `seconds`, `step_seconds`, `context` and `image`.
        parts: The same by part of the image.
        least_seconds: Fewer more seconds than this break no limit: small times are noise.
        least_bytes: The same of sizes.
    """

    against: str = ""
    ratios: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)
    least_seconds: float = _LEAST_SECONDS
    least_bytes: int = _LEAST_BYTES

    @classmethod
    def read(cls, path: Path) -> Budget:
        """Reads a file of TOML. See `docs/building.md`.

        Raises:
            BadBudget: The file cannot be read, or says something that no budget says.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadBudget(f"{path} cannot be read as a budget: {error}") from error
        known = _RATIOS | _FLOORS | {"against", "parts"}
        parts = document.pop("parts", {})
        if not isinstance(parts, dict):
            raise BadBudget(f"{path}: parts is no table. It begins with [parts].")
        for names, allowed in ((document, known), (parts, frozenset(PARTS))):
            for name in names:
                if name not in allowed:
                    listed = ", ".join(sorted(allowed))
                    raise BadBudget(f"{path}: there is no limit {name}. There are: {listed}.")
        against = document.get("against", "")
        if not isinstance(against, str):
            raise BadBudget(f"{path}: against is {against!r}, and must be the name of a baseline.")
        return cls(
            against,
            {name: _ratio(path, name, document[name]) for name in document.keys() & _RATIOS},
            {name: _ratio(path, name, value) for name, value in parts.items()},
            _floor(path, "least_seconds", document, _LEAST_SECONDS),
            int(_floor(path, "least_bytes", document, _LEAST_BYTES)),
        )

    def breaches(self, compared: Comparison) -> tuple[Breach, ...]:
        """The limits that a build broke. What is not known of both builds breaks none."""
        return tuple(self._breaches(compared))

    def _breaches(self, compared: Comparison) -> Iterator[Breach]:
        now, then = compared.now, compared.then
        step_seconds = compared.step_seconds
        times = {
            "seconds": ("the build", now.seconds, then.seconds),
            "step_seconds": ("the steps that ran", *step_seconds),
        }
        for name, (what, took, before) in times.items():
            limit = self.ratios.get(name)
            if limit and before and took > before * limit and took - before >= self.least_seconds:
                shown = (amounts.seconds(before), amounts.seconds(took))
                yield _breach(f"{what} took", shown, took / before, f"{name} = {limit}", then)
        sizes = [
            ("the context that is sent", "context", now.context, then.context),
            ("the image", "image", compared.image.now, compared.image.then),
            *((f"the part {one.part}", one.part, one.now, one.then) for one in compared.parts),
        ]
        for what, name, one, other in sizes:
            limit = self.ratios.get(name) or self.parts.get(name)
            if limit is None or one is None or other is None:
                continue
            if one > other * limit and one - other >= self.least_bytes:
                shown = (amounts.size(other), amounts.size(one))
                ratio = one / other if other else float("inf")
                yield _breach(f"{what} has", shown, ratio, f"{name} = {limit}", then)


def _breach(
    what: str, shown: tuple[str, str], ratio: float, limit: str, then: BuildRecord
) -> Breach:
    then_shown, now_shown = shown
    of = then.commit[:12] or then.made
    return Breach(
        f"{what} {now_shown}, {ratio:.2f} times the {then_shown} of {of}; the limit is {limit}"
    )


def _ratio(path: Path, name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise BadBudget(f"{path}: {name} is {value!r}, and must be a ratio above 0, such as 1.1.")
    return float(value)


def _floor(path: Path, name: str, document: Mapping[str, Any], default: float) -> float:
    value = document.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise BadBudget(f"{path}: {name} is {value!r}, and must be a number from 0 on.")
    return float(value)
