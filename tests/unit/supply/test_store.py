"""The store: content-addressed, written aside, safe for several processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from ai_translate.artifact import MANIFEST_NAME, Artifact, FileHash, Manifest, hash_file
from ai_translate.errors import BadFile, IntegrityError, LockError, ModelMissing, SupplyError
from ai_translate.languages import LanguagePair
from ai_translate.supply.collecting import collect
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store


def build(out: Path, content: bytes = b"weights") -> Manifest:
    (out / "model.bin").write_bytes(content)
    return Manifest(
        architecture="marian",
        quantization="int8",
        pairs=(LanguagePair("en", "fr"),),
        target_tokens={},
        licence="",
        positions=64,
        part_tokens=64,
        sources={"model.safetensors": FileHash(1, "0" * 64)},
        converter={"test": "1"},
        files={"model.bin": hash_file(out / "model.bin")},
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def names(store: Store) -> set[str]:
    return {path.name for path in store.folder.iterdir()}


def test_artifact_lies_under_its_digest(store: Store) -> None:
    """What was added is found again by digest, verified, and alone in the store."""
    artifact = store.add(build)
    assert store.open(artifact.digest).manifest == artifact.manifest
    assert names(store) == {artifact.digest}
    assert store.digests() == [artifact.digest]


def test_adding_the_same_twice_keeps_one(store: Store) -> None:
    """Equal bytes have one name."""
    assert store.add(build).path == store.add(build).path
    assert len(names(store)) == 1


def test_failed_build_leaves_nothing(store: Store) -> None:
    """An error while building stores nothing and leaves nothing behind."""

    def fail(out: Path) -> Manifest:
        build(out)
        raise BadFile("broken")

    with pytest.raises(BadFile):
        store.add(fail)
    assert names(store) == set()


def test_unexpected_digest_is_refused(store: Store) -> None:
    """Where the lock names a digest, another one is not stored; the versions are named."""
    with pytest.raises(IntegrityError, match=r"test 1"):
        store.add(build, expected="0" * 64)
    assert names(store) == set()


@pytest.mark.parametrize("case", ["changed", "truncated", "missing", "added", "link", "manifest"])
def test_damage_is_found_and_named(store: Store, case: str) -> None:
    """Any byte that differs from the manifest is found before the artifact is used."""
    artifact = store.add(build)
    model = artifact.path / "model.bin"
    match case:
        case "changed":
            model.write_bytes(b"Weights")
        case "truncated":
            model.write_bytes(b"weight")
        case "missing":
            model.unlink()
        case "added":
            (artifact.path / "extra").touch()
        case "link":
            model.rename(store.folder / "moved")
            model.symlink_to(store.folder / "moved")
        case "manifest":
            manifest = artifact.path / MANIFEST_NAME
            manifest.write_bytes(manifest.read_bytes().replace(b"int8", b"int9"))
    with pytest.raises((IntegrityError, BadFile), match=r"model\.bin|extra|manifest\.json"):
        store.open(artifact.digest)


def test_damaged_artifact_is_replaced_by_a_right_one(store: Store) -> None:
    """Adding over a damaged copy mends it."""
    artifact = store.add(build)
    (artifact.path / "model.bin").write_bytes(b"damaged")
    store.add(build)
    assert store.open(artifact.digest).digest == artifact.digest
    assert names(store) == {artifact.digest}


def test_missing_artifact_mentions_a_mounted_volume(store: Store) -> None:
    """The commonest cause in production is named."""
    with pytest.raises(ModelMissing, match=r"aaaaaaaaaaaa…\.") as caught:
        store.open("a" * 64)
    assert "volume" in caught.value.hint
    assert store.digests() == []


def test_what_a_killed_writer_left_is_removed(store: Store) -> None:
    """A staging folder without a living owner goes at the next write."""
    left = store.folder / ".staging-dead"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(b"half")
    artifact = store.add(build)
    assert names(store) == {artifact.digest}


def test_what_a_living_writer_holds_stays(store: Store) -> None:
    """Two writers do not remove each other's work."""

    def outer(out: Path) -> Manifest:
        store.add(lambda inner: build(inner, b"other"))
        assert out.is_dir()
        return build(out)

    store.add(outer)
    assert len(names(store)) == 2


def race(folder: Path, start: Barrier) -> None:
    start.wait()
    for _ in range(20):
        Store(folder).add(build)


def test_processes_that_race_do_no_harm(tmp_path: Path) -> None:
    """Several processes that add the same artifact all succeed and leave it whole."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    processes = [context.Process(target=race, args=(tmp_path, start)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    store = Store(tmp_path)
    [digest] = store.digests()
    assert names(store) == {digest}
    store.open(digest)


def test_unwritable_store_is_an_error_of_ours(tmp_path: Path) -> None:
    """A disk that refuses is told as a sentence with its folder."""
    (tmp_path / "store").write_text("a file in the way")
    with pytest.raises(SupplyError, match="store"):
        Store(tmp_path).add(build)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/b", "..", "", "a\\b", "a\x00b"])
def test_manifest_that_names_a_path_is_refused(name: str, tmp_path: Path) -> None:
    """A file name in a manifest cannot lead out of its folder."""
    good = build(tmp_path)
    files = {name: FileHash(1, "0" * 64)}
    bad = Manifest(**{**{f: getattr(good, f) for f in good.__slots__}, "files": files})
    with pytest.raises(BadFile, match="plain file name"):
        Manifest.from_json(bad.to_json(), where=tmp_path)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"format": 2}', b"[" * 100_000, b"\xff"])
def test_what_is_no_manifest_is_refused(data: bytes, tmp_path: Path) -> None:
    """Any other bytes under the manifest's name are an error of ours."""
    with pytest.raises(BadFile):
        Manifest.from_json(data, where=tmp_path)


def test_folder_without_a_manifest_is_no_artifact(tmp_path: Path) -> None:
    """Opening a folder that is something else says so."""
    with pytest.raises(ModelMissing):
        Artifact.open(tmp_path)


def test_what_is_being_added_is_no_garbage_though_it_was_there(tmp_path: Path) -> None:
    """Between finding an artifact and locking it, nobody collects it."""
    lock = tmp_path / "models.lock"
    Lock(lock).write()
    store = Store(tmp_path / "models")
    store.add(build)
    with store.adding(build) as artifact:
        assert collect(lock, tmp_path / "models") == ()
        assert artifact.path.exists()
    assert [found.path for found in collect(lock, tmp_path / "models")] == [artifact.path]


def test_artifact_that_another_discards_is_put_again(store: Store) -> None:
    """Of two that add the same, the failure of the first takes nothing from the second."""
    landed = threading.Event()

    def fail() -> None:
        with contextlib.suppress(LockError), store.adding(build):
            landed.set()
            raise LockError("not written")

    first = threading.Thread(target=fail)
    first.start()
    landed.wait()
    with store.adding(build) as artifact:
        first.join()
        assert artifact.path.exists()
    assert store.open(artifact.digest)


def test_what_lies_aside_goes_again(store: Store) -> None:
    """A store for a while keeps nothing, also after an error, and is out of the way of others."""
    kept = store.add(build)
    with contextlib.suppress(KeyboardInterrupt), store.aside() as aside:
        found = aside.add(lambda out: build(out, b"others"))
        assert aside.open(found.digest) == found
        store.add(build)
        assert store.digests() == [kept.digest]
        assert found.path.exists()
        raise KeyboardInterrupt
    assert not found.path.exists()
    assert names(store) == {kept.digest}
