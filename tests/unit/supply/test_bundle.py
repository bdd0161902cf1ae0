"""Bundles that somebody made to do harm: none leaves anything anywhere."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ai_translate.artifact import FileHash, Manifest, hash_file
from ai_translate.errors import BadFile, IntegrityError
from ai_translate.languages import LanguagePair
from ai_translate.supply.bundle.listing import Listing
from ai_translate.supply.bundle.members import header_of
from ai_translate.supply.bundle.reading import read_contents, unbundle
from ai_translate.supply.bundle.writing import write_bundle
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.sources import FolderSource
from ai_translate.supply.store import Store

Files: TypeAlias = dict[str, bytes]
Forge: TypeAlias = Callable[[Files, str], list[tuple[tarfile.TarInfo, bytes]]]


def built(out: Path) -> Manifest:
    """Fills an artifact."""
    (out / "model.bin").write_bytes(b"weights")
    (out / "vocabulary.json").write_bytes(b"[]")
    return Manifest(
        architecture="marian",
        quantization="int8",
        pairs=(LanguagePair("en", "fr"),),
        target_tokens={},
        licence="",
        positions=64,
        part_tokens=64,
        sources={},
        converter={},
        files={name: hash_file(out / name) for name in ("model.bin", "vocabulary.json")},
    )


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """A bundle of one model as it should be."""
    store = Store(tmp_path / "sender")
    artifact = store.add(built)
    model = LockedModel(
        name="a",
        source=FolderSource("models/a"),
        pairs=artifact.manifest.pairs,
        licence="",
        quantization="int8",
        part_tokens=64,
        files={"config.json": FileHash(1, "1" * 64)},
        artifact=artifact.digest,
    )
    path = tmp_path / "honest.tar"
    write_bundle([model], store, path)
    return path


def files_of(path: Path) -> Files:
    """The files of an archive, in their order."""
    with tarfile.open(path) as archive:
        return {m.name: (archive.extractfile(m) or io.BytesIO()).read() for m in archive}


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A member of an archive."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def plain(files: Files) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Members that are what they should be."""
    return [member(name, content) for name, content in files.items()]


def relisted(files: Files) -> Files:
    """The same files with a listing that agrees with them."""
    listed = [
        {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if name != "listing.json"
    ]
    listing = json.dumps({"format": 1, "files": listed}).encode()
    return {"listing.json": listing, **{n: c for n, c in files.items() if n != "listing.json"}}


def archived(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], form: int) -> None:
    """Writes an archive of any members."""
    with tarfile.open(path, "w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))


def in_place_of(name: str, **fields: Any) -> Forge:
    """Another kind of member by the name of a file."""

    def forge(files: Files, model: str) -> list[tuple[tarfile.TarInfo, bytes]]:
        wanted = {"model": model}.get(name, name)
        return [
            member(wanted, **fields) if file == wanted else member(file, content)
            for file, content in files.items()
        ]

    return forge


def renamed(name: str) -> Forge:
    """The model's file under another name, which the listing does not have."""
    return lambda files, model: plain({name if f == model else f: c for f, c in files.items()})


def listed_as(name: str) -> Forge:
    """The model's file under another name, which the listing has."""
    return lambda files, model: plain(
        relisted({name if f == model else f: c for f, c in files.items()})
    )


def added(*members: tuple[tarfile.TarInfo, bytes]) -> Forge:
    """More members than there should be."""
    return lambda files, _: [*plain(files), *members]


HOSTILE: dict[str, Forge] = {
    "symbolic link": in_place_of("model", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": in_place_of("model", type=tarfile.LNKTYPE, linkname="models.lock"),
    "character device": in_place_of("model", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "block device": in_place_of("model", type=tarfile.BLKTYPE),
    "pipe": in_place_of("model", type=tarfile.FIFOTYPE),
    "folder": in_place_of("model", type=tarfile.DIRTYPE),
    "sparse file": in_place_of("model", type=tarfile.GNUTYPE_SPARSE),
    "link as lock": in_place_of("models.lock", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "link as listing": in_place_of("listing.json", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "absolute path": renamed("/tmp/evil"),
    "path upwards": renamed("../evil"),
    "other name": renamed("other.bin"),
    "absolute path in the listing": listed_as("/tmp/evil"),
    "path upwards in the listing": listed_as(f"{'a' * 64}/../evil"),
    "folder in the listing": listed_as(f"{'a' * 64}/b/evil"),
    "backslash in the listing": listed_as(f"{'a' * 64}/..\\evil"),
    "other digest in the listing": listed_as(f"{'a' * 64}/model.bin"),
    "extra file": added(member("extra", b"?")),
    "extra folder": added(member("extra", type=tarfile.DIRTYPE)),
    "extra link": added(member("extra", type=tarfile.SYMTYPE, linkname="/etc")),
    "many more files": added(*(member(f"extra-{i}", b"?" * 1000) for i in range(3000))),
    "the same file again": lambda files, model: [*plain(files), member(model, files[model])],
    "a file before the listing": lambda files, _: [member("first", b"?"), *plain(files)],
    "no listing": lambda files, _: plain(dict(list(files.items())[1:])),
    "files in another order": lambda files, _: plain(dict(reversed(files.items()))),
    "a file left out": lambda files, model: plain({f: c for f, c in files.items() if f != model}),
    "longer than listed": lambda files, model: plain({**files, model: files[model] + b"?"}),
    "shorter than listed": lambda files, model: plain({**files, model: files[model][:-1]}),
    "listed twice": lambda files, _: plain(
        {**files, "listing.json": files["listing.json"].replace(b"[", b"[{},", 1)}
    ),
    "other bytes with their hash": lambda files, model: plain(
        relisted({**files, model: b"WEIGHTS"})
    ),
    "a file beyond the manifest": lambda files, model: plain(
        relisted({**files, f"{model.partition('/')[0]}/zzz": b"?"})
    ),
    "another lock": lambda files, _: plain(relisted({**files, "models.lock": b"version = 1\n"})),
    "no lock at all": lambda files, _: plain(relisted({**files, "models.lock": b"\0"})),
    "endless listing": lambda files, _: plain({**files, "listing.json": b"[" * 5_000_000}),
    "deep listing": lambda files, _: plain({**files, "listing.json": b"[" * 500_000}),
    "long name": lambda files, _: [member("x" * 5000, b"?"), *plain(files)],
}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_bundles_are_refused(case: str, form: int, honest: Path, tmp_path: Path) -> None:
    """The bundle is named and nothing is locked; at most what is right in it has been stored."""
    if case == "long name" and form == tarfile.USTAR_FORMAT:
        form = tarfile.GNU_FORMAT  # the other cannot hold one
    files = files_of(honest)
    [model] = [name for name in files if name.endswith("/model.bin")]
    path = tmp_path / "hostile.tar"
    archived(path, HOSTILE[case](files, model), form)
    place = tmp_path / "place"
    place.mkdir()
    store = Store(place / "models")
    with pytest.raises((BadFile, IntegrityError), match=r"hostile\.tar"):
        unbundle(path, place / "models.lock", store)
    assert {entry.name for entry in place.iterdir()} <= {"models"}
    assert not store.folder.exists() or {e.name for e in store.folder.iterdir()} <= {
        model.partition("/")[0]
    }
    for digest in store.digests():
        store.open(digest)
    assert not Path("/tmp/evil").exists()
    assert not (tmp_path / "evil").exists()


def test_an_honest_bundle_passes(honest: Path, tmp_path: Path) -> None:
    """Also where another program has written the same files in the same order anew."""
    again = tmp_path / "again.tar"
    archived(again, plain(files_of(honest)), tarfile.GNU_FORMAT)
    for name, path in (("one", honest), ("two", again)):
        place = tmp_path / name
        place.mkdir()
        done = unbundle(path, place / "models.lock", Store(place / "models"))
        assert done.locked == ("a",)
        assert Store(place / "models").open(done.models[0].artifact)


@pytest.mark.parametrize("at", ["listing.json", "model.bin"])
def test_headers_that_promise_too_much_are_refused(honest: Path, tmp_path: Path, at: str) -> None:
    """Sizes of many gigabytes and below zero are told from the header alone."""
    content = honest.read_bytes()
    with tarfile.open(honest) as archive:
        [found] = [info for info in archive if info.name.endswith(at)]
    for size in (8 << 30, -1):
        info = tarfile.TarInfo(found.name)
        info.size = size
        header = info.tobuf(tarfile.GNU_FORMAT)
        path = tmp_path / "hostile.tar"
        path.write_bytes(content[: found.offset] + header + content[found.offset_data :])
        with pytest.raises(BadFile, match=str(size)):
            unbundle(path, tmp_path / "models.lock", Store(tmp_path / "models"))


@pytest.mark.parametrize("content", [b"", b"?", b"?" * 5000, bytes(5000), b"\x1f\x8b" + b"?" * 999])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Any other file is told from a bundle."""
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="other"):
        read_contents(path)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """What cannot be read again cannot be resumed; nobody waits for its end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(BadFile, match="not a plain file"):
        read_contents(path)


def test_a_missing_bundle_is_named(tmp_path: Path) -> None:
    """The path and the system's reason."""
    with pytest.raises(BadFile, match=r"none\.tar cannot be read: No such file"):
        read_contents(tmp_path / "none.tar")


def test_a_listing_is_read_as_it_was_written() -> None:
    """Nothing gets lost, and equal listings are equal bytes."""
    digest = "a" * 64
    files = {"model.bin": FileHash(7, "b" * 64), "manifest.json": FileHash(9, digest)}
    listing = Listing(FileHash(5, "c" * 64), {digest: files})
    read = Listing.from_json(listing.to_json(), where="x")
    assert read == listing
    assert [path for path, _ in read.files] == [
        "models.lock",
        f"{digest}/manifest.json",
        f"{digest}/model.bin",
    ]


def test_what_no_header_can_hold_is_refused() -> None:
    """A file of more than 8 GiB or a longer name: the limit is told."""
    assert len(header_of("a", 8 * 2**30 - 1)) == 512
    for path, size in (("a", 8 * 2**30), ("a" * 101, 1)):
        with pytest.raises(BadFile, match="8 GiB"):
            header_of(path, size)
