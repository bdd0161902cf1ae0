"""Brings a version that is converted already into the store and into the lock."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import get_args

from ai_translate.artifact import MANIFEST_NAME, Manifest, Quantization, hash_file
from ai_translate.errors import BadFile, IntegrityError
from ai_translate.supply.fetching import Fetching
from ai_translate.supply.finished import needed_of_artifact, read_manifest, take
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.provenance import PROVENANCE_NAME, Provenance
from ai_translate.supply.sources import HubSource
from ai_translate.supply.store import Store

__all__ = ["add_finished"]


def add_finished(
    lock: Path, store: Store, fetching: Fetching, *, name: str, source: HubSource
) -> LockedModel:
    """Fetches an artifact, stores it, and writes it into the lock.

    Args:
        lock: The lock's path; it is made if it is not there.
        store: Where the artifact comes to lie.
        fetching: Of the commit that holds it.
        name: What to call the model; one of that name is replaced.
        source: The same commit, for the lock.

    Raises:
        HubError: The endpoint does not give a file.
        BadFile: The commit holds no whole artifact.
        IntegrityError: Bytes are not what the manifest says.
        SupplyError: The disk refused. Lock and store are as before.
    """
    fetching.fetch([MANIFEST_NAME])
    manifest = read_manifest(fetching.folder)
    needed = needed_of_artifact(manifest, fetching.files)
    fetching.fetch(needed)
    provenance = _provenance(fetching.folder, manifest) if PROVENANCE_NAME in needed else None
    model = LockedModel(
        name=name,
        source=source,
        pairs=manifest.pairs,
        licence=manifest.licence,
        quantization=_quantization(manifest),
        part_tokens=manifest.part_tokens,
        files={file: hash_file(fetching.folder / file) for file in needed},
        artifact=manifest.digest,
        evaluation=provenance.evaluation if provenance else None,
    )
    with store.adding(partial(take, fetching.folder), expected=model.artifact):
        locked = Lock.changed(lock, lambda now: now.with_model(model))
    return locked.get(name)


def _provenance(folder: Path, manifest: Manifest) -> Provenance:
    path = folder / PROVENANCE_NAME
    found = Provenance.from_json(path.read_bytes(), where=path)
    if found.artifact != manifest.digest:
        raise IntegrityError(
            f"{path} is of artifact {found.artifact}, but {manifest.digest} stands beside it.",
            hint="Publish the model again with `ai-translate models push`.",
        )
    return found


def _quantization(manifest: Manifest) -> Quantization:
    for known in get_args(Quantization):
        if manifest.quantization == known:
            return known  # type: ignore[no-any-return]  # it is one of them
    raise BadFile(f"The manifest names the quantization {manifest.quantization[:60]!r}.")
