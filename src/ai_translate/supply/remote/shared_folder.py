"""A shelf in a folder that several machines mount."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ai_translate.errors import BadFile, RemoteError
from ai_translate.supply.remote.shelf import BLOCK_BYTES
from ai_translate.supply.staging import staged
from ai_translate.supply.turns import turn

__all__ = ["SharedFolder"]


class SharedFolder:
    """Bytes in files below a folder. See `Shelf` for its methods.

    Args:
        folder: It is made when something is put into it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def address(self) -> str:
        """See Shelf."""
        return f"file://{self._folder}"

    def size(self, name: str) -> int | None:
        """See Shelf."""
        try:
            found = (self._folder / name).lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", error) from error
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    @contextlib.contextmanager
    def blocks(self, name: str) -> Iterator[Iterator[bytes] | None]:
        """See Shelf."""
        path = self._folder / name
        try:
            # A pipe under this name would keep us waiting for whoever writes to it.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            if path.is_symlink():
                raise BadFile(f"{self.address}/{name} is a symbolic link.") from error
            raise self._failed("read", error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise BadFile(f"{self.address}/{name} is not a plain file.")
        with os.fdopen(descriptor, "rb") as stream:
            yield self._read(stream)

    def put(self, name: str, content: BinaryIO) -> None:
        """See Shelf."""
        final = self._folder / name
        try:
            with staged(self._folder) as place:
                arriving = place / final.name
                with arriving.open("wb") as copy:
                    shutil.copyfileobj(content, copy)
                    copy.flush()
                    os.fchmod(copy.fileno(), 0o644)
                    os.fsync(copy.fileno())
                final.parent.mkdir(exist_ok=True)
                arriving.replace(final)
        except OSError as error:
            raise self._failed("written", error) from error

    @contextlib.contextmanager
    def turn(self, key: str, waiting: Callable[[], None]) -> Iterator[bool]:
        """See Shelf. Locks of the system on a folder: whoever dies lets go."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(turn(self._folder / f".making-{key}", waiting))
            except OSError as error:
                raise self._failed("written", error) from error
            yield True

    def _read(self, stream: BinaryIO) -> Iterator[bytes]:
        while True:
            try:
                block = stream.read(BLOCK_BYTES)
            except OSError as error:
                raise self._failed("read", error) from error
            if not block:
                return
            yield block

    def _failed(self, verb: str, error: OSError) -> RemoteError:
        return RemoteError(
            f"{self.address} cannot be {verb}: {error.strerror or error}.",
            hint="Check that it is mounted, its owner, and the space on it.",
        )
