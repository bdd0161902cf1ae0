"""Finds the members of the zip files that torch writes (1.6 and newer).

    <archive>/data.pkl      the pickle
    <archive>/byteorder     `little` or `big`; absent before torch 2.1
    <archive>/data/<key>    the bytes of each storage, stored without compression

`<archive>` is any one name. Members are stored as they are, so each can be mapped where it lies.
The directory of a zip is at its end, and each member repeats its name before its bytes; two
readers that trust different copies see different files, so both must agree here.

Source: `torch/csrc/serialize` and `torch/serialization.py`; section 4.3 of APPNOTE.TXT for zip.
"""

from __future__ import annotations

import mmap
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.mapped import DOWNLOAD_AGAIN

__all__ = ["ZIP_MAGIC", "Member", "find_members"]

ZIP_MAGIC: Final = b"PK\x03\x04"
# Signature, version, flags, method, time, date, crc, two sizes, lengths of the name and extra.
_LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")
# A data descriptor follows the bytes; the name is UTF-8. Every other flag changes the bytes.
_HARMLESS_FLAGS: Final = 0x0808
# An attribute of MS-DOS. For a member that has it torch gives memory that nobody wrote to.
_FOLDER: Final = 0x10


@dataclass(frozen=True, slots=True)
class Member:
    """Where one member's bytes lie in the file, and what their CRC-32 should be."""

    offset: int
    size: int
    crc: int

    def read(self, path: Path, data: mmap.mmap, limit: int) -> bytes:
        """The bytes, if there are at most `limit` and they match their CRC-32.

        Raises:
            BadFile: They are more, or differ.
        """
        if self.size > limit:
            raise _bad(path, f"its pickle has {self.size} bytes; at most {limit} are read")
        content = data[self.offset : self.offset + self.size]
        if zlib.crc32(content) != self.crc:
            raise _bad(path, "the checksum of its pickle does not match")
        return content


def find_members(path: Path, data: mmap.mmap) -> dict[str, Member]:
    """The members by name, without the name of the archive before it.

    Raises:
        BadFile: The zip is damaged, compressed, encrypted, contradicts itself, or has names that
            leave its folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except Exception as error:  # zipfile has no closed list of what it raises
        raise _bad(path, f"its directory cannot be read ({error})") from error
    members: dict[str, Member] = {}
    reached = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        name = entry.orig_filename
        root, _, inner = name.partition("/")
        parts = name.split("/")
        if not name.isprintable() or "\\" in name or not inner or set(parts) & {"", ".", ".."}:
            raise _bad(path, f"the member name {name!r:.99} is not that of a file in a folder")
        if root != entries[0].orig_filename.partition("/")[0]:
            raise _bad(path, f"{name!r:.99} is not in the same folder as the other members")
        if inner in members:
            raise _bad(path, f"it has the member {name!r:.99} twice")
        member = _member(path, data, entry)
        if entry.header_offset < reached:
            raise _bad(path, f"{name!r:.99} overlaps another member")
        reached = member.offset + member.size
        members[inner] = member
    return members


def _member(path: Path, data: mmap.mmap, entry: zipfile.ZipInfo) -> Member:
    """Holds what the directory says of one member against what stands before its bytes."""
    name = entry.orig_filename
    if entry.flag_bits & ~_HARMLESS_FLAGS:
        raise _bad(path, f"{name!r:.99} is encrypted or patched (flags {entry.flag_bits:#06x})")
    if entry.external_attr & _FOLDER:
        raise _bad(path, f"{name!r:.99} is marked as a folder")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise _bad(path, f"{name!r:.99} is compressed, which torch never does")
    begin = entry.header_offset
    header = data[begin : begin + _LOCAL_HEADER.size] if begin >= 0 else b""
    if len(header) != _LOCAL_HEADER.size:
        raise _bad(path, f"{name!r:.99} begins outside the file")
    magic, _, flags, method, _, _, _, _, _, name_size, extra_size = _LOCAL_HEADER.unpack(header)
    named = begin + _LOCAL_HEADER.size
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if (
        magic != ZIP_MAGIC
        or flags != entry.flag_bits
        or method != zipfile.ZIP_STORED
        or data[named : named + name_size] != name.encode(encoding, errors="replace")
    ):
        raise _bad(path, f"{name!r:.99} is described differently in the directory and in place")
    offset = named + name_size + extra_size
    if offset + entry.file_size > len(data):
        raise _bad(path, f"{name!r:.99} claims {entry.file_size} bytes, more than the file has")
    return Member(offset, entry.file_size, entry.CRC)


def _bad(path: Path, why: str) -> BadFile:
    return BadFile(f"{path} is not a zip as torch writes it: {why}.", hint=DOWNLOAD_AGAIN)
