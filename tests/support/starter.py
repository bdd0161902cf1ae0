"""The starter model, converted for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ai_translate.artifact import Artifact, Quantization
from ai_translate.supply.convert import convert
from ai_translate.supply.store import Store
from support.marian import STARTER

# As in models.lock.
PART_TOKENS: Final = 28

__all__ = ["starter_artifact"]


def starter_artifact(folder: Path, quantization: Quantization = "int8") -> Artifact:
    """Converts the starter into a store under `folder`."""
    return Store(folder).add(
        lambda out: convert(STARTER, out, quantization=quantization, part_tokens=PART_TOKENS)
    )
