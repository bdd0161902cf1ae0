from __future__ import annotations

import copyreg
import importlib
import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.torch_pickle import MOST_PICKLE_BYTES, read_torch_pickle
from support.torch_files import (
    FOUR_FLOATS,
    LEGACY_START,
    ORDERED_DICT,
    REBUILD,
    Call,
    Global,
    Persistent,
    Raw,
    instructions,
    program,
    storage,
    tensor,
    write_anew,
    write_legacy,
    write_zip,
)

DATA = Path(__file__).parent / "data"
GOOD = program({"a": tensor()})


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file is written; one folder for all examples."""
    return tmp_path_factory.mktemp("torch") / "pytorch_model.bin"


def refusal(path: Path) -> str:
    """The message with which the file is refused."""
    with pytest.raises(BadFile) as caught:
        read_torch_pickle(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


# What real torch wrote.


YOUNGER_TYPES = {"torch.uint16", "torch.uint32", "torch.uint64"}  # than the format before 1.6


@pytest.mark.parametrize("name", ["zip.bin", "protocol4.bin", "legacy.bin"])
def test_what_torch_writes_is_read_unchanged(name: str) -> None:
    """Types, shapes and values are those that torch itself reads, in both formats."""
    expected = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    if name == "legacy.bin":
        expected = {key: value for key, value in expected.items() if key not in YOUNGER_TYPES}
    with read_torch_pickle(DATA / name) as checkpoint:
        assert list(checkpoint) == list(expected)
        for key, tensor_ in expected.items():
            assert checkpoint[key].dtype == tensor_["dtype"], key
            assert list(checkpoint[key].shape) == tensor_["shape"], key
            assert checkpoint[key].tolist() == tensor_["values"], key
            assert not checkpoint[key].flags.writeable, key
            assert checkpoint[key].flags.aligned, key
        assert np.signbit(checkpoint["bf16"]).tolist() == [False, True, False, False, False]


def test_tied_weights_share_their_bytes() -> None:
    """Tensors over one storage lie on the same bytes of the file, so none is held twice."""
    checkpoint = read_torch_pickle(DATA / "zip.bin")
    assert np.shares_memory(checkpoint["0.weight"], checkpoint["1.weight"])
    assert not np.shares_memory(checkpoint["0.weight"], checkpoint["1.bias"])


# What was written by hand, as torch of some age could have.


def test_the_forms_of_older_torch_are_read(scratch: Path) -> None:
    """The first rebuild function, storages of a GPU, and views of storages are understood."""
    arguments = (storage(), 0, (4,), (1,))
    forms: dict[str, object] = {
        "first": Call(Global("torch._utils", "_rebuild_tensor"), arguments),
        "metadata": Call(REBUILD, (*arguments, True, {}, {})),
    }
    checkpoint = read_torch_pickle(write_zip(scratch, program(forms)))
    assert [array.tolist() for array in checkpoint.values()] == [[1, 2, 3, 4]] * 2
    gpu = Persistent(("storage", Global("torch.cuda", "FloatStorage"), "0", "cuda:0", 4))
    checkpoint = read_torch_pickle(write_zip(scratch, program({"a": tensor(gpu)})))
    assert checkpoint["a"].tolist() == [[1, 2], [3, 4]]
    view = storage("0", 4, Global("torch", "FloatStorage"), ("1", 1, 3))
    content = program({"a": tensor(view, 1, (2,), (1,))})
    checkpoint = read_torch_pickle(write_legacy(scratch, content))
    assert checkpoint["a"].tolist() == [3, 4]


def test_steps_that_are_never_taken_are_ignored(scratch: Path) -> None:
    """A writer stores any step along a dimension of length one, or of an empty tensor."""
    content = program(
        {
            "one": tensor(None, 3, (1, 1), (2**62, 2**62)),
            "none": tensor(None, 9, (0, 5), (2**62, 2**62)),
        }
    )
    checkpoint = read_torch_pickle(write_zip(scratch, content))
    assert checkpoint["one"].tolist() == [[4]]
    assert checkpoint["none"].shape == (0, 5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([tensor()], "no dictionary of tensors"),
        (tensor(), "no dictionary of tensors"),
        ({"a": {"b": tensor()}}, "entry 'a' is not a tensor"),
        ({"epoch": 3}, "entry 'epoch' is not a tensor"),
        ({"a": REBUILD}, "entry 'a' is not a tensor"),
        ({7: tensor()}, "entry 7 is not a tensor"),
        ({"a": tensor(storage("1"))}, "no bytes for storage '1'"),
        ({"a": tensor(storage("../data.pkl"))}, "no bytes for storage '../data.pkl'"),
        ({"a": tensor(storage("0", 5))}, "claims 20 bytes, and the file has 16"),
        ({"a": tensor(storage("0", 2**62))}, "bytes, and the file has 16"),
        ({"a": tensor(storage("0", -4))}, "length that is not a count"),
        ({"a": tensor(storage("0", None))}, "length that is not a count"),
        ({"a": tensor(storage("0", True))}, "length that is not a count"),
        ({"a": tensor(), "b": tensor(storage("0", 3))}, "'0' is described in two ways"),
        ({"a": tensor(storage(0))}, "not a storage"),
        ({"a": tensor(storage("0", 4, "FloatStorage"))}, "not a storage"),
        ({"a": tensor(storage("0", 4, REBUILD))}, "not a storage"),
        ({"a": tensor(storage("0", 4, ORDERED_DICT))}, "not a storage"),
        ({"a": Persistent("0")}, "not a storage"),
        ({"a": Persistent(("module", 1, 2, 3, 4))}, "not a storage"),
        ({"a": tensor("0")}, "what is not a storage"),
        ({"a": tensor(None, 1)}, "reaches entry 4 of a storage of 4"),
        ({"a": tensor(None, 2**62, (1,), (1,))}, "of a storage of 4"),
        ({"a": tensor(None, -1)}, "not counts"),
        ({"a": tensor(None, 0, (2, -2))}, "not counts"),
        ({"a": tensor(None, 0, (2, 2), (2, -1))}, "not counts"),
        ({"a": tensor(None, 0, (2, None))}, "not counts"),
        ({"a": tensor(None, 0, [2, 2])}, "not counts"),
        ({"a": tensor(None, 0, (2**80,), (1,))}, "not counts"),
        ({"a": tensor(None, 0, (1,) * 65, (1,) * 65)}, "not counts"),
        ({"a": tensor(None, 0, (2, 2), (3, 1))}, "reaches entry 4 of a storage of 4"),
        ({"a": tensor(None, 0, (2, 2), (2**62, 1))}, "of a storage of 4"),
        ({"a": tensor(None, 0, (4,), (1, 1))}, "more dimensions than strides"),
        ({"a": tensor(None, 0, (10**9,), (0,))}, "more entries than its storage has (4)"),
        ({"a": tensor(None, 0, (2**40, 2**40), (0, 0))}, "more entries than its storage"),
        ({"a": tensor(None, 0, (2**62, 2**62, 0), (1, 1, 1))}, "more entries than its storage"),
        ({"a": Call(REBUILD, (storage(), 0, (4,), (1,)))}, "arguments that we do not know"),
        ({"a": Call(REBUILD, (storage(), 0, (4,), (1,), 0, 0, {"conj": 1}))}, "do not know"),
        ({"a": Call(Global("torch._utils", "_rebuild_tensor"), ())}, "wrong number"),
        ({"a": Call(Global("torch._utils", "_rebuild_tensor_v3"), ())}, "do not know"),
        (
            {"a": Call(Global("torch._utils", "_rebuild_tensor_v3"), (0, 0, 0, 0, 0, 0, "f"))},
            "what is not a number type",
        ),
        ({"a": Call(Global("torch._utils", "_rebuild_parameter"), ({}, 1, {}))}, "not a tensor"),
        ({"a": Call(ORDERED_DICT, ([("a", 1)],))}, "OrderedDict in a way that torch does not"),
    ],
)
def test_a_state_dict_that_lies_is_refused(scratch: Path, value: object, words: str) -> None:
    """No tensor may reach beyond its storage, no storage beyond its bytes."""
    assert words in refusal(write_zip(scratch, program(value)))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (("1", 2, 3), "has a view that leaves it"),
        (("1", 2), "has a malformed view"),
        (("1", -1, 2), "has a malformed view"),
        ("1", "has a malformed view"),
    ],
)
def test_a_view_that_leaves_its_storage_is_refused(scratch: Path, view: object, words: str) -> None:
    """A storage inside another one is held to the same bounds."""
    inner = storage("0", 4, Global("torch", "FloatStorage"), view)
    assert words in refusal(write_legacy(scratch, program({"a": tensor(inner)})))


# The zip.


def edited(path: Path, edit: Callable[[bytearray], None]) -> Path:
    """A good zip, changed by hand."""
    data = bytearray(write_zip(path, GOOD).read_bytes())
    edit(data)
    return write_anew(path, bytes(data))


def replaced(old: bytes, new: bytes, count: int = -1) -> Callable[[bytearray], None]:
    """Replaces some bytes, which must be there."""

    def edit(data: bytearray) -> None:
        assert old in data
        data[:] = data.replace(old, new, count)

    return edit


def in_directory(member: bytes, at: int, new: bytes) -> Callable[[bytearray], None]:
    """Overwrites a field of a member's entry in the directory, which is 46 bytes and the name."""

    def edit(data: bytearray) -> None:
        start = data.rindex(member) - 46
        assert data[start : start + 4] == b"PK\x01\x02"
        data[start + at : start + at + len(new)] = new

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (replaced(b"archive/data/0", b"archive/../../0"[:14]), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"/rchive/data/0"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archive\\data\\0"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archive/data\n0"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archive/data/\0"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archive//ata/0"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archivedata_10"), "not that of a file in a folder"),
        (replaced(b"archive/data/0", b"archive/data/"), "directory cannot be read"),
        (replaced(b"archive/data/0", b"brchive/data/0"), "not in the same folder"),
        (replaced(b"archive/data/0", b"archive/data/1", 1), "described differently"),
        (replaced(b"archive/data.pkl", b"archive/data.pkk"), "has no data.pkl"),
        (in_directory(b"archive/data/0", 8, b"\x01\x00"), "encrypted"),
        (in_directory(b"archive/data/0", 8, b"\x00\x08"), "described differently"),
        (in_directory(b"archive/data/0", 20, b"\xff\xff\0\0" * 2), "more than the file has"),
        (in_directory(b"archive/data/0", 20, b"\x08\0\0\0"), "compressed"),
        (in_directory(b"archive/data/0", 38, b"\x10"), "marked as a folder"),
        (in_directory(b"archive/data/0", 10, b"\x08\0"), "compressed"),
        (in_directory(b"archive/data/0", 42, b"\xf0\xff\xff\x7f"), "begins outside the file"),
        (in_directory(b"archive/data/0", 42, b"\0\0\0\0"), "described differently"),
        (in_directory(b"archive/data.pkl", 16, b"\0\0\0\0"), "checksum of its pickle"),
        (lambda data: data.__delitem__(slice(-1, None)), "directory cannot be read"),
    ],
)
def test_a_zip_that_torch_would_not_write_is_refused(
    scratch: Path, edit: Callable[[bytearray], None], words: str
) -> None:
    """Names, flags, methods, places and sizes are held to what torch writes."""
    assert words in refusal(edited(scratch, edit))


def test_members_that_overlap_are_refused(scratch: Path) -> None:
    """A member may not hold another one's header."""
    inner = Path(write_zip(scratch, GOOD)).read_bytes()
    header = inner.index(b"PK\x03\x04", 4)
    size = struct.pack("<I", header + 60)
    edit = in_directory(b"archive/data.pkl", 20, size * 2)
    assert "overlaps another member" in refusal(edited(scratch, edit))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(scratch: Path) -> None:
    """Readers differ in which of two equal names they take."""
    with zipfile.ZipFile(scratch, "w") as archive:
        for _ in range(2):
            archive.writestr("archive/data.pkl", GOOD)
    assert "'archive/data.pkl' twice" in refusal(scratch)


def test_a_compressed_zip_is_refused(scratch: Path) -> None:
    """Compressed members could not be mapped, and could be bombs."""
    path = write_zip(scratch, GOOD, compression=zipfile.ZIP_DEFLATED)
    assert "compressed, which torch never does" in refusal(path)


@pytest.mark.parametrize(("order", "fine"), [(b"little", True), (b"big", False), (b"", False)])
def test_only_little_endian_numbers_are_read(scratch: Path, order: bytes, fine: bool) -> None:
    """A file that says that its numbers are big-endian is refused, not misread."""
    path = write_zip(scratch, GOOD, {"data/0": FOUR_FLOATS, "byteorder": order})
    if fine:
        assert read_torch_pickle(path)["a"].tolist() == [[1, 2], [3, 4]]
    else:
        assert "not little-endian" in refusal(path)


def test_a_pickle_over_the_limit_is_refused(scratch: Path) -> None:
    """The size is known before anything is read."""
    path = write_zip(scratch, bytes(MOST_PICKLE_BYTES + 1))
    assert f"at most {MOST_PICKLE_BYTES}" in refusal(path)


def test_bytes_behind_the_pickle_are_refused(scratch: Path) -> None:
    """The pickle is the whole member."""
    assert "bytes follow the end" in refusal(write_zip(scratch, GOOD + b"N."))


# The format before 1.6.


def start(*parts: object) -> bytes:
    """The first pickles of the old format."""
    return b"".join(pickle.dumps(part, protocol=2) for part in parts)


MAGIC = 0x1950A86A20F9469CFC6C
TAIL = program(["0"]) + struct.pack("<q", 4) + FOUR_FLOATS


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (start(MAGIC + 1, 1001, {"little_endian": True}) + GOOD + TAIL, "magic number"),
        (start(MAGIC, 1002, {"little_endian": True}) + GOOD + TAIL, "magic number"),
        (start([], 1001, {"little_endian": True}) + GOOD + TAIL, "magic number"),
        (start(MAGIC, 1001, {"little_endian": False}) + GOOD + TAIL, "not little-endian"),
        (start(MAGIC, 1001, {}) + GOOD + TAIL, "not little-endian"),
        (start(MAGIC, 1001, []) + GOOD + TAIL, "not little-endian"),
        (LEGACY_START + GOOD + program(["0", 0]), "list of storages is malformed"),
        (LEGACY_START + GOOD + program("0"), "list of storages is malformed"),
        (LEGACY_START + GOOD + program(["1"]), "not that of its tensors"),
        (LEGACY_START + GOOD + program(["0", "0"]), "not that of its tensors"),
        (LEGACY_START + GOOD + program([]), "not that of its tensors"),
        (LEGACY_START + GOOD + TAIL[:-1], "ends in the middle of storage '0'"),
        (LEGACY_START + GOOD + TAIL + b"\0", "1 bytes follow its last storage"),
        (LEGACY_START + GOOD + program(["0"]) + bytes(24), "another length than its tensors say"),
        (
            LEGACY_START + GOOD + program(["0"]) + struct.pack("<q", 2**62) + FOUR_FLOATS,
            "another length than its tensors say",
        ),
        (
            LEGACY_START + GOOD + program(["0"]) + struct.pack("<q", -4) + FOUR_FLOATS,
            "another length than its tensors say",
        ),
        (
            LEGACY_START + program({"a": tensor(storage("0", 2**61))}) + TAIL,
            "ends in the middle of storage '0'",
        ),
        (b"hello", "neither as a zip nor as a pickle"),
        (b"", "is empty"),
    ],
)
def test_an_old_file_that_contradicts_itself_is_refused(
    scratch: Path, data: bytes, words: str
) -> None:
    """Every part of the old format is held against the others."""
    assert words in refusal(write_anew(scratch, data))


def test_the_oldest_format_is_refused_by_name(scratch: Path) -> None:
    """A tar is told apart, so that its owner knows what to do."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"))
    assert "is a tar" in refusal(write_anew(scratch, buffer.getvalue()))


# Hostile pickles.


class Runs:
    """Pickled, it is a call; loaded by Python's own machine, the call is made."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call

    def __call__(self) -> None:
        """Never called: pickle wants to see a function."""


def hostile(command: str, path: str) -> dict[str, bytes]:
    """Pickles that run the command, which creates a file at the path, when Python loads them."""
    system = f"c{os.system.__module__}\nsystem\n".encode()
    argument = instructions(command)
    write = f"open({path!r}, 'w').close()"
    set_state = (
        instructions(Call(ORDERED_DICT, ())) + b"}" + instructions("__setstate__") + system + b"sb"
    )
    register = instructions(
        Call(Global("copyreg", "add_extension"), (os.system.__module__, "system", 240))
    )
    get_module = Runs(importlib.import_module, "os")
    found = Runs(Runs(getattr, get_module, "system"), command)
    run = Call(Raw(system), (command,))
    return {
        "os.system": pickle.dumps(Runs(os.system, command), protocol=2),
        "os.system, protocol 0": pickle.dumps(Runs(os.system, command), protocol=0),
        "os.system, protocol 5": pickle.dumps(Runs(os.system, command), protocol=5),
        "eval": pickle.dumps(Runs(eval, write), protocol=2),
        "exec": pickle.dumps(Runs(exec, write), protocol=4),
        "nested getattr": pickle.dumps(found, protocol=2),
        "a chain of attributes": b"\x80\x04\x8c\x07logging\x8c\x09os.system\x93"
        + argument
        + b"\x85R.",
        "copyreg extension": b"\x80\x02" + register + b"0\x82\xf0" + argument + b"\x85R.",
        "INST": b"(" + argument + b"i" + system[1:] + b".",
        "OBJ": b"(" + b"cbuiltins\nmap\n" + system + b"(" + argument + b"lo" + drained() + b".",
        "BUILD of __setstate__": b"\x80\x02" + set_state + argument + b"b.",
        "in an argument": program({"a": Call(ORDERED_DICT, ([("a", run)],))}),
        "in a storage's key": program({"a": Persistent(("storage", 0, run, "cpu", 4))}),
        "behind a good tensor": program({"a": Persistent(0), "b": run}),
        "dropped from the stack": program(Raw(instructions(run) + b"0}")),
    }


def drained() -> bytes:
    """Turns the iterator on the stack into a tuple, by a call: `tuple(iterator)`."""
    return b"p0\n0cbuiltins\ntuple\ng0\n\x85R"


class Unguarded(pickle.Unpickler):
    """Python's own machine, with something for each persistent id."""

    def persistent_load(self, _: object) -> object:
        """Nothing, so that the rest of the pickle is reached."""
        return None


NAMES = sorted(hostile("", ""))


@pytest.mark.parametrize("place", ["in a zip", "first in an old file", "in an old file"])
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_pickle_runs_nothing(tmp_path: Path, name: str, place: str) -> None:
    """What runs when Python's own machine loads it is refused here, and leaves no trace."""
    trace = tmp_path / "trace"
    content = hostile(f"touch '{trace}'", str(trace))[name]
    try:
        Unguarded(io.BytesIO(content)).load()
    finally:
        copyreg._inverted_registry.pop(240, None)  # type: ignore[attr-defined]  # undo "copyreg"
        copyreg._extension_registry.pop((os.system.__module__, "system"), None)  # type: ignore[attr-defined]
        copyreg._extension_cache.pop(240, None)  # type: ignore[attr-defined]
    assert trace.exists(), "the pickle is not hostile, so this test would prove nothing"
    trace.unlink()
    path = tmp_path / "pytorch_model.bin"
    if place == "in a zip":
        write_zip(path, content)
    elif place == "in an old file":
        write_legacy(path, content)
    else:
        write_anew(path, content if content[:1] == b"\x80" else b"\x80\x02" + content)
    assert refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "getattr"),
        ("torch", "load"),
        ("torch", "serialization.os.system"),
        ("torch.serialization", "os"),
        ("torch._utils", "_rebuild_tensor_v2.__globals__"),
        ("torch._utils", "__builtins__"),
        ("collections", "OrderedDict.fromkeys"),
        ("torch", "Storage"),
        ("os", "FloatStorage"),
        ("__main__", "_rebuild_tensor_v2"),
    ],
)
def test_a_global_outside_the_list_is_refused_by_name(
    scratch: Path, module: str, name: str
) -> None:
    """The message tells what the file wanted, whichever instruction it used to say so."""
    on_stack = instructions(module) + instructions(name) + b"\x93"
    for code in (instructions(Global(module, name)), on_stack):
        message = refusal(write_zip(scratch, program(Raw(code))))
        assert f"'{module}.{name}', which is no part of a tensor" in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"NN\x93", "names a global by what is not a text"),
        (b"K\x01" + instructions("system") + b"\x93", "by what is not a text"),
        (instructions("collections") + b"}\x93", "by what is not a text"),
        (b"c\xff\nsystem\n", "not UTF-8"),
        (b"cos", "ends in the middle"),
        (instructions(Global("torch", "FloatStorage")) + b")R", "calls what is not a function"),
        (instructions(tensor()) + b")R", "calls what is not a function"),
        (instructions(ORDERED_DICT) + b"]R", "calls what is not a function"),
        (instructions(ORDERED_DICT) + b")\x81", "instruction b'\\x81'"),
        (instructions(ORDERED_DICT) + b"}b", "sets attributes of an object"),
        (instructions(tensor()) + instructions({"offset": 9}) + b"b", "sets attributes"),
        (b"}" + instructions({"_metadata": 1}) + b"b", "sets attributes of an object"),
        (
            instructions(Call(ORDERED_DICT, ())) + instructions({"__class__": 1}) + b"b",
            "sets attributes of an object",
        ),
        (instructions(Call(ORDERED_DICT, ())) + b"Nb", "sets attributes of an object"),
        (b"Nb", "sets attributes of an object"),
        (b"b", "empty stack"),
        (b"q\x00", "empty stack"),
        (b"Na", "appends to what is not a list"),
        (b"NNs", "what is not a dictionary"),
        (b"NNNs", "what is not a dictionary"),
        (b"}(Nu", "what is not a dictionary"),
        (b"}(NNu", "neither a text nor an integer"),
        (b"}())u", "neither a text nor an integer"),
        (b"}(\x88Nu", "neither a text nor an integer"),
        (b"}(K\x01NK\x01Nu", "the key 1 twice"),
        (b"t", "no mark to go back to"),
        (b"(", "unfinished object"),
        (b"", "unfinished object"),
        (b"NN", "unfinished object"),
        (b"h\x00", "recalls value 0"),
        (b"N\x80\x06", "protocol is 6"),
        (b"X\xff\xff\xff\xffa", "ends in the middle"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fa", "ends in the middle"),
        (b"X\x01\x00\x00\x00\xff", "not UTF-8"),
        (b"\x95\x00", "ends in the middle"),
        (b"I9\n", "instruction b'I'"),
        (b"P0\n", "instruction b'P'"),
        (b"\x8b\xff\xff\xff\x7f", "instruction b'\\x8b'"),
        (b"B\xff\xff\xff\x7f", "instruction b'B'"),
        (b"\xff", "instruction b'\\xff'"),
    ],
)
def test_a_malformed_pickle_is_refused(scratch: Path, code: bytes, words: str) -> None:
    """Each instruction checks what it finds, and only those of torch are known."""
    assert words in refusal(write_zip(scratch, program(Raw(code))))


def test_bombs_are_refused_before_they_cost_anything(scratch: Path) -> None:
    """A far place in the memo, deep nesting, and tuples that double cost no time or memory."""
    far = b"Nr\xff\xff\xff\xff0"
    assert "instruction b'0'" in refusal(write_zip(scratch, program(Raw(far))))
    deep = b"(" * 500_000 + b"t" * 500_000
    assert "no dictionary" in refusal(write_zip(scratch, program(Raw(deep))))
    doubling = b")" + b"q\x00h\x00\x86" * 200
    assert "no dictionary" in refusal(write_zip(scratch, program(Raw(doubling))))
    key = b"}" + doubling + b"Ns"
    assert "neither a text" in refusal(write_zip(scratch, program(Raw(key))))
    itself = b"]q\x00h\x00a"
    assert "no dictionary" in refusal(write_zip(scratch, program(Raw(itself))))


# Damage of all kinds.

WHOLE = {name: (DATA / name).read_bytes() for name in ("zip.bin", "legacy.bin")}
DAMAGE = st.lists(st.tuples(st.integers(0, 2**12), st.binary(max_size=3)), min_size=1, max_size=4)


def damaged(data: bytes, damage: list[tuple[int, bytes]]) -> bytes:
    """The data with some bytes overwritten."""
    result = bytearray(data)
    for place, new in damage:
        at = place % len(result)
        result[at : at + len(new)] = new
    return bytes(result)


def read_wholly(path: Path) -> int | None:
    """Number of tensors, each of them read to its last byte; None if the file is refused."""
    try:
        checkpoint = read_torch_pickle(path)
    except BadFile:
        return None
    return len([zlib.crc32(array.tobytes()) for array in checkpoint.values()])


@pytest.mark.parametrize("name", WHOLE)
@given(damage=DAMAGE)
def test_a_damaged_file_is_refused_or_read(
    scratch: Path, name: str, damage: list[tuple[int, bytes]]
) -> None:
    """No damage gives another exception than BadFile, nor a tensor outside the file."""
    count = read_wholly(write_anew(scratch, damaged(WHOLE[name], damage)))
    assert count is None or count <= 22


@given(damage=DAMAGE)
def test_a_damaged_pickle_is_refused_or_read(
    scratch: Path, damage: list[tuple[int, bytes]]
) -> None:
    """The same, where the checksum of the pickle is right, as an attacker's would be."""
    with zipfile.ZipFile(DATA / "zip.bin") as archive:
        members = {
            name.partition("/")[2]: archive.read(name)
            for name in archive.namelist()
            if not name.endswith("data.pkl")
        }
        content = archive.read("zip/data.pkl")
    count = read_wholly(write_zip(scratch, damaged(content, damage), members))
    assert count is None or count <= 22


@pytest.mark.parametrize("name", WHOLE)
def test_every_truncation_is_refused(scratch: Path, name: str) -> None:
    """A file that lacks its end, however little, is never read."""
    lengths = sorted({*range(0, len(WHOLE[name]), 7), len(WHOLE[name]) - 1})
    read = [
        length
        for length in lengths
        if read_wholly(write_anew(scratch, WHOLE[name][:length])) is not None
    ]
    assert read == []
    assert read_wholly(write_anew(scratch, WHOLE[name])) is not None
