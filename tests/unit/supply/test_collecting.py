"""What is garbage in the models folder, and what only looks like it."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from ai_translate.artifact import FileHash
from ai_translate.errors import LockError
from ai_translate.languages import LanguagePair
from ai_translate.supply.collecting import collect
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.sources import HubSource
from ai_translate.supply.turns import held

LOCKED = "a" * 64
OTHER = "b" * 64
COMMIT = "c" * 40
OLD = "d" * 40


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock with one model of the Hub."""
    model = LockedModel(
        name="a",
        source=HubSource("acme/a", "main", COMMIT),
        pairs=(LanguagePair("en", "fr"),),
        licence="",
        quantization="int8",
        part_tokens=64,
        files={"config.json": FileHash(1, "0" * 64)},
        artifact=LOCKED,
    )
    path = tmp_path / "models.lock"
    Lock(path).with_model(model).write()
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def put(folder: Path, *names: str) -> None:
    """Makes files of five bytes."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"bytes")


def left(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_only_what_is_locked_stays_of_ours(lock: Path, models: Path) -> None:
    """Artifacts, measurements, downloads, and what ended early; each is told with its size."""
    kept = [
        f"store/{LOCKED}/model.bin",
        f"store/{LOCKED}.threads.json",
        f"hub/models--acme--a/snapshots/{COMMIT}/config.json",
    ]
    gone = [
        f"store/{OTHER}/model.bin",
        f"store/{OTHER}.threads.json",
        "store/.staging-x/model.bin",
        f"store/.making-{OTHER}/x",
        f"hub/models--acme--a/snapshots/{OLD}/config.json",
        f"hub/models--acme--a/snapshots/.incoming-{OLD}/x.part",
        f"hub/models--acme--a/snapshots/.incoming-{COMMIT}/x.part",
        f"hub/models--acme--b/snapshots/{COMMIT}/config.json",
    ]
    put(models, *kept, *gone)
    found = collect(lock, models, dry_run=True)
    assert left(models) == {*kept, *gone}
    assert {garbage.size for garbage in found} == {5}
    assert len(found) == len(gone)
    assert collect(lock, models) == found
    assert left(models) == set(kept)
    assert not (models / "hub/models--acme--b").exists()
    assert collect(lock, models) == ()


def test_what_is_not_ours_stays(lock: Path, models: Path, tmp_path: Path) -> None:
    """Other names, links, and folders in which the Hugging Face libraries keep blobs."""
    put(tmp_path / "far", "model.bin")
    kept = [
        "note.txt",
        "store/README",
        "store/en-fr/model.bin",
        "store/short.threads.json",
        "hub/version.txt",
        "hub/models--acme--a/snapshots/main/config.json",
        f"hub/models--acme--theirs/snapshots/{OLD}/config.json",
        f"hub/models--acme--theirs/blobs/{OTHER}",
        f"hub/datasets--acme--a/snapshots/{OLD}/data",
    ]
    put(models, *kept)
    (models / "store" / OTHER).symlink_to(tmp_path / "far")
    assert collect(lock, models) == ()
    assert left(models) == set(kept)
    assert (tmp_path / "far/model.bin").exists()


def test_a_partial_download_of_a_locked_model_serves_the_next_pull(
    lock: Path, models: Path
) -> None:
    """As long as its artifact is not stored."""
    partial = f"hub/models--acme--a/snapshots/.incoming-{COMMIT}/x.part"
    put(models, partial)
    assert collect(lock, models) == ()
    put(models, f"store/{LOCKED}/model.bin")
    assert [garbage.why for garbage in collect(lock, models)] == ["partial download"]


@pytest.mark.parametrize(
    "folder",
    [
        f"store/{OTHER}",
        "store/.staging-x",
        f"store/.making-{OTHER}",
        f"hub/models--acme--a/snapshots/{OLD}",
        f"hub/models--acme--a/snapshots/.incoming-{OLD}",
    ],
)
def test_what_somebody_holds_stays(lock: Path, models: Path, folder: str) -> None:
    """It goes when it is let go."""
    put(models, f"{folder}/x")
    with held(models / folder, shared=True):
        assert collect(lock, models, dry_run=True) == ()
        assert collect(lock, models) == ()
        assert left(models) == {f"{folder}/x"}
    assert len(collect(lock, models)) == 1


def test_nothing_is_collected_without_a_lock(lock: Path, models: Path) -> None:
    """A missing lock is no empty one."""
    put(models, f"store/{OTHER}/model.bin")
    lock.unlink()
    with pytest.raises(LockError, match="no lock"):
        collect(lock, models)
    assert left(models) == {f"store/{OTHER}/model.bin"}


def test_a_models_folder_that_is_not_there_is_empty(lock: Path, models: Path) -> None:
    """There is nothing to collect."""
    assert collect(lock, models) == ()


def test_what_others_remove_meanwhile_is_no_fault(lock: Path, models: Path) -> None:
    """A conversion that ends while its folder is being looked at fails no collection."""
    done = threading.Event()

    def convert_again_and_again() -> None:
        folder = models / "store/.staging-x"
        while not done.is_set():
            put(folder, *(f"{number}/file" for number in range(20)))
            shutil.rmtree(folder)

    other = threading.Thread(target=convert_again_and_again)
    other.start()
    try:
        for _ in range(300):
            collect(lock, models, dry_run=True)
    finally:
        done.set()
        other.join()
