"""The files that a locked model is made from, brought to what the lock says of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ai_translate.artifact import hash_file
from ai_translate.config import SupplySettings
from ai_translate.errors import BadFile, IntegrityError
from ai_translate.supply.hub.download import WantedFile
from ai_translate.supply.hub.fallback import download_pinned
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.snapshots import held_snapshot
from ai_translate.supply.sources import FolderSource

__all__ = ["locked_source"]


@contextlib.contextmanager
def locked_source(
    model: LockedModel, lock: Path, settings: SupplySettings, progress: Progress
) -> Iterator[Path]:
    """A folder whose files are those of the lock; during the block nobody collects them.

    Those of the Hub that are not there yet are fetched from the locked commit.

    Args:
        model: What the lock says.
        lock: The lock's path, to which folders are relative.
        settings: Which endpoint to ask, and where downloads lie.
        progress: Is told how far downloads are.

    Raises:
        HubError: The endpoint does not give a file.
        IntegrityError: A file is not what the lock says.
        BadFile: A folder's file is missing, or the folder is not below the lock's.
        SupplyError: The disk refused.
    """
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
