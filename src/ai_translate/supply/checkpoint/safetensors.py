"""Reads `model.safetensors`.

    8 bytes   length of the header, unsigned, little-endian; at most 100 MB
    header    JSON object: name -> {"dtype", "shape", "data_offsets": [begin, end]}, and optionally
              "__metadata__" -> {text: text}; begins with `{`, may end with spaces
    buffer    the tensors' bytes, row by row, little-endian; offsets count from its start, and the
              tensors cover it wholly, without overlap

Source of the rules: the section "Format" of the safetensors README, whose own validation is in
`safetensors/src/tensor.rs`. Wherever that accepts two readings of a file we refuse both.
"""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import Any, Final, NoReturn

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.dtypes import SAFETENSORS_TYPES
from ai_translate.supply.checkpoint.mapped import (
    DOWNLOAD_AGAIN,
    Checkpoint,
    TensorView,
    are_counts,
    count_elements,
    map_file,
    row_major,
)

__all__ = ["MOST_HEADER_BYTES", "read_safetensors"]

MOST_HEADER_BYTES: Final = 100_000_000
_LENGTH_BYTES: Final = 8
_METADATA: Final = "__metadata__"
_FIELDS: Final = {"dtype", "shape", "data_offsets"}


def read_safetensors(path: Path) -> Checkpoint:
    """The tensors of a safetensors file. Reads the header alone; tensors are mapped.

    Raises:
        BadFile: The file breaks a rule of the format, is no plain file, or holds a type that we
            do not read.
    """
    data = map_file(path)
    header, start = _header(path, data)
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        _refuse(path, f"{_METADATA} is not an object of texts")
    views = {name: _view(path, name, entry, start) for name, entry in header.items()}
    ranges = sorted(
        (entry["data_offsets"][0], entry["data_offsets"][1], name) for name, entry in header.items()
    )
    reached = 0
    for begin, end, name in ranges:
        if begin < reached:
            _refuse(path, f"tensor {name!r:.99} overlaps another one at byte {begin} of the buffer")
        if begin > reached:
            _refuse(path, f"bytes {reached} to {begin} of the buffer belong to no tensor")
        reached = end
    if reached != len(data) - start:
        held = len(data) - start
        _refuse(path, f"its tensors take {reached} bytes and its buffer has {held}")
    return Checkpoint(path, data, views)


def _header(path: Path, data: mmap.mmap) -> tuple[dict[str, Any], int]:
    """The parsed header and the byte of the file at which the buffer begins."""
    if len(data) < _LENGTH_BYTES:
        _refuse(path, f"it has {len(data)} bytes, too few to hold the length of a header")
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    if length > MOST_HEADER_BYTES:
        _refuse(path, f"its header claims {length} bytes; at most {MOST_HEADER_BYTES} are allowed")
    start = _LENGTH_BYTES + length
    if start > len(data):
        _refuse(path, f"its header claims {length} bytes and the file has {len(data)} in all")
    raw = data[_LENGTH_BYTES:start]
    if not raw.startswith(b"{"):
        _refuse(path, "its header does not begin with '{'")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            _refuse(path, "its header has the same name twice")
        return fields

    try:
        header: dict[str, Any] = json.loads(
            raw.decode("utf-8"), object_pairs_hook=once, parse_constant=float
        )
        # JSON can spell half of a surrogate pair, which is no text: nothing could print the name.
        "".join(header).encode("utf-8")
    except RecursionError as error:
        raise _bad(path, "its header is nested too deeply") from error
    except ValueError as error:
        raise _bad(path, f"its header is not JSON in UTF-8 ({error})") from error
    return header, start


def _view(path: Path, name: str, entry: Any, start: int) -> TensorView:
    """Where one tensor lies, with its length checked against its type and shape."""
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        _refuse(path, f"tensor {name!r:.99} is not described by dtype, shape and data_offsets")
    dtype, lengths, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str):
        _refuse(path, f"tensor {name!r:.99} has a dtype that is not a text")
    if dtype not in SAFETENSORS_TYPES:
        known = ", ".join(SAFETENSORS_TYPES)
        raise BadFile(
            f"{path}: tensor {name!r:.99} has the type {dtype!r:.40}, which we do not read.",
            hint=f"We read {known}.",
        )
    element = SAFETENSORS_TYPES[dtype]
    shape = tuple(lengths) if isinstance(lengths, list) else None
    if not are_counts(shape):
        _refuse(path, f"tensor {name!r:.99} has a shape that is not a list of lengths")
    count = count_elements(shape, element)
    if count is None:
        _refuse(path, f"tensor {name!r:.99} has a shape too large to address")
    if not isinstance(offsets, list) or len(offsets) != 2 or not are_counts(tuple(offsets)):
        _refuse(path, f"tensor {name!r:.99} has data_offsets that are not two positions")
    begin, end = offsets
    if end - begin != count * element.size:
        _refuse(
            path,
            f"tensor {name!r:.99} needs {count * element.size} bytes for its type and shape, "
            f"and its data_offsets span {end - begin}",
        )
    return TensorView(element, shape, row_major(shape, element), start + begin)


def _refuse(path: Path, why: str) -> NoReturn:
    raise _bad(path, why)


def _bad(path: Path, why: str) -> BadFile:
    return BadFile(f"{path} is not a valid safetensors file: {why}.", hint=DOWNLOAD_AGAIN)
