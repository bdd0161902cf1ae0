"""What an artifact is found by before it is made: a hash of all that a conversion depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from ai_translate.supply.converter import converter_versions
from ai_translate.supply.locked_model import LockedModel

__all__ = ["input_key"]

# Raised whenever another thing begins to count.
_FORMAT: Final = 1


def input_key(model: LockedModel, converter: Mapping[str, str] | None = None) -> str:
    """The sha256 (hex) of a conversion's inputs: source files, recipe and converter.

    Where the source lies, what the model is called and how well it translates do not count: the
    same inputs have one key, whoever has locked them.

    Args:
        model: What the lock says.
        converter: Names and versions of all that converts; by default of what is installed.
    """
    inputs = {
        "format": _FORMAT,
        "files": {name: [entry.size, entry.sha256] for name, entry in model.files.items()},
        "quantization": model.quantization,
        "pairs": sorted(f"{pair.source}:{pair.target}" for pair in model.pairs),
        "licence": model.licence,
        "part_tokens": model.part_tokens,
        "converter": dict(converter_versions() if converter is None else converter),
    }
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
