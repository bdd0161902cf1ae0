"""`models evaluate` and `models add --evaluate`: what a quantization costs, measured."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ai_translate.artifact import hash_file
from support.artifactory import Artifactory
from support.project import Project
from support.server_process import PROJECT

DATA = PROJECT / "tests/data"
NAME = "starter-en-fr"
NOBODY = "http://127.0.0.1:9"
ADD = ("models", "add", "starter/en-fr", "--part-tokens", "28")


@pytest.fixture
def starter(models: Path, tmp_path: Path) -> Project:
    """A project that has the starter in its folder, its lock and its store."""
    shutil.copyfile(PROJECT / "models.lock", tmp_path / "models.lock")
    shutil.copytree(PROJECT / "starter/en-fr", tmp_path / "starter/en-fr")
    project = Project(tmp_path, NOBODY)
    digest = project.lock.get(NAME).artifact
    shutil.copytree(models / "store" / digest, project.store.folder / digest)
    return project


@pytest.fixture(scope="session")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some sentences."""
    path = tmp_path_factory.mktemp("text") / "en.txt"
    lines = (DATA / "sentences.en.txt").read_text(encoding="utf-8").splitlines()[:40]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def reference(sentences: Path) -> Path:
    """What transformers made of them in float32, at the same beam width."""
    golden = json.loads((DATA / "starter-en-fr.float32.json").read_text(encoding="utf-8"))
    path = sentences.with_name("fr.txt")
    path.write_text("\n".join(golden["translations"]["2"][:40]) + "\n", encoding="utf-8")
    return path


def contents(project: Project) -> dict[str, bytes]:
    """The lock, and every file of the store."""
    found = {"lock": (project.folder / "models.lock").read_bytes()}
    for path in project.store.folder.rglob("*"):
        if path.is_file():
            found[str(path.relative_to(project.store.folder))] = path.read_bytes()
    return found


def evaluated(project: Project, *arguments: str | Path) -> dict[str, Any]:
    """What `evaluate --json` says."""
    found: dict[str, Any] = json.loads(
        project.done("models", "evaluate", NAME, "--json", *arguments).stdout
    )
    return found


def test_float32_and_the_locked_weights_are_compared(
    starter: Project, sentences: Path, reference: Path
) -> None:
    """Scores, speed and size of both, and of nothing else; lock and store are as before."""
    before = contents(starter)
    found = evaluated(starter, "--text", sentences, "--reference", reference)
    assert contents(starter) == before
    assert (found["model"], found["pair"], found["locked"]) == (NAME, "en:fr", "int8")
    assert (found["against"], found["sentences"], found["beam_size"]) == ("reference", 40, 2)
    assert found["text_sha256"] == hash_file(sentences).sha256
    assert found["reference_sha256"] == hash_file(reference).sha256
    assert "version:" in found["signatures"]["chrf"]
    base, int8 = found["quantizations"]
    assert (base["quantization"], int8["quantization"]) == ("float32", "int8")
    assert int8["artifact"] == starter.lock.get(NAME).artifact
    assert base["chrf"] > 98
    assert 90 < int8["chrf"] <= 100
    assert int8["chrf_loss"] == round(base["chrf"] - int8["chrf"], 2)
    assert (base["chrf_loss"], base["speed_ratio"], base["size_ratio"]) == (0, 1, 1)
    assert int8["size_ratio"] < 0.4
    assert int8["size"] < base["size"]
    assert int8["sentences_per_second"] > 0
    assert int8["speed_ratio"] > 0


def test_without_a_reference_float32_is_the_measure(starter: Project, sentences: Path) -> None:
    """It has 100, which is said plainly to be of nearness; only the first sentences count."""
    found = evaluated(starter, "--text", sentences, "--sentences", "7")
    assert (found["against"], found["reference_sha256"]) == ("float32", None)
    assert found["sentences"] == 7
    assert found["quantizations"][0]["chrf"] == 100
    ended = starter.done("models", "evaluate", NAME, "--text", sentences, "--sentences", "3")
    assert "for there is no --reference: they tell how near" in ended.stdout
    assert "int8 (locked)" in ended.stdout


def test_others_are_tried_where_they_are_asked_for(starter: Project, sentences: Path) -> None:
    """One by one, or all; none twice."""
    few = ("--text", sentences, "--sentences", "2")
    one = evaluated(starter, *few, "--quantization", "int16", "--quantization", "float32")
    assert [q["quantization"] for q in one["quantizations"]] == ["float32", "int8", "int16"]
    every = evaluated(starter, *few, "--all")
    assert {q["quantization"] for q in every["quantizations"]} == {
        *("float32", "float16", "int16", "int8", "int8_float32")
    }
    assert len(every["quantizations"]) == 5


def test_a_loss_over_the_limit_fails(starter: Project, sentences: Path) -> None:
    """The figures are printed all the same; a limit that is kept changes nothing."""
    common = ("models", "evaluate", NAME, "--text", sentences, "--max-loss")
    ended = starter.run(*common, "0")
    assert ended.returncode == 1
    assert "int8 (locked)" in ended.stdout
    assert "chrF in int8 against float32, more than 0." in ended.stderr
    starter.done(*common, "50")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--direction", "en:de"), "lacks en→de"),
        (("--direction", "en"), "--direction: "),
        (("--reference", "starter/en-fr/config.json"), "has 40 lines, but"),
    ],
)
def test_what_does_not_fit_is_refused(
    starter: Project, sentences: Path, arguments: tuple[str, ...], said: str
) -> None:
    """With what would; nothing is left."""
    before = contents(starter)
    ended = starter.run("models", "evaluate", NAME, "--text", sentences, *arguments)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert contents(starter) == before


def test_a_model_that_is_not_stored_is_asked_for(starter: Project, sentences: Path) -> None:
    """The locked artifact is what is tried, not another of its kind."""
    shutil.rmtree(starter.store.folder)
    ended = starter.run("models", "evaluate", NAME, "--text", sentences)
    assert ended.returncode == 1
    assert "models pull" in ended.stderr


def test_a_changed_source_is_refused(starter: Project, sentences: Path) -> None:
    """What float32 is made of must be what the lock names."""
    with (starter.folder / "starter/en-fr/vocab.json").open("ab") as stream:
        stream.write(b" ")
    ended = starter.run("models", "evaluate", NAME, "--text", sentences)
    assert ended.returncode == 1
    assert "vocab.json has sha256" in ended.stderr


def test_without_sacrebleu_the_extra_is_named(starter: Project, sentences: Path) -> None:
    """Before any model is looked at, also where one is to be added."""
    code = (
        "import sys; sys.modules['sacrebleu'] = None; "
        "from ai_translate.cli import main; main(sys.argv[1:])"
    )
    for command in (
        ["evaluate", NAME, "--text", str(sentences)],
        ["add", "starter/en-fr", "--evaluate", str(sentences)],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, "models", *command],
            cwd=starter.folder,
            env=starter.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "pip install 'ai-translate[evaluate]'" in done.stderr
        assert "onverting" not in done.stderr


def begun(project: Project, folder: Path) -> subprocess.Popen[str]:
    """An evaluation that takes long, and is translating."""
    text = folder / "long.txt"
    text.write_text("Where is the station, and when does the next train leave?\n" * 100_000)
    process = project.begin("models", "evaluate", NAME, "--text", text, AIT_CACHE_BYTES="0")
    assert process.stderr is not None
    while "Translating" not in (line := process.stderr.readline()):
        assert line, process.wait()
    return process


def test_interrupted_it_leaves_nothing(
    starter: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither what was converted nor anything else."""
    before = contents(starter)
    with begun(starter, tmp_path_factory.mktemp("text")) as process:
        assert len(starter.stored()) > 1
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert contents(starter) == before
    assert len(starter.stored()) == 1


def test_killed_it_leaves_what_the_next_removes(
    starter: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`gc` frees it, as what a conversion leaves."""
    before = contents(starter)
    with begun(starter, tmp_path_factory.mktemp("text")) as process:
        process.kill()
    assert "left by a conversion" in starter.done("models", "gc").stderr
    assert contents(starter) == before


def test_the_files_of_a_hub_model_are_used_or_fetched_again(
    artifactory: Artifactory, project: Project, sentences: Path
) -> None:
    """Float32 is made from the locked commit: of what was downloaded, or of what comes anew."""
    starter = {path.name: path for path in (PROJECT / "starter/en-fr").iterdir()}
    artifactory.add_model("models", "acme/en-fr", starter)
    project.done("models", "add", "acme/en-fr", "--name", NAME, "--part-tokens", "28")
    count = len(artifactory.requests)
    few = ("--text", sentences, "--sentences", "2")
    evaluated(project, *few)
    assert len(artifactory.requests) == count
    shutil.rmtree(project.folder / ".models/hub")
    found = evaluated(project, *few)
    assert len(artifactory.requests) > count
    assert found["quantizations"][0]["chrf"] == 100


def test_adding_records_the_quality(starter: Project, sentences: Path, reference: Path) -> None:
    """In the lock and for `info`; the artifact is the same; a later write keeps it."""
    before = starter.lock.get(NAME)
    add = [*ADD, "--name", NAME, "--licence", before.licence]
    ended = starter.done(*add, "--evaluate", sentences, "--reference", reference)
    assert "lost against float32" in ended.stdout
    model = starter.lock.get(NAME)
    assert model.artifact == before.artifact
    assert starter.stored() == [model.artifact]
    assert model.evaluation is not None
    assert (model.evaluation.against, model.evaluation.sentences) == ("reference", 40)
    assert model.evaluation.text_sha256 == hash_file(sentences).sha256
    assert model.evaluation.chrf_float32 > 98
    starter.done(*add)
    assert starter.lock.get(NAME) == model
    told = starter.done("models", "info", NAME).stdout
    assert f"chrF {model.evaluation.chrf:.2f}, BLEU {model.evaluation.bleu:.2f}" in told
    fields = json.loads(starter.done("models", "info", NAME, "--json").stdout)["evaluation"]
    assert fields["chrf_loss"] == model.evaluation.chrf_loss
    assert fields["pair"] == "en:fr"
    starter.done("models", "verify")


def test_adding_refuses_a_loss_over_the_limit(starter: Project, sentences: Path) -> None:
    """Lock and store are as before; the same without a limit is locked."""
    before = contents(starter)
    add: list[str | Path] = [
        *ADD,
        "--name",
        "other",
        "--licence",
        "CC0-1.0",
        "--evaluate",
        sentences,
    ]
    ended = starter.run(*add, "--max-loss", "0")
    assert ended.returncode == 1
    assert "other loses" in ended.stderr
    assert contents(starter) == before
    assert len(starter.stored()) == 1
    starter.done(*add, "--max-loss", "50")
    assert starter.lock.get("other").evaluation is not None


@pytest.mark.parametrize(
    "option", [("--max-loss", "1"), ("--reference", "models.lock"), ("--sentences", "3")]
)
def test_what_belongs_to_evaluating_is_refused_without_it(
    starter: Project, option: tuple[str, str]
) -> None:
    """A limit that nothing checks would be a false comfort."""
    ended = starter.run("models", "add", "starter/en-fr", *option)
    assert ended.returncode == 2
    assert "--evaluate" in ended.stderr
