from __future__ import annotations

import contextlib
import json
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.checkpoint import Checkpoint, read_checkpoint
from ai_translate.supply.checkpoint.dtypes import SAFETENSORS_TYPES
from ai_translate.supply.checkpoint.safetensors import MOST_HEADER_BYTES, read_safetensors
from support.torch_files import FOUR_FLOATS, program, tensor, write_anew, write_zip

DTYPES = ["?", "u1", "i1", "<u2", "<i2", "<f2", "<u4", "<i4", "<f4", "<u8", "<i8", "<f8"]
ONE = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file is written; one folder for all examples."""
    return tmp_path_factory.mktemp("safetensors") / "model.safetensors"


def content(header: Any, data: bytes = FOUR_FLOATS) -> bytes:
    """A file of a header (bytes are taken as they are) and a buffer."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + data


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    """What a header says of one tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def refusal(path: Path, data: bytes) -> str:
    """The message with which these bytes are refused."""
    write_anew(path, data)
    with pytest.raises(BadFile) as caught:
        read_safetensors(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


def real_library(data: bytes) -> dict[str, dict[str, Any]]:
    """What the real library reads: type, shape and bytes of each tensor."""
    return dict(safetensors.deserialize(data))  # type: ignore[no-untyped-call]  # has no types


ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
    )
)


@given(
    st.dictionaries(st.text(max_size=9).filter(lambda s: s != "__metadata__"), ARRAYS, max_size=5)
)
def test_what_the_real_library_writes_is_read_unchanged(
    scratch: Path, arrays: dict[str, npt.NDArray[Any]]
) -> None:
    """Every type and shape, scalars and empty tensors too, comes back bit for bit."""
    write_anew(scratch, safetensors.numpy.save(arrays, metadata={"format": "pt"}))
    checkpoint = read_safetensors(scratch)
    assert set(checkpoint) == set(arrays)
    assert len(checkpoint) == len(arrays)
    for name, array in arrays.items():
        assert checkpoint[name].dtype == array.dtype
        assert checkpoint[name].shape == array.shape
        assert checkpoint[name].tobytes() == array.tobytes()


def test_every_type_that_we_read_is_one_of_the_format(scratch: Path) -> None:
    """The real library accepts a file with each type of our table, at our size."""
    for name, element in SAFETENSORS_TYPES.items():
        data = content({"a": entry(name, [3], 0, 3 * element.size)}, bytes(3 * element.size))
        assert real_library(data)["a"]["dtype"] == name
        assert read_safetensors(write_anew(scratch, data))["a"].shape == (3,)


def test_every_bfloat16_is_widened_exactly(scratch: Path) -> None:
    """Each of the 65,536 patterns becomes the float32 whose upper half it is."""
    bits = np.arange(2**16, dtype="<u2")
    header = {"a": entry("BF16", [2**15, 2], 0, 2**17), "b": entry("BF16", [], 2**17, 2**17 + 2)}
    scratch_file = write_anew(scratch, content(header, bits.tobytes() + b"\x80\x3f"))
    checkpoint = read_safetensors(scratch_file)
    assert checkpoint["a"].dtype == np.float32
    assert checkpoint["a"].shape == (2**15, 2)
    assert (checkpoint["a"].reshape(-1).view(np.uint32) == bits.astype(np.uint32) << 16).all()
    assert checkpoint["b"].shape == ()
    assert checkpoint["b"] == 1


def test_arrays_cannot_be_written_to(scratch: Path) -> None:
    """A checkpoint is a source, so its arrays are read-only, whether mapped or widened."""
    header = {
        "mapped": entry("F32", [2], 0, 8),
        "wide": entry("BF16", [4], 8, 16),
        "none": entry("F32", [0], 16, 16),
    }
    checkpoint = read_safetensors(write_anew(scratch, content(header)))
    for array in checkpoint.values():
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[:1] = 1


def test_a_tensor_on_odd_bytes_is_aligned(scratch: Path) -> None:
    """The format lets a header end anywhere, and numpy computes well on aligned bytes only."""
    header = json.dumps({"a": ONE}).encode()
    header += b" " * ((3 - len(header)) % 8)
    array = read_safetensors(write_anew(scratch, content(header)))["a"]
    assert array.flags.aligned
    assert array.tolist() == [1, 2, 3, 4]


def test_arrays_outlive_the_checkpoint(scratch: Path) -> None:
    """After the context ends an array is still whole, and no new one can be made."""
    with read_safetensors(write_anew(scratch, content({"a": ONE}))) as checkpoint:
        array = checkpoint["a"]
    assert array.tolist() == [1, 2, 3, 4]
    assert list(checkpoint) == ["a"]
    with pytest.raises(ValueError, match="closed"):
        checkpoint["a"]


def test_an_unknown_name_is_a_key_error(scratch: Path) -> None:
    """A checkpoint is a mapping like any other."""
    checkpoint = read_safetensors(write_anew(scratch, content({"a": ONE})))
    assert "b" not in checkpoint
    with pytest.raises(KeyError):
        checkpoint["b"]
    assert repr(checkpoint) == f"<Checkpoint of 1 tensors in {scratch}>"


HALVES = {"a": entry("F32", [2], 0, 8), "b": entry("F32", [2], 8, 16)}
BAD_HEADERS: dict[str, tuple[Any, str]] = {
    "not an object": (b"[]", "does not begin with '{'"),
    "leading space": (b' {"a": 1}', "does not begin with '{'"),
    "no header": (b"", "does not begin with '{'"),
    "not UTF-8": (b'{"\xff": 1}', "not JSON in UTF-8"),
    "not JSON": (b"{'a': 1}", "not JSON in UTF-8"),
    "half a surrogate pair": (b'{"\\ud800": {}}', "not JSON in UTF-8"),
    "a number of many digits": (b'{"a": ' + b"9" * 5000 + b"}", "not JSON in UTF-8"),
    "too deep": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "a name twice": (b'{"a": {}, "a": {}}', "same name twice"),
    "a field twice": (b'{"a": {"dtype": "F32", "dtype": "F32"}}', "same name twice"),
    "metadata is a list": ({"__metadata__": []}, "__metadata__ is not an object of texts"),
    "metadata has a number": ({"__metadata__": {"a": 1}}, "__metadata__ is not an object of texts"),
    "entry is a list": ({"a": []}, "'a' is not described by"),
    "field missing": ({"a": {"dtype": "F32", "shape": [4]}}, "'a' is not described by"),
    "field too many": ({"a": ONE | {"scale": 1}}, "'a' is not described by"),
    "dtype unknown": ({"a": ONE | {"dtype": "F8_E4M3"}}, "the type 'F8_E4M3'"),
    "dtype in lower case": ({"a": ONE | {"dtype": "f32"}}, "the type 'f32'"),
    "dtype is a list": ({"a": ONE | {"dtype": ["F32"]}}, "dtype that is not a text"),
    "shape is a number": ({"a": ONE | {"shape": 4}}, "shape that is not a list of lengths"),
    "shape is negative": ({"a": ONE | {"shape": [-2, -2]}}, "shape that is not a list of lengths"),
    "shape is a fraction": ({"a": ONE | {"shape": [4.0]}}, "shape that is not a list of lengths"),
    "shape is a truth": ({"a": ONE | {"shape": [4, True]}}, "shape that is not a list of lengths"),
    "shape is NaN": (
        b'{"a": {"dtype": "F32", "shape": [NaN], "data_offsets": [0, 0]}}',
        "shape that",
    ),
    "shape of 65 dimensions": ({"a": ONE | {"shape": [4] + [1] * 64}}, "shape that is not a list"),
    "shape of 2**64": ({"a": ONE | {"shape": [2**64]}}, "shape that is not a list of lengths"),
    "shape overflows": ({"a": ONE | {"shape": [2**32, 2**32, 4]}}, "too large to address"),
    "shape overflows to zero": ({"a": ONE | {"shape": [2**62, 2**62, 0]}}, "too large to address"),
    "offsets of three": ({"a": ONE | {"data_offsets": [0, 8, 16]}}, "not two positions"),
    "offsets negative": ({"a": ONE | {"data_offsets": [-16, 0]}}, "not two positions"),
    "offsets as text": ({"a": ONE | {"data_offsets": "16"}}, "not two positions"),
    "offsets swapped": ({"a": ONE | {"data_offsets": [16, 0]}}, "needs 16 bytes"),
    "length differs from shape": ({"a": ONE | {"shape": [3]}}, "needs 12 bytes"),
    "beyond the buffer": ({"a": entry("F32", [5], 0, 20)}, "take 20 bytes and its buffer has 16"),
    "buffer not covered": ({"a": entry("F32", [3], 0, 12)}, "take 12 bytes and its buffer has 16"),
    "no tensor, yet bytes": ({}, "take 0 bytes and its buffer has 16"),
    "a hole": (HALVES | {"b": entry("F32", [1], 12, 16)}, "bytes 8 to 12 of the buffer"),
    "a hole at the start": ({"b": entry("F32", [2], 8, 16)}, "bytes 0 to 8 of the buffer"),
    "an overlap": (HALVES | {"b": entry("F32", [3], 4, 16)}, "'b' overlaps another one at byte 4"),
    "the same bytes twice": ({"a": ONE, "b": ONE}, "'b' overlaps another one at byte 0"),
}


@pytest.mark.parametrize(("header", "words"), BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_a_header_that_breaks_a_rule_is_refused(scratch: Path, header: Any, words: str) -> None:
    """The message names the file and says which rule is broken."""
    assert words in refusal(scratch, content(header))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"1234567", "has 7 bytes"),
        (struct.pack("<Q", 3) + b"{}", "claims 3 bytes and the file has 10"),
        (struct.pack("<Q", MOST_HEADER_BYTES + 1) + b"{}", f"at most {MOST_HEADER_BYTES}"),
        (struct.pack("<Q", 2**64 - 1) + b"{}", f"claims {2**64 - 1} bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
    ],
)
def test_a_file_that_holds_no_header_is_refused(scratch: Path, data: bytes, words: str) -> None:
    """A length that lies is found out before anything is read by it."""
    assert words in refusal(scratch, data)


def test_every_truncation_is_refused(scratch: Path) -> None:
    """A file that lacks its end, however little, is never read."""
    whole = content(HALVES)
    for length in range(len(whole)):
        assert refusal(scratch, whole[:length])
    assert "its buffer has 17" in refusal(scratch, whole + b"\0")


SAMPLE = content(
    {"__metadata__": {"format": "pt"}, **HALVES, "c": entry("BF16", [1, 2], 16, 20)},
    FOUR_FLOATS + b"\x80\x3f\x00\xc0",
)


@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.binary(max_size=3)), max_size=4))
def test_a_damaged_file_is_refused_or_read_as_the_real_library_reads_it(
    scratch: Path, damage: list[tuple[int, bytes]]
) -> None:
    """No damage gives another exception than BadFile, nor numbers that others do not see."""
    damaged = bytearray(SAMPLE)
    for place, bytes_ in damage:
        damaged[place : place + len(bytes_)] = bytes_
    try:
        checkpoint = read_safetensors(write_anew(scratch, bytes(damaged)))
    except BadFile:
        return
    theirs = real_library(bytes(damaged))
    assert theirs.keys() == checkpoint.keys()
    for name, array in checkpoint.items():
        assert list(array.shape) == theirs[name]["shape"]
        narrow = array.view("<u2").reshape(-1)[1::2] if theirs[name]["dtype"] == "BF16" else array
        assert narrow.tobytes() == bytes(theirs[name]["data"])


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    """A link could lead anywhere, so even one to a good file is refused."""
    target = write_anew(tmp_path / "target", content({"a": ONE}))
    link = tmp_path / "model.safetensors"
    link.symlink_to(target)
    for path in (link, tmp_path):
        with pytest.raises(BadFile, match="not a plain file"):
            read_safetensors(path)
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadFile, match="not a plain file"):
        read_checkpoint(tmp_path)


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Gives up the rights of root, who may read every file."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_may_not_be_read_is_refused() -> None:
    """The system's reason is passed on."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = write_anew(Path(folder) / "model.safetensors", content({"a": ONE}))
        path.chmod(0)
        with nobody(), pytest.raises(BadFile, match="Permission denied"):
            read_safetensors(path)


def test_safetensors_is_preferred(tmp_path: Path) -> None:
    """Of two files of weights in a folder, the one that cannot hold code is read."""
    write_zip(tmp_path / "pytorch_model.bin", program({"from torch": tensor()}))
    assert list(read_checkpoint(tmp_path)) == ["from torch"]
    write_anew(tmp_path / "model.safetensors", content({"a": ONE}))
    checkpoint = read_checkpoint(tmp_path)
    assert isinstance(checkpoint, Checkpoint)
    assert list(checkpoint) == ["a"]
    assert checkpoint.source == tmp_path / "model.safetensors"


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """The message names every file that was sought."""
    with pytest.raises(BadFile, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_sharded_checkpoint_is_unsupported(tmp_path: Path, name: str) -> None:
    """Weights in several files are refused as a kind, with a way out."""
    write_anew(tmp_path / f"{name}.index.json", b"{}")
    with pytest.raises(UnsupportedModel, match="over several files") as caught:
        read_checkpoint(tmp_path)
    assert "max_shard_size" in caught.value.hint
