"""Brings a version that is converted already into the store and into the lock."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import get_args

from ai_translate.artifact import (
    MANIFEST_NAME,
    FileHash,
    Manifest,
    Quantization,
    hash_file,
)
from ai_translate.errors import BadFile, IntegrityError
from ai_translate.supply.fetching import Fetching
from ai_translate.supply.finished import BESIDE, needed_of_artifact, read_manifest, take
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.provenance import PROVENANCE_NAME, Provenance
from ai_translate.supply.signatures import (
    SIGNATURE_NAME,
    read_signature,
    require_signature,
)
from ai_translate.supply.sources import HubSource
from ai_translate.supply.store import Store

__all__ = ["add_finished", "locked_version"]


def add_finished(
    lock: Path,
    store: Store,
    fetching: Fetching,
    *,
    name: str,
    source: HubSource,
    signed_by: str | None = None,
) -> LockedModel:
    """Fetches an artifact, stores it, and writes it into the lock.

    Args:
        lock: The lock's path; it is made if it is not there.
        store: Where the artifact comes to lie.
        fetching: Of the commit that holds it.
        name: What to call the model; one of that name is replaced.
        source: The same commit, for the lock.
        signed_by: Keys of which one must have signed it, as AIT_REQUIRE_SIGNATURE has them.

    Raises:
        HubError: The endpoint does not give a file.
        BadFile: The commit holds no whole artifact.
        NotSigned: None of these keys has.
        IntegrityError: Bytes are not what the manifest says.
        SupplyError: The disk refused. Lock and store are as before.
    """
    model = locked_version(fetching, name, source)
    require_signature(model, signed_by)
    fetching.fetch(model.files)
    with store.adding(partial(take, fetching.folder), expected=model.artifact):
        locked = Lock.changed(lock, lambda now: now.with_model(model))
    return locked.get(name)


def locked_version(fetching: Fetching, name: str, source: HubSource) -> LockedModel:
    """What a lock would say of a version: its small files are fetched, its weights are not.

    Args:
        fetching: Of the commit that holds it.
        name: What to call the model.
        source: The same commit, for the lock.

    Raises:
        HubError: The endpoint does not give a file.
        BadFile: The commit holds no whole artifact, or what stands beside it is none of ours.
        IntegrityError: What stands beside it is of another artifact.
        SupplyError: The disk refused.
    """
    fetching.fetch([MANIFEST_NAME])
    manifest = read_manifest(fetching.folder)
    needed = needed_of_artifact(manifest, fetching.files)
    fetching.fetch(file for file in BESIDE if file in needed)
    provenance = _provenance(fetching.folder, manifest) if PROVENANCE_NAME in needed else None
    signed = SIGNATURE_NAME in needed
    return LockedModel(
        name=name,
        source=source,
        pairs=manifest.pairs,
        licence=manifest.licence,
        quantization=_quantization(manifest),
        part_tokens=manifest.part_tokens,
        files=_hashes(fetching, needed, manifest),
        artifact=manifest.digest,
        evaluation=provenance.evaluation if provenance else None,
        signature=read_signature(fetching.folder / SIGNATURE_NAME) if signed else None,
    )


def _provenance(folder: Path, manifest: Manifest) -> Provenance:
    path = folder / PROVENANCE_NAME
    found = Provenance.from_json(path.read_bytes(), where=path)
    if found.artifact != manifest.digest:
        raise IntegrityError(
            f"{path} is of artifact {found.artifact}, but {manifest.digest} stands beside it.",
            hint="Publish the model again with `ai-translate models push`.",
        )
    return found


def _hashes(fetching: Fetching, needed: Iterable[str], manifest: Manifest) -> dict[str, FileHash]:
    """Those of the manifest, and of what stands beside it as it lies here."""
    return {name: manifest.files.get(name) or hash_file(fetching.folder / name) for name in needed}


def _quantization(manifest: Manifest) -> Quantization:
    for known in get_args(Quantization):
        if manifest.quantization == known:
            return known  # type: ignore[no-any-return]  # it is one of them
    raise BadFile(f"The manifest names the quantization {manifest.quantization[:60]!r}.")
