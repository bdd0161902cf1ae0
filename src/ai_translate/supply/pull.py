"""Brings models into the lock and the store to what the lock says."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ai_translate.artifact import Artifact, Quantization, hash_file
from ai_translate.errors import BadFile, IntegrityError, SupplyError
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.store import Store

__all__ = ["lock_folder", "pull"]


def lock_folder(
    lock: Lock,
    store: Store,
    folder: Path,
    *,
    name: str,
    quantization: Quantization = "int8",
    pairs: Iterable[LanguagePair] = (),
    licence: str = "",
    part_tokens: int | None = None,
) -> LockedModel:
    """Converts the model in a folder, stores it, and writes it into the lock.

    Raises:
        SupplyError: The model cannot be read, converted or stored; the lock is as it was.
    """
    source = os.path.relpath(folder, lock.path.parent)
    if source.startswith(".."):
        raise BadFile(
            f"{folder} is not below {lock.path.parent}, where the lock is.",
            hint="Copy it there: a lock names folders relative to itself.",
        )
    artifact = store.add(
        lambda out: convert(
            folder,
            out,
            quantization=quantization,
            pairs=pairs,
            licence=licence,
            part_tokens=part_tokens,
        )
    )
    model = LockedModel(
        name=name,
        folder=source,
        pairs=artifact.manifest.pairs,
        licence=licence,
        quantization=quantization,
        part_tokens=artifact.manifest.part_tokens,
        files=artifact.manifest.sources,
        artifact=artifact.digest,
    )
    lock.with_model(model).write()
    return model


def pull(model: LockedModel, lock: Lock, store: Store) -> Artifact:
    """The artifact of a locked model: the one in the store, or else made from its source.

    Raises:
        IntegrityError: A source file, or what came of it, is not what the lock says.
        SupplyError: The source cannot be read or converted, or the store cannot be written.
    """
    try:
        return store.open(model.artifact)
    except SupplyError:
        pass
    folder = _inside(lock.path.parent, model.folder)
    for name, expected in sorted(model.files.items()):
        found = hash_file(folder / name)
        if found != expected:
            raise IntegrityError(
                f"{folder / name} has sha256 {found.sha256}, but {expected.sha256} is locked.",
                hint="Restore the file, or lock the change with `ai-translate models add`.",
            )
    return store.add(
        lambda out: convert(
            folder,
            out,
            quantization=model.quantization,
            pairs=model.pairs,
            licence=model.licence,
            part_tokens=model.part_tokens,
        ),
        expected=model.artifact,
    )


def _inside(base: Path, relative: str) -> Path:
    folder = (base / relative).resolve()
    if not folder.is_relative_to(base.resolve()):
        raise BadFile(f"The locked folder {relative!r} leads out of {base}.")
    return folder
