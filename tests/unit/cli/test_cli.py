"""The command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ai_translate.artifact import hash_file
from ai_translate.cli.main import main
from ai_translate.engine.cpus import usable_cpus
from support.marian import STARTER
from support.unwritable import read_only, run_bound

Run = Callable[..., Result]
ENVIRONMENT = (
    *("AIT_MODELS_DIR", "AIT_MODELS_LOCK", "AIT_STATE_DIR"),
    *("HF_ENDPOINT", "HF_TOKEN", "TRANSFORMERS_CACHE"),
)


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
    assert "  stored  " in run("models", "list").stdout
    assert "verified" in run("models", "verify").stdout
    assert "in place" in run("models", "pull").stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIT_MODELS_DIR", str(tmp_path))
        assert "  missing  " in run("models", "list").stdout
        failed = run("models", "verify")
        assert failed.exit_code == 1
        assert "models pull" in failed.stderr
        assert "made artifact" in run("models", "pull", "starter").stderr
        assert "verified" in run("models", "verify").stdout
    assert (project / "models.lock").is_file()


def test_damaged_model_is_pulled_again(run: Run, project: Path) -> None:
    """A stored file that changed fails verification with both hashes; pull says so and mends it."""
    [model] = (project / ".models/store").glob("*/model.bin")
    whole = hash_file(model)
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    failed = run("models", "verify")
    assert failed.exit_code == 1
    assert whole.sha256 in failed.stderr
    changed = hash_file(model).sha256
    assert changed in failed.stderr
    mended = run("models", "pull").stderr
    assert "made artifact" in mended
    assert changed in mended
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


@pytest.mark.parametrize("name", ["HF_ENDPOINT", "AIT_HUB_FALLBACK_ENDPOINT"])
@pytest.mark.parametrize("value", ["hf_secret", "https://user:hf_secret@host.example/x"])
def test_doctor_shows_no_secret_in_an_address(run: Run, name: str, value: str) -> None:
    """A token or a password in the wrong variable is a fault that is not spelled out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        result = run("doctor")
    assert result.exit_code == 1
    assert f"FAIL  {name}" in result.stdout
    assert "hf_secret" not in result.stdout


def test_doctor_says_that_an_old_name_is_no_longer_read(run: Run) -> None:
    """TRANSFORMERS_CACHE is honoured, with a note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFORMERS_CACHE", "/app/models")
        result = run("doctor")
    assert result.exit_code == 0
    assert "no longer read" in result.stdout


def test_doctor_says_where_the_choice_of_threads_is_kept(run: Run, project: Path) -> None:
    """The file is named, so that nobody has to look for it."""
    run("doctor")
    [kept] = (project / ".models/store").glob("*.threads.json")
    assert f"(kept, in .models/store/{kept.name})" in run("doctor").stdout


def test_doctor_makes_and_tries_the_state_folder(run: Run, tmp_path: Path) -> None:
    """A state folder that takes a file is well, also when it was not there; nothing stays in it."""
    folder = tmp_path / "a/state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIT_STATE_DIR", str(folder))
        result = run("doctor")
    assert f"ok    AIT_STATE_DIR: {folder} (set)" in result.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"AIT_HOST": "0.0.0.0"}, "AIT_AUTH: AIT_AUTH is not set, and others than this machine"),
        ({"AIT_AUTH": "keys"}, "AIT_AUTH: keys, and there is no AIT_STATE_DIR"),
        ({"AIT_HOST": "0.0.0.0", "AIT_AUTH": "none"}, ""),
        ({"AIT_HOST": "localhost"}, ""),
    ],
)
def test_doctor_says_what_a_server_would_not_start_with(
    run: Run, environment: dict[str, str], told: str
) -> None:
    """Who may ask is not said, or not where keys are kept."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        result = run("doctor")
    assert result.exit_code == bool(told), result.output
    assert f"FAIL  {told}" in result.stdout if told else "FAIL" not in result.stdout


def test_doctor_notes_what_cannot_be_written(project: Path, tmp_path: Path) -> None:
    """A read-only state folder and a choice that nothing can keep are notes, and no failures."""
    for kept in (project / ".models/store").glob("*.threads.json"):
        kept.unlink()
    with read_only(project / ".models/store", tmp_path):
        done = run_bound(
            *("-m", "ai_translate.cli", "doctor"),
            AIT_MODELS_DIR=str(project / ".models"),
            AIT_MODELS_LOCK=str(project / "models.lock"),
            AIT_STATE_DIR=str(tmp_path / "state"),
        )
    assert done.returncode == 0, done
    assert f"note  AIT_STATE_DIR: {tmp_path / 'state'} cannot be written: Permission" in done.stdout
    if "(measured)" in done.stdout:
        assert "each start measures again" in done.stdout


def test_state_folder_reaches_what_is_kept_in_it(project: Path, tmp_path: Path) -> None:
    """`translate` over a read-only store keeps the choice of threads, which `doctor` then names."""
    for kept in (project / ".models/store").glob("*.threads.json"):
        kept.unlink()
    environment = {
        "AIT_MODELS_DIR": str(project / ".models"),
        "AIT_MODELS_LOCK": str(project / "models.lock"),
        "AIT_STATE_DIR": str(tmp_path / "state"),
    }
    with read_only(project / ".models/store"):
        command = ("-m", "ai_translate.cli")
        done = run_bound(*command, "translate", "Where is the station?", **environment)
        found = run_bound(*command, "doctor", **environment)
    assert done.stdout == "Où est la gare ?\n", done
    if usable_cpus() > 1:
        [kept] = (tmp_path / "state/threads").iterdir()
        assert f"(kept, in {kept})" in found.stdout
    assert not list((project / ".models/store").glob("*.threads.json"))


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


def test_files_are_translated_into_a_file(run: Run, tmp_path: Path) -> None:
    """Several files go one after the other into one, whose layout is theirs."""
    for name, text in (("a", "Where is the station?\r\n"), ("b", "\n  42\n- I lost my keys.")):
        (tmp_path / name).write_bytes(text.encode())
    out = tmp_path / "out"
    result = run(
        *("translate", "-f", str(tmp_path / "a"), "-f", str(tmp_path / "b"), "-o", str(out))
    )
    assert result.exit_code == 0, result.stderr
    assert out.read_bytes() == "Où est la gare ?\r\n\n  42\n- J'ai perdu mes clés.".encode()
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "out"}


def test_bytes_that_are_no_text_come_back(run: Run) -> None:
    """A line that is not UTF-8 is not lost."""
    result = run("translate", text=b"\xff\xfe\n42\n")
    assert result.stdout_bytes == b"\xff\xfe\n42\n"


def test_lines_of_json_keep_what_stands_beside_the_text(run: Run) -> None:
    """Each line is answered in order; a wrong one has its error, and the exit code says so."""
    lines = b'{"id": 7, "text": "Where is the station?"}\n\n"I lost my keys."\n{"id": 8}\n[1]\n'
    result = run("translate", "--jsonl", text=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 3
    assert (answers[0]["id"], answers[0]["translated_text"]) == (7, "Où est la gare ?")
    assert answers[1]["translated_text"] == "J'ai perdu mes clés."
    assert [answer["error"]["code"] for answer in answers[2:]] == ["invalid_request"] * 2
    assert "Line 4" in answers[2]["error"]["message"]


def test_languages_are_detected(run: Run) -> None:
    """`--from auto` says what was found; a language without a model is an error."""
    answer = json.loads(
        run("translate", "--from", "auto", "--json", "Where is the station?").stdout
    )
    assert answer["detected_language"]["language"] == "en"
    result = run("translate", "--from", "auto", "Wo ist denn hier der Bahnhof, bitte?", "--json")
    assert result.exit_code == 1
    assert "German" in result.stderr
    bound = ("--candidate", "en", "Wo ist denn hier der Bahnhof, bitte?")
    assert run("translate", "--from", "auto", *bound).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("-f", "starter/config.json", "Hello"), ("--json", "--jsonl", "Hello")]
)
def test_contradicting_options_are_refused(run: Run, arguments: tuple[str, ...]) -> None:
    """What cannot be meant together is a mistake in the call."""
    assert run("translate", *arguments).exit_code == 2


def test_output_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    """A folder that is not there is told before anything is translated."""
    (tmp_path / "file").touch()
    for name in ("no/such/file", "file/below"):
        result = run("translate", "-o", str(tmp_path / name), "Hello.")
        assert result.exit_code == 1
        assert name in result.stderr


def test_progress_goes_to_standard_error(run: Run, tmp_path: Path) -> None:
    """The bar, when asked for, does not mix with the translation."""
    (tmp_path / "a").write_text("Where is the station?\n" * 5)
    result = run("translate", "--progress", "-f", str(tmp_path / "a"))
    assert result.stdout == "Où est la gare ?\n" * 5
    assert "Translating" in result.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_command_leaves_no_half_written_file(
    project: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    """What was there before stays, and nothing else is left."""
    out = tmp_path / "out"
    out.write_text("before")
    with subprocess.Popen(
        [sys.executable, "-m", "ai_translate.cli", "translate", "-o", str(out)],
        cwd=project,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        while len(list(tmp_path.iterdir())) == 1:
            process.stdin.write(b"Where is the station?\n")
            process.stdin.flush()
        process.send_signal(number)
        process.stdin.close()
        process.stdin = None
        process.communicate(timeout=30)
    assert process.returncode == status
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(run: Run, shell: str) -> None:
    """The script asks our own command what comes next."""
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_AI_TRANSLATE_COMPLETE" in result.stdout
