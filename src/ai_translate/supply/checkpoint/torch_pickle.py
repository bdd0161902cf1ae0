"""Reads `pytorch_model.bin`, as `torch.save` writes it, without torch and without running it.

Since torch 1.6 it is a zip (`torch_zip`). Before, and in the older OPUS-MT models, it is

    five pickles      0x1950a86a20f9469cfc6c, 1001, a dictionary about the machine, the state dict,
                      the sorted list of the storages' keys
    each storage      8 bytes: number of elements, signed, little-endian; then the elements

Earlier still it was a tar; those files are refused. The pickles are read by `PickleReader`, which
runs nothing, and speak only of what `Tensors` knows.

Source: `_legacy_save` and `_save` in `torch/serialization.py`.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Final

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.mapped import DOWNLOAD_AGAIN, Checkpoint, TensorView, map_file
from ai_translate.supply.checkpoint.pickles import PickleReader
from ai_translate.supply.checkpoint.torch_tensors import Place, Tensors
from ai_translate.supply.checkpoint.torch_zip import ZIP_MAGIC, find_members

__all__ = ["MOST_PICKLE_BYTES", "read_torch_pickle"]

# A tensor takes about 150 bytes of pickle and a model has some hundreds of them. Every byte can
# become an object of up to 80 bytes, so this bounds what a hostile file can make us hold.
MOST_PICKLE_BYTES: Final = 4 * 2**20

_LEGACY_MAGIC: Final = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL: Final = 1001
_TAR_MAGIC: Final = slice(257, 262)


def read_torch_pickle(path: Path) -> Checkpoint:
    """The tensors of a state dict that `torch.save` wrote. Reads its pickle; tensors are mapped.

    Raises:
        BadFile: The file is damaged, names what is no part of a tensor, is a tar or no plain file.
    """
    data = map_file(path)
    if data[: len(ZIP_MAGIC)] == ZIP_MAGIC:
        views = _read_zip(path, data)
    elif data[_TAR_MAGIC] == b"ustar":
        raise BadFile(
            f"{path} is a tar, as torch wrote before version 0.1.10, which we do not read.",
            hint="Load and save it with a torch that you trust, or use safetensors.",
        )
    elif data[:1] == b"\x80":
        views = _read_legacy(path, data)
    else:
        raise _bad(path, "it begins neither as a zip nor as a pickle")
    return Checkpoint(path, data, views)


def _read_zip(path: Path, data: mmap.mmap) -> dict[str, TensorView]:
    members = find_members(path, data)
    if "data.pkl" not in members:
        raise _bad(path, "its zip has no data.pkl")
    order = members.get("byteorder")
    if order is not None and data[order.offset : order.offset + order.size] != b"little":
        raise _bad(path, "its numbers are not little-endian")
    tensors = Tensors(path)
    content = members["data.pkl"].read(path, data, MOST_PICKLE_BYTES)
    reader = PickleReader(path, content, tensors.names, tensors.stored)
    loaded = reader.read()
    if reader.position != len(content):
        raise _bad(path, "bytes follow the end of its pickle")
    places = {
        name.removeprefix("data/"): Place(member.offset, member.size)
        for name, member in members.items()
        if name.startswith("data/")
    }
    return tensors.place(loaded, places)


def _read_legacy(path: Path, data: mmap.mmap) -> dict[str, TensorView]:
    tensors = Tensors(path)
    reader = PickleReader(path, data[:MOST_PICKLE_BYTES], tensors.names, tensors.stored)
    if reader.read() != _LEGACY_MAGIC or reader.read() != _LEGACY_PROTOCOL:
        raise _bad(path, "it does not begin with torch's magic number and protocol 1001")
    machine = reader.read()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise _bad(path, "its numbers are not little-endian")
    loaded = reader.read()
    keys = reader.read()
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise _bad(path, "its list of storages is malformed")
    if len(set(keys)) != len(keys) or set(keys) != tensors.storages.keys():
        raise _bad(path, "its list of storages is not that of its tensors")
    places = {}
    position = reader.position
    for key in keys:
        element, size = tensors.storages[key]
        count = data[position : position + 8]
        position += 8
        if len(count) < 8 or position + size > len(data):
            raise _bad(path, f"it ends in the middle of storage {key!r:.99}")
        if int.from_bytes(count, "little", signed=True) * element.size != size:
            raise _bad(path, f"storage {key!r:.99} has another length than its tensors say")
        places[key] = Place(position, size)
        position += size
    if position != len(data):
        raise _bad(path, f"{len(data) - position} bytes follow its last storage")
    return tensors.place(loaded, places)


def _bad(path: Path, why: str) -> BadFile:
    return BadFile(f"{path} is not a torch checkpoint: {why}.", hint=DOWNLOAD_AGAIN)
