"""Hashes of a file that is still being written, and of one that lies there."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ai_translate.artifact import hash_file
from ai_translate.errors import BadFile
from ai_translate.supply.hub.files import WantedFile

__all__ = ["Digests", "FollowingDigest", "is_right"]

# A second-level cache holds it; larger buffers were slower.
_BLOCK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Digests:
    """Hashes of a file's bytes, hexadecimal; the git one only where it was asked for."""

    sha256: str
    git_sha1: str | None

    def match(self, file: WantedFile) -> bool:
        """Whether they are those of a file."""
        return file.sha256 in {None, self.sha256} and file.git_sha1 in {None, self.git_sha1}

    def difference(self, file: WantedFile) -> str:
        """The hash that is wrong and the one that is right, in words."""
        if file.sha256 not in {None, self.sha256}:
            return f"has sha256 {self.sha256}, but {file.sha256} was expected"
        return f"has git sha1 {self.git_sha1}, but {file.git_sha1} was expected"


class FollowingDigest:
    """Hashes a file in a thread of its own, close behind whoever writes it.

    It reads the bytes back from the file: what is hashed is what will be kept, bytes of an
    earlier process are no other case, and the writer never waits for it. With its own thread a
    download runs nearly as fast as without hashing, because reading and hashing let go of the
    interpreter's lock.

    Args:
        descriptor: The open file; it stays open until `result` or `abandon` has returned.
        file: What is wanted of it.
    """

    def __init__(self, descriptor: int, file: WantedFile) -> None:
        self._descriptor = descriptor
        self._ends: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._sha256 = hashlib.sha256()
        # The name that git gives to a blob, see gitformat-pack(5): no secret hangs on it.
        header = b"blob %d\0" % file.size
        self._sha1 = hashlib.sha1(header, usedforsecurity=False) if file.git_sha1 else None
        self._error: OSError | None = None
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="digest", daemon=True)
        self._thread.start()

    def grown(self, end: int) -> None:
        """Says that the file's bytes up to this one are there."""
        self._ends.put(end)

    def result(self) -> Digests:
        """Hashes of all that it was told of.

        Raises:
            OSError: The file could not be read.
        """
        self._ends.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return Digests(self._sha256.hexdigest(), self._sha1.hexdigest() if self._sha1 else None)

    def abandon(self) -> None:
        """Ends the thread at once."""
        self._abandoned.set()
        self._ends.put(None)
        self._thread.join()

    def _follow(self) -> None:
        try:
            self._hash()
        except OSError as error:
            self._error = error

    def _hash(self) -> None:
        block = memoryview(bytearray(_BLOCK_BYTES))
        done = 0
        while (end := self._ends.get()) is not None:
            while done < end and not self._abandoned.is_set():
                size = os.preadv(self._descriptor, [block[: end - done]], done)
                if not size:
                    raise OSError(f"The file ends at {done}, before {end}.")
                self._sha256.update(block[:size])
                if self._sha1 is not None:
                    self._sha1.update(block[:size])
                done += size


def is_right(path: Path, file: WantedFile) -> bool:
    """Whether a plain file lies there that has the size and the hashes of a wanted one."""
    try:
        if path.is_symlink() or path.stat().st_size != file.size:
            return False
        if file.git_sha1 is None:
            return hash_file(path).sha256 == file.sha256
        with path.open("rb") as stream:
            digest = FollowingDigest(stream.fileno(), file)
            digest.grown(file.size)
            return digest.result().match(file)
    except (OSError, BadFile):
        return False
