"""What files the image must not have: build tools, caches and weights in their source's format."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image_check.saved_image import Entry, Fault

__all__ = ["CACHE", "TOOL", "WEIGHTS", "LockedWeights", "judge"]

TOOL: Final = "build tool"
CACHE: Final = "cache"
WEIGHTS: Final = "source weights"

# What only a build needs, or nothing here does.
_PACKAGES: Final = (
    "pip|setuptools|wheel|ensurepip|flit_core|torch|transformers|huggingface_hub|hf_xet"
)
_PROGRAMS: Final = r"pip|gcc|g\+\+|cc|c\+\+|clang|make|cmake|ld|hf|huggingface-cli"

_PACKAGE: Final = re.compile(
    rf"(?:^|/)(?:site-packages|dist-packages|lib/python3[^/]*)/({_PACKAGES})"
    r"(?:/|\.py$|-[^/]*\.(?:dist|egg)-info)|(?:^|/)([^/]+)\.whl$"
)
_PROGRAM: Final = re.compile(rf"(?:^|/)bin/((?:[\w.]+-)*(?:{_PROGRAMS})(?:-?[\d.]+)?)$")
_CACHE: Final = re.compile(
    r"(?:^|/)(\.cache|root/\.cache|var/cache/apt/archives|var/lib/apt/lists|models--[^/]+)/."
)
_WEIGHTS: Final = re.compile(
    r"(?:^|/)([^/]+\.(?:safetensors|h5|msgpack|onnx|ot|pt)|pytorch_model[^/]*\.bin)$"
)
_WEIGHT_NAMES: Final = (".safetensors", ".bin", ".h5", ".msgpack", ".ot", ".pt", ".npz")


@dataclass(frozen=True, slots=True)
class LockedWeights:
    """The files of weights that a lock names.

    Attributes:
        names: Model and file by sha256.
        sizes: Their sizes in bytes.
    """

    names: dict[str, str]
    sizes: frozenset[int]

    @classmethod
    def of(cls, lock: Path) -> LockedWeights:
        """Reads them.

        Raises:
            OSError: The lock cannot be read.
            ValueError: It is no TOML.
        """
        files = [
            (f"{name} of {model['name']}", file)
            for model in tomllib.loads(lock.read_text(encoding="utf-8")).get("model", [])
            for name, file in model["files"].items()
            if name.endswith(_WEIGHT_NAMES)
        ]
        return cls(
            {file["sha256"]: name for name, file in files},
            frozenset(file["size"] for _, file in files),
        )


def judge(entry: Entry, weights: LockedWeights) -> Iterator[Fault]:
    """What is wrong with a file of a layer above the base."""
    if found := _PACKAGE.search(entry.path):
        yield Fault(TOOL, found[1] or found[2])
    if found := _PROGRAM.search(entry.path):
        yield Fault(TOOL, found[1])
    if found := _CACHE.search(entry.path):
        yield Fault(CACHE, found[1])
    if entry.sha256 in weights.names:
        yield Fault(WEIGHTS, weights.names[entry.sha256])
    elif found := _WEIGHTS.search(entry.path):
        yield Fault(WEIGHTS, found[1])
