"""How a model is converted: what is asked for when it is added, and what the lock then says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ai_translate.artifact import Manifest, Quantization
from ai_translate.languages import LanguagePair
from ai_translate.supply.locked_model import LockedModel

__all__ = ["Recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is to be converted; see `convert` for each field."""

    quantization: Quantization = "int8"
    pairs: tuple[LanguagePair, ...] = ()
    licence: str = ""
    part_tokens: int | None = None

    @classmethod
    def of(cls, model: LockedModel) -> Self:
        """The one that gives the artifact of a locked model."""
        return cls(model.quantization, model.pairs, model.licence, model.part_tokens)

    def convert(self, folder: Path, out: Path) -> Manifest:
        """Converts the model in `folder` into the empty folder `out`: see `convert`."""
        from ai_translate.supply.convert import (  # noqa: PLC0415  # not where artifacts are found
            convert,
        )

        return convert(
            folder,
            out,
            quantization=self.quantization,
            pairs=self.pairs,
            licence=self.licence,
            part_tokens=self.part_tokens,
        )
