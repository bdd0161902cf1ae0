"""What a lock remembers of a model's quality."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from ai_translate.artifact import FileHash
from ai_translate.errors import LockError, QualityLost
from ai_translate.languages import LanguagePair
from ai_translate.supply.adding import add_folder
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_model import entry_of
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.sources import FolderSource
from ai_translate.supply.store import Store
from support.marian import tensors_of, write_folder

FOUND = LockedEvaluation(
    pair=LanguagePair("en", "zh-Hans"),
    text_sha256="ab" * 32,
    reference_sha256="cd" * 32,
    against="reference",
    sentences=1000,
    beam_size=2,
    chrf=55.61,
    bleu=36.0,
    chrf_float32=55.66,
    bleu_float32=36.02,
    signatures=("nrefs:1|case:mixed|version:2.6.0", "nrefs:1|tok:13a|version:2.6.0"),
)
MODEL = LockedModel(
    name="a",
    source=FolderSource("models/a"),
    pairs=(LanguagePair("en", "zh-Hans"),),
    licence="",
    quantization="int8",
    part_tokens=64,
    files={"config.json": FileHash(3, "ab" * 32)},
    artifact="ef" * 32,
    evaluation=FOUND,
)
OWN = dataclasses.replace(FOUND, against="float32", reference_sha256=None, chrf_float32=100.0)


def test_an_evaluation_reads_as_it_was_written(tmp_path: Path) -> None:
    """With a reference and without, beside a model that has none."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    lock = lock.with_model(dataclasses.replace(MODEL, name="b", evaluation=None))
    lock = lock.with_model(dataclasses.replace(MODEL, name="c", evaluation=OWN))
    lock.write()
    assert Lock.read(lock.path) == lock
    assert lock.path.read_text(encoding="utf-8").count("[model.evaluation]") == 2


def test_what_an_artifact_is_made_from_does_not_tell_of_it() -> None:
    """A stage of the image that makes the model is the same with another evaluation."""
    assert entry_of(MODEL) == entry_of(dataclasses.replace(MODEL, evaluation=None))


def test_the_loss_is_what_float32_has_more() -> None:
    """In two digits, as the scores are."""
    assert FOUND.chrf_loss == 0.05
    assert dataclasses.replace(FOUND, chrf=56.0).chrf_loss == -0.34


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sentences = 1000", "sentences = 0", r"model 1 \(a\): evaluation\.sentences"),
        ("sentences = 1000\n", "", r"evaluation\.sentences"),
        ("chrf = 55.61", "chrf = 101.0", r"evaluation\.chrf"),
        ("chrf = 55.61", 'chrf = "55.61"', r"evaluation\.chrf"),
        ("beam_size = 2", "speed = 2", "speed|beam_size"),
        ("ab" * 32 + '"\nref', "ab" * 31 + '"\nref', "text_sha256"),
        ('"reference"', '"float32"', "reference_sha256 stands where"),
        (f'reference_sha256 = "{"cd" * 32}"\n', "", "reference_sha256 stands where"),
        ('"en:zh-Hans"\ntext', '"en"\ntext', r"evaluation\.pair"),
        (', "nrefs:1|tok:13a|version:2.6.0"', "", "signatures"),
    ],
)
def test_an_evaluation_is_read_strictly(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Whatever commands would not write is refused, with the model and the field."""
    lock = Lock(tmp_path / "models.lock").with_model(MODEL)
    lock.write()
    text = lock.path.read_text(encoding="utf-8")
    assert old in text
    lock.path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LockError, match=message):
        Lock.read(lock.path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small model in a project's folder."""
    path = tmp_path / "model"
    save_file(tensors_of(write_folder(path)), path / "model.safetensors")
    return path


def test_what_is_known_of_an_artifact_is_kept(folder: Path) -> None:
    """Adding the same again keeps its evaluation; another artifact has none; one model's is its."""
    lock, store = folder.parent / "models.lock", Store(folder.parent / ".models")
    first = add_folder(lock, store, folder, name="a", judge=lambda *_: FOUND)
    assert first.evaluation == FOUND
    assert add_folder(lock, store, folder, name="a") == first
    other = add_folder(lock, store, folder, name="b")
    assert (other.artifact, other.evaluation) == (first.artifact, None)
    assert Lock.read(lock).get("a") == first
    assert add_folder(lock, store, folder, name="a", judge=lambda *_: OWN).evaluation == OWN
    save_file(tensors_of(write_folder(folder), seed=1), folder / "model.safetensors")
    assert add_folder(lock, store, folder, name="a").evaluation is None


def test_a_judge_that_refuses_leaves_all_as_it_was(folder: Path) -> None:
    """Neither lock nor store has the model."""

    def refuse(*_: object) -> LockedEvaluation:
        raise QualityLost("It lost 3.00 chrF.")

    lock, store = folder.parent / "models.lock", Store(folder.parent / ".models")
    with pytest.raises(QualityLost):
        add_folder(lock, store, folder, name="a", judge=refuse)
    assert not lock.exists()
    assert list(store.folder.iterdir()) == []
