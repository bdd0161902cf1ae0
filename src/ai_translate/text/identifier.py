"""Loads the model of py3langid in one pass, without a file beside it.

The library unpacks its model, an archive of NumPy arrays (`.npz`) inside LZMA, into a temporary
file of 68 MB, which a container with a read-only root has no place for. The arrays stand in the
archive one after the other and uncompressed, so that the decompressor can fill each directly: as
quick, and with less memory at its peak (ADR 0006).
"""

from __future__ import annotations

import lzma
import math
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy

from ai_translate.errors import NotReady

__all__ = ["load_identifier"]

# A member's header in a ZIP archive (APPNOTE.TXT, 4.3.7): signature, version, flags, method, time,
# date, CRC, two sizes, lengths of the name and of what follows it. LZMA has a checksum of all.
_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_MEMBER: Final = b"PK\x03\x04"
_DIRECTORY: Final = b"PK\x01\x02"
# Members that are encrypted, or whose lengths stand behind them.
_ODD_FLAGS: Final = 0b1001
_NAMES: Final = {"ptc", "pc", "classes", "nextmove", "nextmove_row", "out_feat"}
_CHUNK: Final = 1 << 20


def load_identifier(path: Path | None = None) -> Any:
    """What `LanguageIdentifier.from_model_file` of the library gives, probabilities normalized.

    Takes half a second and 75 MB of memory, all of which it keeps.

    Args:
        path: A model in the library's format; its own by default.

    Raises:
        NotReady: The model cannot be read, is damaged, or is in a layout that we do not know.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # lazy

    path = path or Path(MODEL_DIR, MODEL_FILE)
    try:
        found = _read(path)
        return LanguageIdentifier(
            found["ptc"],
            found["pc"],
            found["classes"].tolist(),
            found["nextmove"],
            found["out_feat"].tolist(),
            norm_probs=True,
            tk_row=found["nextmove_row"],
        )
    except (OSError, EOFError, ValueError, lzma.LZMAError, struct.error) as error:
        raise NotReady(
            f"The model that detects languages, {path}, cannot be read: {error}.",
            hint="Install the requirements again: it is a part of py3langid.",
        ) from error


def _read(path: Path) -> dict[str, Any]:
    with lzma.open(path) as stream:
        found = dict(_arrays(stream))
    if missing := sorted(_NAMES - found.keys()):
        raise ValueError(f"it has no {', '.join(missing)}")
    return found


def _arrays(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """The arrays of an archive, each with its name."""
    while (header := stream.read(_HEADER.size))[:4] == _MEMBER:
        _, _, flags, method, *_, name_length, extra_length = _HEADER.unpack(header)
        name = stream.read(name_length).decode()
        stream.read(extra_length)
        if method or flags & _ODD_FLAGS:
            raise ValueError(f"{name} is not stored plainly")
        yield name.removesuffix(".npy"), _array(stream)
    if header[:4] != _DIRECTORY:
        raise ValueError("it is no archive of arrays")
    while stream.read(_CHUNK):
        pass  # the checksum stands at the end


def _array(stream: IO[bytes]) -> Any:
    """The next array, as `numpy.save` wrote it.

    One of unsigned numbers becomes an `array.array`, as the library wants it: its items are read
    one by one, several times as fast as those of NumPy.
    """
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("an array is in a later format")
    shape, by_column, dtype = npy.read_array_header_1_0(stream)
    if by_column or dtype.hasobject or not dtype.isnative:
        raise ValueError("an array is not laid out as this machine does it, or holds objects")
    if dtype.kind == "u":
        numbers = array(dtype.char, bytes(dtype.itemsize)) * math.prod(shape)
        _fill(memoryview(numbers).cast("B"), stream)
        return numbers
    found: np.ndarray[Any, Any] = np.empty(shape, dtype)
    _fill(found.reshape(-1).view(np.uint8).data, stream)
    return found


def _fill(target: memoryview, stream: IO[bytes]) -> None:
    filled = 0
    while filled < len(target):
        chunk = stream.read(min(_CHUNK, len(target) - filled))
        if not chunk:
            raise EOFError("an array is cut off")
        target[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
