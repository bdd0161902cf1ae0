"""Models that come converted: their source holds an artifact, as `publish` has put it there.

The lock names such a source's files like those of any other. One of them is the manifest, whose
sha256 is the digest of the artifact.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ai_translate.artifact import MANIFEST_NAME, Manifest, hash_file
from ai_translate.errors import BadFile, IntegrityError
from ai_translate.supply.provenance import PROVENANCE_NAME
from ai_translate.supply.signatures import SIGNATURE_NAME

__all__ = ["BESIDE", "holds_artifact", "needed_of_artifact", "read_manifest", "take"]

BESIDE: Final = (PROVENANCE_NAME, SIGNATURE_NAME)
"""Files that come along with an artifact where its source has them."""


def holds_artifact(files: Collection[str]) -> bool:
    """Whether a source of these files is converted already."""
    return MANIFEST_NAME in files


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a folder, which must be as we write it.

    Raises:
        BadFile: It is none, or has another form than its digest is of.
    """
    path = folder / MANIFEST_NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    manifest = Manifest.from_json(data, where=path)
    if manifest.to_json() != data:
        raise BadFile(
            f"{path} is not in canonical form.",
            hint="Publish the model again with `ai-translate models push`.",
        )
    return manifest


def needed_of_artifact(manifest: Manifest, present: Collection[str]) -> tuple[str, ...]:
    """The files of a source that holds an artifact: the manifest's, and what stands beside.

    Raises:
        BadFile: One that the manifest names is not there.
    """
    missing = sorted(set(manifest.files) - set(present))
    if missing:
        raise BadFile(
            f"The manifest names {', '.join(missing)}, which is not there.",
            hint="Publish the model again with `ai-translate models push`.",
        )
    beside = [name for name in BESIDE if name in present]
    return tuple(sorted({MANIFEST_NAME, *manifest.files, *beside}))


def take(folder: Path, out: Path) -> Manifest:
    """Copies the artifact in a folder into the empty folder `out`.

    What it was made from is not looked at: its digest says whether it is the one that is wanted.

    Returns:
        The manifest, which the store writes beside the files.

    Raises:
        BadFile: The manifest is none, or a file is missing.
        IntegrityError: A file is not what the manifest says.
    """
    manifest = read_manifest(folder)
    for name, expected in sorted(manifest.files.items()):
        if (folder / name).is_symlink() or not (folder / name).is_file():
            raise BadFile(f"{folder} has no plain file {name}, which its manifest names.")
        shutil.copyfile(folder / name, out / name)
        found = hash_file(out / name)
        if found != expected:
            raise IntegrityError(
                f"{folder / name} has sha256 {found.sha256}, but its manifest says "
                f"{expected.sha256}.",
                hint="Publish the model again with `ai-translate models push`.",
            )
    return manifest
