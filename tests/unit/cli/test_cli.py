"""The command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ai_translate.artifact import hash_file
from ai_translate.cli.main import main
from support.marian import STARTER

Run = Callable[..., Result]
ENVIRONMENT = ("AIT_MODELS_DIR", "AIT_MODELS_LOCK", "HF_ENDPOINT", "HF_TOKEN", "TRANSFORMERS_CACHE")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter, locked and stored."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "starter").mkdir()
    for path in STARTER.iterdir():
        (folder / "starter" / path.name).write_bytes(path.read_bytes())
    command = [
        sys.executable,
        "-m",
        "ai_translate.cli",
        "models",
        "add",
        "starter",
        "--name",
        "starter",
    ]
    subprocess.run([*command, "--part-tokens", "28"], cwd=folder, check=True)
    return folder


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in the project, with none of our variables set."""
    monkeypatch.chdir(project)
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: str, text: bytes = b"") -> Result:
        return CliRunner().invoke(main, list(arguments), input=text)

    return invoke


def test_words_are_translated(run: Run) -> None:
    """Words on the command line need no quotes."""
    result = run("translate", "Where", "is", "the", "station?")
    assert (result.exit_code, result.stdout) == (0, "Où est la gare ?\n")


def test_standard_input_keeps_its_layout(run: Run) -> None:
    """What comes from standard input is one text, and nothing is added to it."""
    result = run("translate", text=b"\tWhere is the station?\r\n\r\n  42")
    assert result.stdout_bytes == "\tOù est la gare ?\r\n\r\n  42".encode()


def test_json_tells_more(run: Run) -> None:
    """--json gives confidence and model beside the text."""
    answer = json.loads(run("translate", "--json", "Where is the station?").stdout)
    assert answer["translated_text"] == "Où est la gare ?"
    assert 0 < answer["confidence"] <= 1
    assert answer["model"].startswith("starter@")


def test_errors_are_sentences_with_a_hint(run: Run) -> None:
    """A pair without a model exits with 1, names those that exist, and shows no trace."""
    result = run("translate", "--to", "de", "Hello.")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "en→fr" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_usage_exits_with_2(run: Run) -> None:
    """A mistake in the call is told apart from a failure."""
    assert run("translate", "--beam-size", "99", "x").exit_code == 2
    assert run("unknown").exit_code == 2


def test_models_are_listed_verified_and_pulled(run: Run, project: Path, tmp_path: Path) -> None:
    """The commands agree on what is stored; pull brings an empty folder to the lock."""
    assert "\tstored" in run("models", "list").stdout
    assert "verified" in run("models", "verify").stdout
    assert "in place" in run("models", "pull").stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIT_MODELS_DIR", str(tmp_path))
        assert "\tmissing" in run("models", "list").stdout
        failed = run("models", "verify")
        assert failed.exit_code == 1
        assert "models pull" in failed.stderr
        assert "made artifact" in run("models", "pull", "starter").stderr
        assert "verified" in run("models", "verify").stdout
    assert (project / "models.lock").is_file()


def test_damaged_model_is_pulled_again(run: Run, project: Path) -> None:
    """A stored file that changed fails verification with both hashes, and pull mends it."""
    [model] = (project / ".models/store").glob("*/model.bin")
    whole = hash_file(model)
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    failed = run("models", "verify")
    assert failed.exit_code == 1
    assert whole.sha256 in failed.stderr
    assert hash_file(model).sha256 in failed.stderr
    assert "made artifact" in run("models", "pull").stderr
    assert hash_file(model) == whole


def test_adding_what_is_no_model_fails(run: Run, project: Path) -> None:
    """A folder without a model is refused by name and the lock stays as it was."""
    before = (project / "models.lock").read_bytes()
    (project / "empty").mkdir(exist_ok=True)
    result = run("models", "add", "empty")
    assert result.exit_code == 1
    assert "config.json" in result.stderr
    assert "en:fr" in run("models", "add", "starter", "--pair", "en-fr").stderr
    assert (project / "models.lock").read_bytes() == before


def test_doctor_finds_nothing_wrong(run: Run) -> None:
    """In a sound project every finding is well, and secrets are not shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_TOKEN", "hf_secret")
        result = run("doctor")
    assert result.exit_code == 0, result.stdout
    assert "All is well." in result.stdout
    assert "model starter: verified" in result.stdout
    assert "hf_secret" not in result.stdout
    assert "HF_TOKEN: (set, not shown)" in result.stdout


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AIT_MODELS_DIR", "nowhere", "models pull"),
        ("AIT_MODELS_LOCK", "nowhere.lock", "nowhere.lock"),
        ("AIT_BEAM_SISE", "3", "AIT_BEAM_SIZE"),
        ("HF_ENDPOINT", "host.example/artifactory", "api/huggingfaceml"),
    ],
)
def test_doctor_names_what_to_mend(run: Run, name: str, value: str, expected: str) -> None:
    """Each fault fails the command and comes with its mend."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        result = run("doctor")
    assert result.exit_code == 1
    assert expected in result.stdout


def test_doctor_says_that_an_old_name_is_no_longer_read(run: Run) -> None:
    """TRANSFORMERS_CACHE is honoured, with a note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFORMERS_CACHE", "/app/models")
        result = run("doctor")
    assert result.exit_code == 0
    assert "no longer read" in result.stdout


def commands(group: click.Group, *names: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [names]
    for name, command in group.commands.items():
        found += (
            commands(command, *names, name)
            if isinstance(command, click.Group)
            else [(*names, name)]
        )
    return found


@pytest.mark.parametrize("command", commands(main), ids=" ".join)
def test_every_command_has_help(run: Run, command: tuple[str, ...]) -> None:
    """Each command and each of its options explains itself."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    context = click.Context(main)
    leaf: click.Command = main
    for name in command:
        assert isinstance(leaf, click.Group)
        found = leaf.get_command(context, name)
        assert found is not None
        leaf = found
    assert leaf.help
    assert all(option.help for option in leaf.params if isinstance(option, click.Option))
