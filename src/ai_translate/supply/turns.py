"""Processes that keep out of each other's way: one holds a folder, the others see it or wait.

The system frees what a process holds when it ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["held", "made_and_held", "turn"]


@contextlib.contextmanager
def held(folder: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Holds a folder that exists, and is there under its name once it is held.

    Args:
        folder: The folder.
        shared: Lets others hold it in the same way.
        wait: Waits for whoever holds it.

    Raises:
        BlockingIOError: Another holds it, and there is to be no waiting.
        FileNotFoundError: It is not there, or was removed before it could be held.
        OSError: It cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
        # Whoever held it may have removed it: then this keeps nobody out of what is there now.
        if not os.path.samestat(os.fstat(descriptor), folder.lstat()):
            raise FileNotFoundError(errno.ENOENT, "It was removed meanwhile", str(folder))
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def made_and_held(
    folder: Path, *, shared: bool = False, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Makes a folder if it is not there, and holds it, though others may remove it meanwhile.

    Args:
        folder: The folder.
        shared: Lets others hold it in the same way.
        waiting: Is called once if another holds it.

    Raises:
        OSError: The disk refused.
    """
    waited = False
    while True:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            # It fails so, too, where another removes the folder before it is looked at.
            if folder.parent.exists() and not folder.parent.is_dir():
                raise
            continue
        # Not `exist_ok`: that fails where another removes the folder at this very moment. Whoever
        # removes the one above it is seen below, where there is nothing to hold.
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            folder.mkdir()
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(folder, shared=shared, wait=False))
            except FileNotFoundError:
                continue
            except BlockingIOError:
                if not waited:
                    waited = True
                    waiting()
                try:
                    stack.enter_context(held(folder, shared=shared))
                except FileNotFoundError:
                    continue
            yield
            return


@contextlib.contextmanager
def turn(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Lets one process after the other into the block.

    Args:
        folder: Is made to be held, and removed at the end of each turn.
        waiting: Is called once if another is in the block.

    Raises:
        OSError: The disk refused.
    """
    with made_and_held(folder, waiting=waiting):
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                folder.rmdir()
