"""A file on its way: bytes that have come, under a name that nobody takes for the file's own.

It outlives its process, and another one goes on from where it ends.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ai_translate.supply.hub.digests import Digests, FollowingDigest
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.flushing import Flusher
from ai_translate.supply.hub.progress import Progress

__all__ = ["Partial", "partial_name"]

# Waking the hashing thread more often costs more than it brings.
_STEP_BYTES: Final = 4 << 20


def partial_name(file: WantedFile) -> str:
    """The name of a partial. It tells files of other bytes apart, so that none is gone on with."""
    return f"{file.name}.{(file.sha256 or file.git_sha1 or '')[:16]}.part"


class Partial:
    """The bytes that have come of a file. For the block of a with, in one thread.

    Args:
        path: Where they are.
        file: The file.
        progress: Is told of every byte, those of an earlier process too.

    Attributes:
        size: How many there are.
        furthest: How many there have been at most in this run.
        pieced: Whether they come from more than one answer.
    """

    def __init__(self, path: Path, file: WantedFile, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        self.size = os.fstat(self._descriptor).st_size
        if self.size > file.size:
            os.truncate(self._descriptor, 0)
            self.size = 0
        os.lseek(self._descriptor, self.size, os.SEEK_SET)
        self.furthest = self.size
        self.pieced = self.size > 0
        self._told = self.size
        self._digest = FollowingDigest(self._descriptor, file)
        self._digest.grown(self.size)
        self._flusher = Flusher(self._descriptor)

    def begin(self) -> None:
        """Tells the progress of bytes of an earlier process. To be called once."""
        self._progress.advance(self.size)

    @property
    def missing(self) -> int:
        """How many bytes are still to come."""
        return self._file.size - self.size

    def write(self, block: memoryview) -> None:
        """Adds bytes at the end."""
        length = len(block)
        while block:
            block = block[os.write(self._descriptor, block) :]
        self.size += length
        self.furthest = max(self.furthest, self.size)
        if self.size - self._told >= _STEP_BYTES or not self.missing:
            self._told = self.size
            self._digest.grown(self.size)
            self._flusher.grown(self.size)
        self._progress.advance(length)

    def restart(self) -> None:
        """Throws all bytes away."""
        self._digest.abandon()
        os.truncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._progress.advance(-self.size)
        self.size = self._told = 0
        self.pieced = False
        self._digest = FollowingDigest(self._descriptor, self._file)

    def digests(self) -> Digests:
        """Hashes of all bytes, once none is missing."""
        return self._digest.result()

    def sync(self) -> None:
        """Brings the bytes to the disk and lets everybody read them."""
        self._flusher.end()
        os.fchmod(self._descriptor, 0o644)
        os.fsync(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._digest.abandon()
        try:
            self._flusher.end()
        finally:
            os.close(self._descriptor)
