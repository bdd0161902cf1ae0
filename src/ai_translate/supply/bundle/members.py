"""Tar archives as strictly as bundles are: plain files, each where it is expected, nothing else.

The headers are those of POSIX (ustar). An archive is read by what its listing says and never by
what its headers say: a header that says anything else is refused before a byte behind it is read.
No extended header is ever followed.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ai_translate.errors import BadFile

__all__ = ["CutShort", "Members", "end_of_archive", "header_of"]

_BLOCK: Final = tarfile.BLOCKSIZE
_READ_BYTES: Final = 1 << 20
# Other programs fill up to other lengths, but not further than this.
_MOST_FILLING: Final = 1 << 20
_KINDS: Final = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.DIRTYPE: "a folder",
}


class CutShort(Exception):
    """The archive ends before the file that was expected."""


def header_of(path: str, size: int) -> bytes:
    """The header of a plain file; the same bytes whenever and wherever it is made.

    Raises:
        BadFile: It has more bytes, or a longer name, than such an archive can hold.
    """
    header = tarfile.TarInfo(path)
    header.size, header.mode = size, 0o644
    try:
        return header.tobuf(tarfile.USTAR_FORMAT)
    except ValueError as error:
        raise BadFile(
            f"{path} cannot be in a bundle: files of up to 8 GiB can, with names of up to 100 "
            "letters."
        ) from error


def end_of_archive(size: int) -> bytes:
    """What follows the last file, where so many bytes stand before it."""
    return bytes(2 * _BLOCK + -(size + 2 * _BLOCK) % tarfile.RECORDSIZE)


class Members:
    """The files of an archive, one after the other.

    Args:
        path: Where it is.
        stream: It, open and at its beginning.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size

    def enter(self, path: str, size: int | None = None, *, most: int = 0) -> int:
        """Goes to the file that must come next; its size.

        Args:
            path: Its name.
            size: Its size, if that is known.
            most: The largest that it may have otherwise.

        Raises:
            CutShort: The archive ends here.
            BadFile: Something else comes.
        """
        header = self._header(path)
        if header.type not in {tarfile.REGTYPE, tarfile.AREGTYPE}:
            kind = _KINDS.get(header.type, "no plain file")
            raise self._bad(f"{header.name[:200]!r} is {kind} where {path} is expected")
        if header.name != path:
            raise self._bad(f"{header.name[:200]!r} stands where {path} is expected")
        if size is None:
            size = header.size
            if not 0 <= size <= most:
                raise self._bad(f"{path} has {size} bytes, more than the {most} that it may have")
        elif header.size != size:
            raise self._bad(f"{path} has {header.size} bytes, but {size} are listed")
        return size

    def blocks(self, size: int) -> Iterator[bytes]:
        """The bytes of the file that was entered, all of them or an error.

        Raises:
            CutShort: The archive ends before.
        """
        missing = size
        while missing:
            block = self._stream.read(min(missing, _READ_BYTES))
            if not block:
                raise CutShort
            missing -= len(block)
            yield block
        if len(self._stream.read(-size % _BLOCK)) < -size % _BLOCK:
            raise CutShort

    def skip(self, size: int) -> None:
        """Goes past the file that was entered.

        Raises:
            CutShort: The archive ends before.
        """
        end = self._stream.tell() + size + -size % _BLOCK
        if end > self._size:
            raise CutShort
        self._stream.seek(end)

    def end(self) -> None:
        """Makes sure that nothing follows.

        Raises:
            CutShort: The archive's own end is missing.
            BadFile: Something follows.
        """
        rest = self._stream.read(_MOST_FILLING + 1)
        if len(rest) > _MOST_FILLING or rest.strip(b"\0"):
            raise self._bad("it goes on after the last file that is listed")
        if len(rest) < 2 * _BLOCK:
            raise CutShort

    def _header(self, path: str) -> tarfile.TarInfo:
        data = self._stream.read(_BLOCK)
        if len(data) < _BLOCK:
            raise CutShort
        try:
            return tarfile.TarInfo.frombuf(data, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise self._bad(f"no file stands where {path} is expected") from error

    def _bad(self, what: str) -> BadFile:
        return BadFile(
            f"{self._path}: {what}.", hint="It is no bundle, or was changed: get it once more."
        )
