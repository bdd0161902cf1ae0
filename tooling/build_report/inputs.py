"""What a build is made of, as short fingerprints, so that the next build can tell what changed."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from build_report.dockerfile_stages import stage_texts
from build_report.dockerignore import visible_files

__all__ = ["Inputs"]

# Of larger files, this much of both ends and the size: to read a model twice would take too long.
_READ_WHOLE: Final = 32 << 20
_READ_OF_ENDS: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Inputs:
    """Fingerprints by name.

    Attributes:
        files: All that a build is sent, by path.
        stages: The texts of the Dockerfile's stages.
        models: The entries of `models.lock`, by the model's name.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> Inputs:
        """Those of a checkout.

        Raises:
            OSError: The Dockerfile or a file that builds are sent cannot be read.
            ValueError: `models.lock` is no TOML.
        """
        stages = stage_texts((root / "Dockerfile").read_text(encoding="utf-8"))
        return cls(
            {path: _of_file(root / path) for path in visible_files(root)},
            {name: _of_bytes(text.encode()) for name, text in stages.items()},
            _of_lock(root / "models.lock"),
        )

    def document(self) -> dict[str, dict[str, str]]:
        """It, as JSON has it."""
        return {
            "files": dict(self.files),
            "stages": dict(self.stages),
            "models": dict(self.models),
        }

    @classmethod
    def of_document(cls, document: object) -> Inputs | None:
        """The same from JSON; nothing, if that is none."""
        if not isinstance(document, dict):
            return None
        return cls(*(_texts(document.get(name)) for name in ("files", "stages", "models")))


def _of_file(path: Path) -> str:
    with path.open("rb") as stream:
        size = path.stat().st_size
        if size <= _READ_WHOLE:
            return _of_bytes(stream.read())
        head = stream.read(_READ_OF_ENDS)
        stream.seek(-_READ_OF_ENDS, 2)
        return _of_bytes(head + stream.read() + str(size).encode())


def _of_bytes(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _of_lock(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    models = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
    return {
        str(model.get("name")): _of_bytes(json.dumps(model, sort_keys=True).encode())
        for model in models
    }


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
