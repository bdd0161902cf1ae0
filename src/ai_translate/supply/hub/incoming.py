"""The folder in which files of another folder arrive: beside it, and one process at a time.

`.incoming-NAME` beside NAME is lock and place in one. Its holder may be killed at any moment: the
system frees the lock, and the partials serve the next one. The cache of huggingface_hub lets
folders lie beside its snapshots, though no files.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

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
    waited = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not `exist_ok`: that fails where another removes the folder at this very moment.
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o755)
        with contextlib.ExitStack() as stack:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waited:
                    waited = True
                    note(f"Another process is downloading to {folder}: waiting for it.")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # The one that was waited for has removed the folder: its lock locks nothing any more.
            if not _is_at(descriptor, path):
                continue
            try:
                yield path
            except BaseException:
                _remove_empty(path)
                raise
            shutil.rmtree(path)
            return


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _remove_empty(path: Path) -> None:
    """Leaves nothing where nothing has come."""
    with contextlib.suppress(OSError):
        for partial in path.iterdir():
            if not partial.lstat().st_size:
                partial.unlink()
        path.rmdir()
