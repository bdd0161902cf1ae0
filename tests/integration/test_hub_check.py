"""`ai-translate hub check` and `./test-artifactory.sh`, as their user sees them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ai_translate.cli.main import main
from support.artifactory import Artifactory, Corrupt, Slow
from support.conformance_case import READER, REPO, ConformanceCase, random_model
from support.marian import STARTER
from support.server_process import PROJECT, ServerProcess

NAMES = [
    *("reachable", "tls", "answers", "token", "wrong-token", "revision", "tree", "head"),
    *("redirects", "range", "files", "xet", "refs", "upload", "conversion", "translation"),
]
FIELDS = {"name", "title", "status", "reason", "remedy", "details", "blocked_by", "seconds"}

Run = Callable[..., Result]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def case(tmp_path: Path) -> Iterator[ConformanceCase]:
    with Artifactory() as server:
        yield ConformanceCase.of(server, random_model(tmp_path / "model"), tmp_path)


@pytest.fixture
def environment(tmp_path: Path, temporary: Path) -> dict[str, str]:
    """What the guide has people export, and places that a check must leave alone."""
    return {
        "HF_TOKEN": READER,
        "HF_HOME": str(tmp_path / "home"),
        "AIT_MODELS_DIR": str(tmp_path / "models"),
        "TMPDIR": str(temporary),
    }


@pytest.fixture
def run(
    case: ConformanceCase,
    environment: dict[str, str],
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs the command on the case."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def invoke(*arguments: str, **more: str) -> Result:
        own = {"HF_ENDPOINT": case.server.endpoint("models"), **more}
        return CliRunner().invoke(main, ["hub", "check", *arguments], env=own)

    return invoke


def untouched(environment: dict[str, str]) -> bool:
    """Whether nothing is left in any place."""
    made = [Path(environment[name]) for name in ("HF_HOME", "AIT_MODELS_DIR")]
    return not any(path.exists() for path in made) and not os.listdir(environment["TMPDIR"])  # noqa: PTH208  # truth of a list


def script(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script; that the environment is there is taken for granted."""
    return subprocess.run(
        [PROJECT / "test-artifactory.sh", *arguments],
        env={"PATH": os.environ["PATH"], "MAKE": "true", **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_script_checks_and_translates(environment: dict[str, str]) -> None:
    """The script prints one JSON document, ends with a translated sentence, and leaves nothing."""
    model = f"acme/starter={STARTER}"
    with ServerProcess("-m", "support.artifactory", "--model", model, "--token", READER) as server:
        done = script("--json", HF_ENDPOINT=server.url(), MODEL="acme/starter", **environment)
    assert done.returncode == 0, done
    document = json.loads(done.stdout)
    assert [check["name"] for check in document["checks"]] == NAMES
    assert {frozenset(check) for check in document["checks"]} == {frozenset(FIELDS)}
    assert document["counts"] == {"ok": 14, "note": 1, "fail": 0, "skipped": 1}
    assert (document["passed"], document["model"]) == (True, "acme/starter")
    assert len(document["commit"]) == 40
    assert "'Où est la gare ?'" in document["checks"][-1]["reason"]
    assert READER not in done.stdout + done.stderr
    assert untouched(environment)


def test_the_script_says_what_is_missing() -> None:
    """Without an endpoint it exits with 2 and shows what to export; --help needs none."""
    done = script()
    assert (done.returncode, done.stdout) == (2, "")
    assert "export HF_ENDPOINT=https://HOST/artifactory/api/huggingfaceml/REPO" in done.stderr
    shown = script("--help")
    assert shown.returncode == 0
    assert "MODEL chooses the model" in shown.stdout


def test_a_failure_is_shown_with_its_remedy(
    run: Run, case: ConformanceCase, environment: dict[str, str]
) -> None:
    """Lines name the failed item, what to do, and what was left out; the exit code is 1."""
    case.server.inject(Corrupt(5000), "model.safetensors$")
    result = run(REPO)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].endswith(f"{REPO} at main")
    (failed,) = [line for line in lines if line.startswith("FAIL: sha256 of every file:")]
    assert "Remedy: The mirror may be serving damaged bytes" in failed
    assert [line.split(":")[1].strip() for line in lines if line.startswith("skip:")] == [
        "upload",
        "conversion",
        "one sentence",
    ]
    assert lines[-1] == "1 of 16 items failed."
    assert READER not in result.output
    assert untouched(environment)


def test_json_tells_a_failure(run: Run) -> None:
    """The document names what failed, and for what the others were skipped."""
    result = run(REPO, "--json", HF_TOKEN="unknown-token")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["passed"], document["commit"]) == (1, False, None)
    statuses = {check["name"]: check["status"] for check in document["checks"]}
    assert statuses["token"] == "fail"
    assert {check["blocked_by"] for check in document["checks"]} == {"", "token"}
    assert "unknown-token" not in result.output


@pytest.mark.parametrize("arguments", [("no-model",), ("a/b", "--revision", "a_b"), ("a/b", "c")])
def test_a_wrong_call_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    """Names that no repository can have are a mistake in the call, and nobody is asked."""
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_after_an_interruption(
    case: ConformanceCase, environment: dict[str, str], number: signal.Signals, status: int
) -> None:
    """Interrupted in the middle of a download, it removes what has come and shows no trace."""
    case.server.inject(Slow(piece=65536), "model.safetensors$")
    own = {**environment, "HF_ENDPOINT": case.server.endpoint("models")}
    own |= {"HF_HUB_DOWNLOAD_TIMEOUT": "60"}
    with ServerProcess(
        *("-m", "ai_translate.cli", "hub", "check", REPO), environment=own
    ) as process:
        # One for redirects, two for parts; the next is the download.
        case.server.requests.wait("model.safetensors$", "GET", 4)
        process.signal(number)
        ended = process.ended()
    assert ended.status == status, ended
    assert "Traceback" not in ended.errors
    assert untouched(environment)
