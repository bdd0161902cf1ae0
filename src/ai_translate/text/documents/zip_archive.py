"""Zip archives as documents are: read with bounds, and written again with some files changed.

The archive is taken apart here and not by `zipfile`, for two reasons. Files that do not change are
copied as they lie, packed bytes and headers alike. And nothing is believed twice: what the central
directory says is what the local headers must say, no two files may share bytes, and a file must
unpack to the size and checksum that it announces, within bounds that were checked before. So no
archive takes more memory than its bounds, whatever its headers claim.

Source: APPNOTE.TXT of PKWARE, 6.3.10. Archives of over 4 GiB (Zip64) are not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ai_translate.errors import BrokenDocument, TooLarge

__all__ = ["MOST_UNPACKED", "Entry", "ZipArchive"]

MOST_UNPACKED: Final = 64 << 20
"""Bytes of the largest file that is unpacked."""

_MOST_ENTRIES: Final = 10_000
_MOST_NAME: Final = 1_000
# XML that people write packs to a tenth, tables of equal cells to a hundredth; bombs to less.
_MOST_RATIO: Final = 250
_RATIO_FROM: Final = 1 << 20

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_STORED: Final = 0
_DEFLATED: Final = 8
_ENCRYPTED: Final = 0x1
_SIZES_FOLLOW: Final = 0x8
_UTF8: Final = 0x800
_ZIP64_EXTRA: Final = b"\x01\x00"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive.

    Attributes:
        name: Its path, with slashes.
        method: How it is packed: 0 not at all, 8 deflated.
        crc: Checksum of what it unpacks to.
        packed: Its bytes in the archive.
        size: Its bytes unpacked.
        start: Where its local header begins.
        data: Where its packed bytes begin.
        record: Its record of the central directory.
    """

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int
    data: int
    record: bytes


class ZipArchive:
    """An archive in memory.

    Args:
        content: Its bytes.

    Raises:
        BrokenDocument: It is no archive, contradicts itself, or is encrypted.
        TooLarge: It has too many files.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.entries: dict[str, Entry] = {}
        seen: set[str] = set()
        self._directory, count, length = self._end()
        for entry in self._records(count, length):
            if entry.name.casefold() in seen:
                raise self._bad(f"it has two files named {entry.name[:200]!r}")
            seen.add(entry.name.casefold())
            self.entries[entry.name] = entry
        self._lying = sorted(self.entries.values(), key=lambda entry: entry.start)
        ends = [entry.start for entry in self._lying[1:]] + [self._directory]
        self._ends = dict(zip((entry.name for entry in self._lying), ends, strict=True))
        for entry in self._lying:
            if entry.data + entry.packed > self._ends[entry.name]:
                raise self._bad(f"{entry.name[:200]!r} shares its bytes with what follows it")

    def read(self, name: str) -> bytes:
        """What a file unpacks to, at most `MOST_UNPACKED` bytes.

        Raises:
            BrokenDocument: There is none, it is not what its headers say, or it is a bomb.
            TooLarge: It is larger.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise self._bad(f"it lacks {name[:200]!r}")
        if entry.size > MOST_UNPACKED:
            raise TooLarge(
                f"{name[:200]} in the document has {entry.size} bytes unpacked; the limit is "
                f"{MOST_UNPACKED}.",
                hint="Split the document.",
            )
        if entry.size > max(_RATIO_FROM, _MOST_RATIO * entry.packed):
            raise self._bad(
                f"{name[:200]!r} grows from {entry.packed} bytes to {entry.size}, more than the "
                f"{_MOST_RATIO}-fold that documents do"
            )
        packed = memoryview(self._content)[entry.data : entry.data + entry.packed]
        data = bytes(packed) if entry.method == _STORED else self._inflated(entry, packed)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise self._bad(f"{name[:200]!r} is not what its checksum says")
        return data

    def written(self, changes: Mapping[str, bytes]) -> bytes:
        """The archive with these files changed and everything else where and as it was."""
        if not changes:
            return self._content
        out = bytearray(self._content[: self._lying[0].start]) if self._lying else bytearray()
        records: dict[str, bytes] = {}
        for entry in self._lying:
            start = len(out)
            if entry.name in changes:
                records[entry.name] = self._add(out, entry, changes[entry.name])
            else:
                out += memoryview(self._content)[entry.start : self._ends[entry.name]]
                records[entry.name] = entry.record
            fields = list(_CENTRAL.unpack_from(records[entry.name]))
            fields[16] = start
            records[entry.name] = _CENTRAL.pack(*fields) + records[entry.name][_CENTRAL.size :]
        directory = len(out)
        for name in self.entries:
            out += records[name]
        tail = bytearray(self._content[self._content.rfind(b"PK\5\6") :])
        struct.pack_into("<2I", tail, 12, len(out) - directory, directory)
        return bytes(out + tail)

    def _add(self, out: bytearray, entry: Entry, data: bytes) -> bytes:
        """Adds a changed file; its new record of the central directory."""
        packed = data
        if entry.method == _DEFLATED:
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            packed = packer.compress(data) + packer.flush()
        crc, sizes = zlib.crc32(data), (len(packed), len(data))
        local = list(_LOCAL.unpack_from(self._content, entry.start))
        behind = self._content[entry.start + _LOCAL.size : entry.data]
        name, extra = behind[: local[9]], behind[local[9] :]
        if _ZIP64_EXTRA in extra:
            extra = b""  # it would repeat the sizes that the file had
        local[2] &= ~_SIZES_FOLLOW
        local[6:11] = [crc, *sizes, len(name), len(extra)]
        out += _LOCAL.pack(*local) + name + extra + packed
        record = list(_CENTRAL.unpack_from(entry.record))
        record[3] &= ~_SIZES_FOLLOW
        record[7:10] = [crc, *sizes]
        return _CENTRAL.pack(*record) + entry.record[_CENTRAL.size :]

    def _end(self) -> tuple[int, int, int]:
        """Where the central directory begins, its records, and its bytes."""
        content = self._content
        at = content.rfind(b"PK\5\6", max(0, len(content) - _END.size - 0xFFFF))
        if at < 0 or at + _END.size > len(content):
            raise self._bad("it is no zip archive, or is cut short")
        _, disk, other, here, count, length, start, comment = _END.unpack_from(content, at)
        if disk or other or here != count or at + _END.size + comment != len(content):
            raise self._bad("the end of the archive is damaged")
        if count > _MOST_ENTRIES:
            raise TooLarge(f"The document has {count} files in it; the limit is {_MOST_ENTRIES}.")
        if start + length > at:
            raise self._bad("the archive's directory is damaged")
        return start, count, length

    def _records(self, count: int, length: int) -> Iterator[Entry]:
        at, end = self._directory, self._directory + length
        for _ in range(count):
            if at + _CENTRAL.size > end:
                raise self._bad("the archive's directory is cut short")
            fields = _CENTRAL.unpack_from(self._content, at)
            size = _CENTRAL.size + sum(fields[10:13])
            if fields[0] != b"PK\1\2" or at + size > end:
                raise self._bad("the archive's directory is damaged")
            yield self._entry(fields, self._content[at : at + size])
            at += size

    def _entry(self, fields: tuple[int, ...], record: bytes) -> Entry:
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        raw = record[_CENTRAL.size : _CENTRAL.size + fields[10]]
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        steps = name.split("/")
        if not name or len(name) > _MOST_NAME or name[0] == "/" or ".." in steps or "\\" in name:
            raise self._bad(f"it has a file named {name[:200]!r}")
        if flags & _ENCRYPTED:
            raise BrokenDocument(
                "The document is encrypted with a password.", hint="Save it without one."
            )
        if method not in {_STORED, _DEFLATED}:
            raise self._bad(f"{name[:200]!r} is packed by method {method}, which documents are not")
        start, data = fields[16], fields[16] + _LOCAL.size
        if data > self._directory:
            raise self._bad(f"{name[:200]!r} lies outside the archive")
        local = _LOCAL.unpack_from(self._content, start)
        same = self._content[data : data + local[9]] == raw and local[3] == method
        if local[0] != b"PK\3\4" or not same or local[2] & _ENCRYPTED:
            raise self._bad(f"the headers of {name[:200]!r} contradict each other")
        return Entry(name, method, crc, packed, size, start, data + local[9] + local[10], record)

    def _inflated(self, entry: Entry, packed: memoryview) -> bytes:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = unpacker.decompress(packed, entry.size + 1)
        except zlib.error as error:
            raise self._bad(f"{entry.name[:200]!r} does not unpack") from error
        if len(data) > entry.size:
            raise self._bad(f"{entry.name[:200]!r} unpacks to more than it announces")
        return data

    def _bad(self, what: str) -> BrokenDocument:
        return BrokenDocument(
            f"The document cannot be read: {what}.",
            hint="Open it in the program that wrote it and save it anew.",
        )
