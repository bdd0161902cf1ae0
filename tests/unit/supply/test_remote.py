"""A second tier on a shelf: what counts for a key, and that no half of an artifact is found."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from ai_translate.artifact import MOST_MANIFEST_BYTES, Artifact, FileHash, Manifest, hash_file
from ai_translate.errors import BadFile, IntegrityError, RemoteError
from ai_translate.languages import LanguagePair
from ai_translate.supply.converter import converter_versions
from ai_translate.supply.hub.progress import Silent
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.remote.input_key import input_key
from ai_translate.supply.remote.objects import Objects
from ai_translate.supply.remote.shared_folder import SharedFolder
from ai_translate.supply.sources import FolderSource, HubSource
from ai_translate.supply.store import Store

MODEL = LockedModel(
    name="a",
    source=FolderSource("models/a"),
    pairs=(LanguagePair("en", "fr"), LanguagePair("fr", "en")),
    licence="CC0-1.0",
    quantization="int8",
    part_tokens=64,
    files={"config.json": FileHash(1, "1" * 64), "model.safetensors": FileHash(2, "2" * 64)},
    artifact="a" * 64,
)
KEY = input_key(MODEL)
EVALUATION = LockedEvaluation(
    pair=MODEL.pairs[0],
    text_sha256="1" * 64,
    reference_sha256=None,
    against="float32",
    sentences=1,
    beam_size=2,
    chrf=50.0,
    bleu=50.0,
    chrf_float32=50.0,
    bleu_float32=50.0,
    signatures=("a", "b"),
)


@pytest.mark.parametrize(
    "changed",
    [
        replace(MODEL, quantization="int16"),
        replace(MODEL, pairs=MODEL.pairs[:1]),
        replace(MODEL, licence="MIT"),
        replace(MODEL, part_tokens=65),
        replace(MODEL, files={**MODEL.files, "config.json": FileHash(1, "3" * 64)}),
        replace(MODEL, files={**MODEL.files, "vocab.json": FileHash(1, "3" * 64)}),
        replace(MODEL, files={"config.json": FileHash(1, "1" * 64)}),
    ],
)
def test_each_input_of_a_conversion_changes_its_key(changed: LockedModel) -> None:
    """Two conversions that may give other bytes never share a key."""
    assert input_key(changed) != KEY


def test_each_version_of_what_converts_changes_the_key() -> None:
    """A runner never takes what another converter has made; by default its own one counts."""
    installed = converter_versions()
    assert input_key(MODEL, installed) == KEY
    keys = {input_key(MODEL, {**installed, name: "0"}) for name in installed}
    assert len(keys | {KEY}) == 3


@pytest.mark.parametrize(
    "same",
    [
        replace(MODEL, name="b"),
        replace(MODEL, source=HubSource("acme/a", "main", "0" * 40)),
        replace(MODEL, pairs=MODEL.pairs[::-1]),
        replace(MODEL, files=dict(reversed(MODEL.files.items()))),
        replace(MODEL, evaluation=EVALUATION),
    ],
)
def test_what_a_conversion_does_not_see_does_not_count(same: LockedModel) -> None:
    """The same inputs have one key, by whatever name and from wherever."""
    assert input_key(same) == KEY


def made(folder: Path, content: bytes = b"weights") -> Artifact:
    """An artifact of two files."""

    def build(out: Path) -> Manifest:
        (out / "model.bin").write_bytes(content)
        (out / "vocabulary.json").write_bytes(b"[]")
        return Manifest(
            architecture="marian",
            quantization="int8",
            pairs=MODEL.pairs,
            target_tokens={},
            licence="",
            positions=64,
            part_tokens=64,
            sources={},
            converter={},
            files={name: hash_file(out / name) for name in ("model.bin", "vocabulary.json")},
        )

    return Store(folder).add(build)


def fetched(remote: Objects, artifact: Artifact, out: Path) -> dict[str, bytes]:
    """The files that come of an artifact."""
    manifest = remote.manifest(KEY, artifact.digest)
    assert manifest == artifact.manifest
    out.mkdir()
    remote.fetch(KEY, manifest, out, Silent())
    return {path.name: path.read_bytes() for path in out.iterdir()}


class Failing(SharedFolder):
    """A shelf that takes so many things and then no more."""

    def __init__(self, folder: Path, puts: int) -> None:
        super().__init__(folder)
        self.puts = puts

    def put(self, name: str, content: BinaryIO) -> None:
        """See Shelf."""
        if not self.puts:
            raise RemoteError("full")
        self.puts -= 1
        super().put(name, content)


@pytest.mark.parametrize("puts", [0, 1, 2])
def test_an_artifact_is_found_only_when_all_of_it_is_there(tmp_path: Path, puts: int) -> None:
    """Wherever a writer stops, a reader finds nothing, and the next writer completes it."""
    artifact = made(tmp_path)
    folder = tmp_path / "tier"
    with pytest.raises(RemoteError):
        Objects(Failing(folder, puts)).put(KEY, artifact, replace=False)
    remote = Objects(SharedFolder(folder))
    assert remote.manifest(KEY, artifact.digest) is None
    remote.put(KEY, artifact, replace=False)
    assert fetched(remote, artifact, tmp_path / "out") == {
        "model.bin": b"weights",
        "vocabulary.json": b"[]",
    }


def test_a_file_that_is_cut_short_has_no_name(tmp_path: Path) -> None:
    """A writer that dies between two blocks leaves nothing that is taken for the file."""

    class Cut(contextlib.AbstractContextManager["Cut"]):
        def __init__(self) -> None:
            self.given = False

        def __exit__(self, *_: object) -> None:
            """Ends."""

        def read(self, _size: int = -1) -> bytes:
            if self.given:
                raise KeyboardInterrupt
            self.given = True
            return b"half"

    shelf = SharedFolder(tmp_path / "tier")
    with pytest.raises(KeyboardInterrupt):
        shelf.put("files/a", Cut())  # type: ignore[arg-type]  # read is all that is asked of it
    assert shelf.size("files/a") is None
    assert list((tmp_path / "tier").iterdir()) == []


def test_files_that_two_artifacts_share_are_kept_once(tmp_path: Path) -> None:
    """They are named by what is in them."""
    folder = tmp_path / "tier"
    remote = Objects(SharedFolder(folder))
    remote.put("1" * 64, made(tmp_path / "one"), replace=False)
    remote.put("2" * 64, made(tmp_path / "two", b"others"), replace=False)
    assert len(list((folder / "artifacts").iterdir())) == 2
    assert len(list((folder / "files").iterdir())) == 3


def test_readers_go_on_while_an_artifact_is_replaced(tmp_path: Path) -> None:
    """Whoever has opened a file reads the bytes that it had, and the new ones have its name."""
    shelf = SharedFolder(tmp_path / "tier")
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "two").write_bytes(b"two")
    with (tmp_path / "one").open("rb") as one, (tmp_path / "two").open("rb") as two:
        shelf.put("files/a", one)
        with shelf.blocks("files/a") as blocks:
            assert blocks is not None
            shelf.put("files/a", two)
            assert b"".join(blocks) == b"one"
    with shelf.blocks("files/a") as blocks:
        assert blocks is not None
        assert b"".join(blocks) == b"two"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.symlink_to("/etc/passwd"), "symbolic link"),
        (lambda path: path.mkdir(), "not a plain file"),
        (os.mkfifo, "not a plain file"),
    ],
)
def test_what_is_no_plain_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    """A link is not followed, and nobody waits for a pipe."""
    folder = tmp_path / "tier"
    (folder / "artifacts").mkdir(parents=True)
    make(folder / "artifacts" / f"{KEY}.json")
    with pytest.raises(BadFile, match=what):
        Objects(SharedFolder(folder)).manifest(KEY, "a" * 64)


def test_a_manifest_without_end_is_refused(tmp_path: Path) -> None:
    """Whatever a tier sends under its name, little of it is held in memory."""
    folder = tmp_path / "tier"
    (folder / "artifacts").mkdir(parents=True)
    with (folder / "artifacts" / f"{KEY}.json").open("wb") as stream:
        stream.truncate(100 * MOST_MANIFEST_BYTES)
    with pytest.raises(IntegrityError, match=f"more than {MOST_MANIFEST_BYTES} bytes"):
        Objects(SharedFolder(folder)).manifest(KEY, "a" * 64)


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """It goes to the disk block by block."""
    size = 64 << 20
    folder = tmp_path / "tier"
    digest = hashlib.sha256(bytes(size)).hexdigest()
    (folder / "files").mkdir(parents=True)
    with (folder / "files" / digest).open("wb") as stream:
        stream.truncate(size)
    manifest = replace(made(tmp_path).manifest, files={"model.bin": FileHash(size, digest)})
    (tmp_path / "out").mkdir()
    tracemalloc.start()
    try:
        Objects(SharedFolder(folder)).fetch(KEY, manifest, tmp_path / "out", Silent())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out/model.bin").stat().st_size == size
    assert peak < size / 8


def test_blocks_are_read_only_while_they_are_right(tmp_path: Path) -> None:
    """Of a file that is longer than its manifest says, nothing is kept beyond its end."""

    class Endless(SharedFolder):
        @contextlib.contextmanager
        def blocks(self, name: str) -> Iterator[Iterator[bytes] | None]:
            """See Shelf."""
            del name
            yield iter(lambda: b"x" * 1000, b"")

    manifest = made(tmp_path).manifest
    (tmp_path / "out").mkdir()
    with pytest.raises(IntegrityError, match="more than its 7 bytes"):
        Objects(Endless(tmp_path)).fetch(KEY, manifest, tmp_path / "out", Silent())
    assert (tmp_path / "out/model.bin").stat().st_size == 0
