"""The folder in which files of another folder arrive: beside it, and one process at a time.

`.incoming-NAME` beside NAME is lock and place in one. Its holder may be killed at any moment: the
system frees the lock, and the partials serve the next one. The cache of huggingface_hub lets
folders lie beside its snapshots, though no files.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ai_translate.supply.turns import made_and_held

__all__ = ["incoming", "incoming_path"]


def incoming_path(folder: Path) -> Path:
    """Where the files of a folder arrive."""
    return folder.parent / f".incoming-{folder.name}"


@contextlib.contextmanager
def incoming(folder: Path, note: Callable[[str], None]) -> Iterator[Path]:
    """The place where files of a folder arrive, for this caller alone.

    Leaving the block without an error removes it; after an error partials stay.

    Args:
        folder: Where the files are to be.
        note: Is told once if another caller must be waited for.

    Raises:
        OSError: The disk refused.
    """
    path = incoming_path(folder)

    def waiting() -> None:
        note(f"Another process is downloading to {folder}: waiting for it.")

    with made_and_held(path, waiting=waiting):
        try:
            yield path
        except BaseException:
            _remove_empty(path)
            raise
        shutil.rmtree(path)


def _remove_empty(path: Path) -> None:
    """Leaves nothing where nothing has come."""
    with contextlib.suppress(OSError):
        for partial in path.iterdir():
            if not partial.lstat().st_size:
                partial.unlink()
        path.rmdir()
