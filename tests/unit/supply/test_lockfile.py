"""models.lock, and bringing the store to what it says."""

from __future__ import annotations

import dataclasses
import multiprocessing
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from ai_translate.artifact import FileHash
from ai_translate.errors import BadFile, IntegrityError, LockError, ModelMissing
from ai_translate.languages import LanguagePair
from ai_translate.settings import load_settings
from ai_translate.supply.adding import add_folder
from ai_translate.supply.locked_model import entry_of
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.pulling import Origin, Pulled, pull
from ai_translate.supply.sources import FolderSource, HubSource
from ai_translate.supply.store import Store, open_locked
from support.marian import tensors_of, write_folder

MODEL = LockedModel(
    name="a-model_1.0",
    source=FolderSource("models/a"),
    pairs=(LanguagePair("en", "fr"), LanguagePair("en", "zh-Hans")),
    licence='words with "quotes", back\\slash and ünïcode \x7f',
    quantization="int8",
    part_tokens=64,
    files={"config.json": FileHash(3, "ab" * 32), "model.safetensors": FileHash(4, "cd" * 32)},
    artifact="ef" * 32,
)


HUB = dataclasses.replace(
    MODEL, name="hub", source=HubSource("Helsinki-NLP/opus-mt_en.fr", "main", "12" * 20)
)
STARTER = Path(__file__).parents[3] / "models.lock"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "models/a"
    save_file(tensors_of(write_folder(folder)), folder / "model.safetensors")
    return tmp_path


def locked(project: Path) -> tuple[Lock, Store, LockedModel]:
    store = Store(project / ".models")
    model = add_folder(project / "models.lock", store, project / "models/a", name="a")
    return Lock.read(project / "models.lock"), store, model


def test_lock_reads_what_it_wrote(tmp_path: Path) -> None:
    """Whatever a lock holds comes back equal, and no other file is left."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    lock = lock.with_model(dataclasses.replace(MODEL, name="b")).with_model(HUB)
    lock.write()
    assert Lock.read(lock.path) == lock
    assert [path.name for path in tmp_path.iterdir()] == ["models.lock"]


def test_the_lock_of_the_project_is_as_commands_write_it(tmp_path: Path) -> None:
    """Byte for byte: a command that changes another model leaves its entries alone."""
    lock = dataclasses.replace(Lock.read(STARTER), path=tmp_path / "models.lock")
    lock.write()
    assert lock.path.read_bytes() == STARTER.read_bytes()


def test_many_pairs_are_one_line_for_each_source(tmp_path: Path) -> None:
    """A lock with hundreds of directions can still be reviewed, and reads back equal."""
    tags = ["ar", "de", "en", "es", "fr", "zh-Hans"]
    pairs = [LanguagePair(a, b) for a in tags for b in tags if a != b]
    lock = Lock(tmp_path / "models.lock").with_model(dataclasses.replace(HUB, pairs=tuple(pairs)))
    lock.write()
    assert Lock.read(lock.path) == lock
    text = lock.path.read_text(encoding="utf-8")
    assert '\n    "ar:de", "ar:en", "ar:es", "ar:fr", "ar:zh-Hans",\n    "de:ar",' in text
    assert max(map(len, text.splitlines())) <= 130


def test_adding_a_name_again_replaces_it_in_place(tmp_path: Path) -> None:
    """An update keeps the order of the models."""
    lock = Lock(tmp_path / "l").with_model(MODEL).with_model(dataclasses.replace(MODEL, name="b"))
    changed = lock.with_model(dataclasses.replace(MODEL, quantization="int16"))
    assert [(m.name, m.quantization) for m in changed.models] == [
        ("a-model_1.0", "int16"),
        ("b", "int8"),
    ]


def test_what_a_name_stood_for_is_remembered(tmp_path: Path) -> None:
    """The last five, the latest first, each once; the same artifact again changes nothing."""
    models = [dataclasses.replace(HUB, artifact=f"{n:02}" * 32) for n in range(8)]
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    for model in (*models, models[7], models[6]):
        lock = lock.with_model(model)
    lock.write()
    assert Lock.read(lock.path) == lock
    now = lock.get("hub")
    assert [m.artifact[:2] for m in (now, *now.earlier)] == ["06", "07", "05", "04", "03", "02"]
    assert all(m.name == "hub" and not m.earlier for m in now.earlier)
    back = lock.rolled_back("hub")
    assert [m.artifact[:2] for m in (back.get("hub"), *back.get("hub").earlier)] == [
        *("07", "05", "04", "03", "02")
    ]
    assert back.get(MODEL.name) == MODEL


def test_what_was_before_is_no_part_of_what_is_made(tmp_path: Path) -> None:
    """A model's stage in the Dockerfile stays as it is when only its history changes."""
    other = dataclasses.replace(HUB, artifact="01" * 32)
    lock = Lock(tmp_path / "models.lock").with_model(other).with_model(HUB)
    assert lock.get("hub").earlier == (other,)
    assert entry_of(lock.get("hub")) == entry_of(HUB)


def test_nothing_to_roll_back_to_is_told(tmp_path: Path) -> None:
    """A model that has never been another, and one that is not there."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    with pytest.raises(LockError, match="remembers nothing"):
        lock.rolled_back(MODEL.name)
    with pytest.raises(LockError, match="no model 'c'"):
        lock.rolled_back("c")


def test_missing_lock_says_where_it_was_sought(tmp_path: Path) -> None:
    """The message names the path and the setting."""
    with pytest.raises(LockError, match=r"models\.lock") as caught:
        Lock.read(tmp_path / "models.lock")
    assert "AIT_MODELS_LOCK" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version = 1", "version = 2", "version"),
        ("version = 1", "version = ", "cannot be read"),
        ('"a-model_1.0"', '"../a"', "name"),
        ('quantization = "int8"', 'quantization = "int4"', "quantization"),
        ("ef" * 32, "ef" * 31, "artifact"),
        ("[[model]]", "[[model]]\nsurprise = 1", "surprise"),
        ('"config.json"', '"../config.json"', "plain file name"),
        ('"en:fr"', '"en-fr"', "en:fr"),
        ('folder = "models/a"', 'path = "models/a"', r"model 1 \(a-model_1\.0\): path"),
        ('folder = "models/a"\n', "", "neither folder nor repo"),
        ('folder = "models/a"', 'folder = "models/a"\nrepo = "a/b"', "folder and repo"),
        ('revision = "main"\n', "", r"model 2 \(hub\): repo is there, but revision is missing"),
        (f'commit = "{"12" * 20}"\n', "", "commit is missing"),
        ('repo = "Helsinki-NLP/opus-mt_en.fr"\n', "", "repo is missing"),
        ('"Helsinki-NLP/opus-mt_en.fr"', '"opus-mt-en-fr"', r"\(hub\): repo: .*opus-mt-en-fr"),
        ('revision = "main"', 'revision = "a/b"', "revision"),
        ("12" * 20, "main", "commit"),
        ('pairs = ["en:fr"', 'pairs = [7, "en:fr"', r"pairs\.0: a pair such as"),
        ('"config.json"', '"manifest.json"', r"artifact is not the sha256 of manifest\.json"),
        ("size = 3", "size = -3", "size"),
        ("size = 3", 'size = "3"', "size"),
    ],
)
def test_lock_is_read_strictly(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Whatever is not as commands write it is refused, with the model and the field."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL).with_model(HUB)
    lock.write()
    text = lock.path.read_text(encoding="utf-8")
    assert old in text
    lock.path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LockError, match=message):
        Lock.read(lock.path)


def test_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Two models of one name would hide each other."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    lock.write()
    text = lock.path.read_text(encoding="utf-8")
    lock.path.write_text(text + text.partition("version = 1\n")[2], encoding="utf-8")
    with pytest.raises(LockError, match="twice"):
        Lock.read(lock.path)


def test_unknown_name_lists_those_that_exist(tmp_path: Path) -> None:
    """Asking for a model that is not locked names those that are."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    with pytest.raises(LockError, match="no model") as caught:
        lock.chosen(["c"])
    assert "a-model_1.0" in caught.value.hint


def test_a_model_can_be_taken_out(tmp_path: Path) -> None:
    """The others keep their order; a name that is not there is refused."""
    lock = Lock(tmp_path / "l").with_model(MODEL).with_model(HUB)
    assert lock.without([MODEL.name]).models == (HUB,)
    assert lock.without([MODEL.name, HUB.name]).models == ()
    with pytest.raises(LockError, match="no model"):
        lock.without(["c"])


def test_a_model_is_chosen_once(tmp_path: Path) -> None:
    """However often it is named."""
    lock = Lock(tmp_path / "l").with_model(MODEL).with_model(HUB)
    assert lock.chosen(["hub", "hub"]) == (HUB,)
    assert lock.chosen([]) == (MODEL, HUB)


def add_many(path: Path, mark: str, start: Barrier) -> None:
    start.wait()
    for number in range(5):
        change = partial(_with_one_more, name=f"{mark}{number}")
        Lock.changed(path, change)


def _with_one_more(lock: Lock, name: str) -> Lock:
    return lock.with_model(dataclasses.replace(MODEL, name=name))


def test_processes_that_change_a_lock_lose_nothing(tmp_path: Path) -> None:
    """Each sees what the others have added."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    processes = [
        context.Process(target=add_many, args=(tmp_path / "models.lock", mark, start))
        for mark in "abc"
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 3
    assert len(Lock.read(tmp_path / "models.lock").models) == 15
    assert [path.name for path in tmp_path.iterdir()] == ["models.lock"]


def test_a_lock_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """The path and the setting are named."""
    path = tmp_path / "no/models.lock"
    with pytest.raises(LockError, match="cannot be written") as caught:
        Lock.changed(path, lambda lock: lock.with_model(MODEL))
    assert "AIT_MODELS_LOCK" in caught.value.hint
    with pytest.raises(LockError, match="cannot be written"):
        Lock(path).with_model(MODEL).write()


def test_pull_brings_an_empty_store_to_the_lock(project: Path) -> None:
    """A fresh store gets the artifact that the lock names, and a second pull makes nothing."""
    lock, _, model = locked(project)
    fresh = Store(project / "fresh")
    with pytest.raises(ModelMissing, match=r"^a: "):
        open_locked(lock, fresh)
    made = pull(model, lock.path, fresh, load_settings({}))
    assert made.origin is Origin.MADE
    (project / "models/a/vocab.json").unlink()
    assert pull(model, lock.path, fresh, load_settings({})) == Pulled(made.artifact, Origin.FOUND)
    assert open_locked(lock, fresh) == [(model, made.artifact)]


def test_changed_source_is_refused(project: Path) -> None:
    """A source file that differs from the lock is named with both hashes; nothing is stored."""
    lock, _, model = locked(project)
    with (project / "models/a/source.spm").open("ab") as stream:
        stream.write(b"x")
    fresh = Store(project / "fresh")
    with pytest.raises(IntegrityError, match=rf"source\.spm.*{model.files['source.spm'].sha256}"):
        pull(model, lock.path, fresh, load_settings({}))
    assert fresh.digests() == []


def test_other_digest_than_locked_is_refused(project: Path) -> None:
    """Right sources that give another artifact stop the pull."""
    lock, _, model = locked(project)
    fresh = Store(project / "fresh")
    with pytest.raises(IntegrityError, match="is locked"):
        pull(dataclasses.replace(model, licence="other"), lock.path, fresh, load_settings({}))
    assert fresh.digests() == []


def test_folder_outside_the_project_is_refused(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A lock names folders below itself only, when it is written and when it is read."""
    lock, store, model = locked(project)
    outside = tmp_path_factory.mktemp("outside")
    write_folder(outside)
    with pytest.raises(BadFile, match="not below"):
        add_folder(lock.path, store, outside, name="b")
    with pytest.raises(BadFile, match="leads out"):
        pull(
            dataclasses.replace(model, source=FolderSource("../..")),
            lock.path,
            Store(project / "fresh"),
            load_settings({}),
        )


def test_model_that_cannot_be_read_leaves_the_lock_alone(project: Path) -> None:
    """A failing `add` changes neither lock nor store."""
    lock, store, model = locked(project)
    (project / "models/a/config.json").write_text("{")
    with pytest.raises(BadFile):
        add_folder(lock.path, store, project / "models/a", name="b")
    assert Lock.read(lock.path) == lock
    assert store.digests() == [model.artifact]


def test_folder_of_a_lock_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """Where a volume is mounted or a folder has two names, the lock is written all the same."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    Lock.changed(tmp_path / "link/models.lock", lambda now: now.with_model(MODEL))
    assert Lock.read(tmp_path / "folder/models.lock").models == (MODEL,)


def test_lock_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    """Reading it ends in a sentence, not in the depth of a stack."""
    path = tmp_path / "models.lock"
    path.write_text(f"a = {'[' * 100_000}")
    with pytest.raises(LockError, match="cannot be read"):
        Lock.read(path)


def test_folder_that_lacks_is_told_before_any_work(project: Path) -> None:
    """A model is not converted for a lock that could not be written."""
    with pytest.raises(LockError, match="cannot be written"):
        add_folder(
            project / "nowhere/models.lock", Store(project / "s"), project / "models/a", name="a"
        )
    assert not (project / "s").exists()
