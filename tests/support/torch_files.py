"""Writes pickles and checkpoints in torch's formats by hand, valid or hostile, without torch."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

LEGACY_START = b"".join(
    pickle.dumps(part, protocol=2)
    for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
)


@dataclass(frozen=True)
class Global:
    """A name that the pickle imports."""

    module: str
    name: str


@dataclass(frozen=True)
class Call:
    """A call of a function with its arguments."""

    function: object
    arguments: object


@dataclass(frozen=True)
class Persistent:
    """An object that lies outside the pickle."""

    identity: object


@dataclass(frozen=True)
class Raw:
    """Instructions as they are."""

    code: bytes


def instructions(value: object) -> bytes:  # noqa: PLR0911  # one for each kind of value
    """What pushes a value on the machine's stack."""
    match value:
        case Raw(code):
            return code
        case Global(module, name):
            return f"c{module}\n{name}\n".encode()
        case Call(function, arguments):
            return instructions(function) + instructions(arguments) + b"R"
        case Persistent(identity):
            return instructions(identity) + b"Q"
        case tuple():
            return b"(" + b"".join(map(instructions, value)) + b"t"
        case list():
            return b"](" + b"".join(map(instructions, value)) + b"e"
        case dict():
            pairs = (instructions(part) for pair in value.items() for part in pair)
            return b"}(" + b"".join(pairs) + b"u"
        case _:
            return pickle.dumps(value, protocol=2)[2:-1]  # without PROTO and STOP


def program(value: object) -> bytes:
    """A whole pickle."""
    return b"\x80\x02" + instructions(value) + b"."


ORDERED_DICT = Global("collections", "OrderedDict")
REBUILD = Global("torch._utils", "_rebuild_tensor_v2")
FOUR_FLOATS = struct.pack("<4f", 1, 2, 3, 4)
FLOATS = Global("torch", "FloatStorage")


def storage(
    key: object = "0",
    elements: object = 4,
    kind: object = FLOATS,
    *view: object,
) -> Persistent:
    """A storage as torch refers to it; `view` holds the sixth part of the old format."""
    return Persistent(("storage", kind, key, "cpu", elements, *view))


def tensor(
    of: object = None, start: object = 0, shape: object = (2, 2), steps: object = (2, 1)
) -> Call:
    """A tensor as torch rebuilds it, by default over the whole default storage."""
    arguments = (of or storage(), start, shape, steps, False, Call(ORDERED_DICT, ()))
    return Call(REBUILD, arguments)


def write_zip(
    path: Path,
    content: bytes,
    members: dict[str, bytes] | None = None,
    *,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A zip of a pickle and members, by default the default storage."""
    members = {"data/0": FOUR_FLOATS} if members is None else members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("archive/data.pkl", content)
        for name, data in members.items():
            archive.writestr(f"archive/{name}", data)
    return write_anew(path, buffer.getvalue())


def write_legacy(
    path: Path, content: bytes, keys: object = ("0",), data: bytes | None = None
) -> Path:
    """The format before torch 1.6, by default with the default storage."""
    data = struct.pack("<q", 4) + FOUR_FLOATS if data is None else data
    listed = program(list(keys) if isinstance(keys, tuple) else keys)
    return write_anew(path, LEGACY_START + content + listed + data)


def write_anew(path: Path, data: bytes) -> Path:
    """Writes a new file under the name: the old one may still be mapped."""
    aside = path.with_name(path.name + ".new")
    aside.write_bytes(data)
    os.replace(aside, path)  # noqa: PTH105  # says that it replaces
    return path
