"""A manifest that came from a second tier, held against the digest that is wanted."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ai_translate.artifact import MOST_MANIFEST_BYTES, Manifest
from ai_translate.errors import IntegrityError

__all__ = ["checked_manifest", "too_large"]


def checked_manifest(data: bytes, digest: str, where: str) -> Manifest:
    """The manifest that some bytes are.

    Args:
        data: What came.
        digest: What they must hash to.
        where: Address and file, to be named in errors.

    Raises:
        IntegrityError: They are of another artifact, or damaged.
        BadFile: They are no manifest of a format that we know.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise IntegrityError(f"{where} is artifact {found}, but {digest} is locked.")
    return Manifest.from_json(data, where=Path(where))


def too_large(where: str) -> IntegrityError:
    """What is said of a manifest that has too many bytes."""
    return IntegrityError(f"{where} has more than {MOST_MANIFEST_BYTES} bytes, as no manifest has.")
