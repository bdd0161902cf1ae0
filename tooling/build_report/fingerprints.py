"""Takes the fingerprints of what a build of a checkout reads."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Final

from build_report.dockerfile_stages import stage_texts
from build_report.dockerignore import visible_files
from build_report.inputs import Inputs

__all__ = ["fingerprints"]

# Of larger files, this much of both ends and the size: to read a model twice would take too long.
_READ_WHOLE: Final = 32 << 20
_READ_OF_ENDS: Final = 1 << 20


def fingerprints(root: Path) -> Inputs:
    """Those of a checkout.

    Raises:
        OSError: The Dockerfile or a file that builds are sent cannot be read.
        ValueError: `models.lock` is no TOML.
    """
    stages = stage_texts((root / "Dockerfile").read_text(encoding="utf-8"))
    return Inputs(
        {path: _of_file(root / path) for path in visible_files(root)},
        {name: _of_bytes(text.encode()) for name, text in stages.items()},
        _of_lock(root / "models.lock"),
    )


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
