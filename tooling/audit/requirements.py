"""What the hash-locked files of requirements name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from packaging.markers import Marker

__all__ = ["RUNTIME", "Pinned", "pinned"]

RUNTIME: Final = ("requirements.txt", "requirements-models.txt")
"""What the service, and the making of models, are installed from."""

_LINE: Final = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\\n]+?))?\s*\\?$")


class Pinned(NamedTuple):
    """A package at a version, and where it is wanted at all."""

    name: str
    version: str
    marker: str = ""

    @property
    def wanted(self) -> bool:
        """Whether an environment like this one has it."""
        return not self.marker or Marker(self.marker).evaluate()


def pinned(root: Path, files: tuple[str, ...] = RUNTIME) -> list[Pinned]:
    """What the files of a checkout name, each once, by name."""
    found = {
        Pinned(*match)
        for file in files
        if (root / file).exists()
        for match in _LINE.findall((root / file).read_text(encoding="utf-8"))
    }
    return sorted(found)
