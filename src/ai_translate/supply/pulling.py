"""Brings the store to what the lock says of a model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ai_translate.artifact import Artifact, hash_file
from ai_translate.config import Settings
from ai_translate.errors import BadFile, IntegrityError, SupplyError
from ai_translate.supply.convert import convert
from ai_translate.supply.hub.download import WantedFile
from ai_translate.supply.hub.fallback import download_pinned
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.snapshots import held_snapshot
from ai_translate.supply.sources import FolderSource
from ai_translate.supply.store import Store

__all__ = ["pull"]


def pull(
    model: LockedModel,
    lock: Path,
    store: Store,
    settings: Settings,
    progress: Progress | None = None,
) -> Artifact:
    """The artifact of a locked model: the one in the store, or else made from its source.

    Files of the Hub that are not there yet are fetched from the locked commit; nothing else is
    asked. If several processes want the same artifact, one makes it and the others find it.

    Args:
        model: What the lock says.
        lock: The lock's path, to which folders are relative.
        store: Where the artifact lies or comes to lie.
        settings: Which endpoint to ask, and where downloads lie.
        progress: Is told how far downloads are.

    Raises:
        HubError: The endpoint does not give a file.
        IntegrityError: A source file, or what came of it, is not what the lock says.
        SupplyError: The source cannot be read or converted, or the store cannot be written.
    """
    progress = progress or Silent()

    def waiting() -> None:
        progress.note(f"Another process is making {model.name}: waiting for it.")

    with store.turn(model.artifact, waiting):
        with contextlib.suppress(SupplyError):
            return store.open(model.artifact)
        with _source(model, lock, settings, progress) as folder:
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


@contextlib.contextmanager
def _source(
    model: LockedModel, lock: Path, settings: Settings, progress: Progress
) -> Iterator[Path]:
    """A folder whose files are those of the lock."""
    source = model.source
    if isinstance(source, FolderSource):
        yield _checked_folder(source, model, lock.parent)
        return
    wanted = [
        WantedFile(name, entry.size, entry.sha256) for name, entry in sorted(model.files.items())
    ]
    with held_snapshot(settings, source.repo, source.commit) as folder:
        progress.note(f"Files of {source.repo} come to lie in {folder}.")
        download_pinned(settings, source.repo, source.commit, wanted, folder, progress=progress)
        yield folder


def _checked_folder(source: FolderSource, model: LockedModel, base: Path) -> Path:
    folder = (base / source.folder).resolve()
    if not folder.is_relative_to(base.resolve()):
        raise BadFile(f"The locked folder {source.folder!r} leads out of {base}.")
    for name, expected in sorted(model.files.items()):
        found = hash_file(folder / name)
        if found != expected:
            raise IntegrityError(
                f"{folder / name} has sha256 {found.sha256}, but {expected.sha256} is locked.",
                hint="Restore the file, or lock the change with `ai-translate models add`.",
            )
    return folder
