"""`models pull`: the store becomes what the lock says, and nothing else ever gets there."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai_translate.supply.sources import HubSource
from support.artifactory import Artifactory, Corrupt, Redirect, Slow, Status
from support.project import SECRET, Project

REPO = "acme/opus-en-fr"
WEIGHTS = "model.safetensors"
# Loads nothing that only adding or making needs, and runs as little as the stage of an image has.
SCRIPT = """
import sys
refused = {"fastapi", "starlette", "uvicorn", "sentencex", "py3langid", "httptools", "uvloop"}
refused |= set(sys.argv.pop(1).split(","))
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ImportError(f"{name} is refused")
sys.meta_path.insert(0, Refuse())
from ai_translate.cli import main
main(sys.argv[1:])
"""


def only(project: Project) -> str:
    """The artifact of the only model that is locked."""
    [model] = project.lock.models
    return model.artifact


def refusing(project: Project, packages: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command where some packages cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, packages, *arguments],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_empty_store_becomes_what_the_lock_says(
    artifactory: Artifactory, locked: Project
) -> None:
    """Just the locked files are asked for, each once, by GET; no tree, no metadata."""
    locked.done("models", "pull")
    assert locked.stored() == [only(locked)]
    asked = [(e.request.method, e.request.path) for e in artifactory.requests]
    [model] = locked.lock.models
    assert isinstance(model.source, HubSource)
    begin = f"/artifactory/api/huggingfaceml/models/{REPO}/resolve/{model.source.commit}/"
    assert sorted(asked) == sorted(("GET", begin + name) for name in model.files)
    locked.done("models", "verify")


def test_with_everything_in_place_nothing_is_asked_or_loaded(
    artifactory: Artifactory, locked: Project
) -> None:
    """Neither the Hub's library nor the converter, and no request."""
    locked.done("models", "pull")
    artifactory.requests.clear()
    ended = refusing(
        locked, "huggingface_hub,httpx2,ctranslate2,numpy,sentencepiece", "models", "pull"
    )
    assert ended.returncode == 0, ended.stderr
    assert "opus-en-fr: in place" in ended.stderr
    assert len(artifactory.requests) == 0


def test_models_need_nothing_of_the_service(project: Project) -> None:
    """Adding, pulling and listing work where only the requirements of the models are installed."""
    for arguments in (("add", REPO), ("list",), ("info", "opus-en-fr"), ("outdated",), ("gc",)):
        ended = refusing(project, "torch", "models", *arguments)
        assert ended.returncode == 0, ended.stderr
    (project.folder / ".models").rename(project.folder / "earlier")
    assert refusing(project, "huggingface_hub,httpx2", "models", "pull").returncode == 0


def test_files_that_are_there_are_not_fetched_again(
    artifactory: Artifactory, locked: Project
) -> None:
    """Only what is missing or damaged comes."""
    [model] = locked.lock.models
    assert isinstance(model.source, HubSource)
    (locked.folder / ".models").mkdir()
    (locked.folder / "earlier/hub").rename(locked.folder / ".models/hub")
    folder = locked.snapshot(REPO, model.source.commit)
    (folder / "vocab.json").unlink()
    (folder / "source.spm").write_bytes(b"?")
    locked.done("models", "pull")
    assert sorted(Path(e.request.path).name for e in artifactory.requests) == [
        *("source.spm", "vocab.json")
    ]


@pytest.mark.parametrize("name", [WEIGHTS, "vocab.json"])
def test_damaged_bytes_never_get_into_the_store(
    artifactory: Artifactory, locked: Project, name: str
) -> None:
    """The file and both hashes are named, it has no name here, and a sound mirror mends it."""
    artifactory.inject(Corrupt(at=100), rf"/resolve/.*{name}")
    ended = locked.run("models", "pull")
    assert ended.returncode == 1
    [model] = locked.lock.models
    assert name in ended.stderr
    assert model.files[name].sha256 in ended.stderr
    assert locked.stored() == []
    assert not list((locked.folder / ".models").rglob(name))
    artifactory.heal()
    locked.done("models", "pull")
    assert locked.stored() == [model.artifact]


def test_another_artifact_than_the_locked_one_is_refused(locked: Project) -> None:
    """Both digests are named, and nothing is stored."""
    path = locked.folder / "models.lock"
    digest = only(locked)
    path.write_text(path.read_text().replace(digest, "0" * 64))
    ended = locked.run("models", "pull")
    assert ended.returncode == 1
    assert digest in ended.stderr
    assert "0" * 64 in ended.stderr
    assert locked.stored() == []


def test_a_wrong_token_is_named_and_not_shown(locked: Project) -> None:
    """The message says HF_TOKEN, and the token is nowhere."""
    ended = locked.run("models", "pull", HF_TOKEN="hf_wrong")
    assert ended.returncode == 1
    assert "HF_TOKEN" in ended.stderr
    assert "hf_wrong" not in ended.stderr
    assert locked.stored() == []


def test_a_model_that_has_gone_is_named(artifactory: Artifactory, locked: Project) -> None:
    """The repository is empty now: the error names file and commit."""
    artifactory.local("empty")
    ended = locked.run("models", "pull", HF_ENDPOINT=artifactory.endpoint("empty"))
    assert ended.returncode == 1
    assert REPO in ended.stderr
    assert locked.stored() == []


def test_a_passing_failure_is_waited_out(artifactory: Artifactory, locked: Project) -> None:
    """429 with Retry-After and 503 are asked again."""
    artifactory.inject(Status(429, retry_after="0"), "vocab", times=1)
    artifactory.inject(Status(503, retry_after="0"), WEIGHTS, times=1)
    locked.done("models", "pull")
    assert locked.stored() == [only(locked)]


def test_a_redirect_elsewhere_is_followed_without_the_token(
    artifactory: Artifactory, locked: Project
) -> None:
    """Files may lie on another origin, which never sees who we are."""
    artifactory.inject(Redirect())
    locked.done("models", "pull")
    exchanges = artifactory.requests.of("/files/")
    assert exchanges
    assert all("authorization" not in exchange.request.headers for exchange in exchanges)


def test_the_public_hub_is_asked_only_where_that_is_the_policy(
    artifactory: Artifactory, locked: Project, files: dict[str, bytes]
) -> None:
    """With `never` nobody else is asked; with `public` it serves locked bytes and sees no token."""
    artifactory.inject(Status(404))
    with Artifactory(anonymous=True) as public:
        public.local("hub")
        public.add_model("hub", REPO, files)
        policy = {"AIT_HUB_FALLBACK_ENDPOINT": public.endpoint("hub")}
        assert locked.run("models", "pull", **policy).returncode == 1
        assert len(public.requests) == 0
        assert locked.stored() == []
        ended = locked.done("models", "pull", AIT_HUB_FALLBACK="public", **policy)
        assert "AIT_HUB_FALLBACK=public" in ended.stderr
        assert public.requests.of("/resolve/")
        assert all("authorization" not in e.request.headers for e in public.requests)
    assert locked.stored() == [only(locked)]


def test_the_public_hub_cannot_change_a_locked_file(
    artifactory: Artifactory, locked: Project, files: dict[str, bytes]
) -> None:
    """Other bytes than the locked ones are refused from there, too."""
    artifactory.inject(Status(404))
    with Artifactory(anonymous=True) as public:
        public.local("hub")
        public.add_model("hub", REPO, files)
        public.inject(Corrupt(at=100), WEIGHTS)
        ended = locked.run(
            *("models", "pull"),
            AIT_HUB_FALLBACK="public",
            AIT_HUB_FALLBACK_ENDPOINT=public.endpoint("hub"),
        )
    assert ended.returncode == 1
    assert WEIGHTS in ended.stderr
    assert locked.stored() == []


def test_processes_that_pull_the_same_model_make_it_once(
    artifactory: Artifactory, locked: Project
) -> None:
    """While one fetches, the other waits; each file comes once, and both succeed."""
    slow = Slow()
    artifactory.inject(slow, WEIGHTS)
    first = locked.begin("models", "pull")
    assert slow.reached.wait(60)
    second = locked.begin("models", "pull")
    assert second.stderr is not None
    said = second.stderr.readline()
    assert "waiting" in said
    slow.release.set()
    for process in (first, second):
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    names = [e.request.path.rpartition("/")[2] for e in artifactory.requests]
    assert sorted(names) == sorted(locked.lock.models[0].files)
    assert locked.stored() == [only(locked)]


def test_an_interrupted_pull_goes_on_where_it_was(
    artifactory: Artifactory, locked: Project
) -> None:
    """It exits with 130; no part of a file has its name; the next one asks for the rest alone."""
    slow = Slow(piece=4096)
    artifactory.inject(slow, WEIGHTS, times=1)
    process = locked.begin("models", "pull")
    assert slow.reached.wait(60)
    model = locked.lock.models[0]
    assert isinstance(model.source, HubSource)
    folder = locked.snapshot(REPO, model.source.commit)
    while not sum(part.stat().st_size for part in folder.parent.glob(f".incoming-*/{WEIGHTS}*")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    slow.release.set()
    assert not (folder / WEIGHTS).exists()
    assert locked.stored() == []
    artifactory.requests.clear()
    locked.done("models", "pull")
    [again] = artifactory.requests.of(WEIGHTS)
    assert re.fullmatch(r"bytes=[1-9]\d*-", again.request.headers["range"])
    assert locked.stored() == [model.artifact]


def test_a_service_without_its_model_says_so(locked: Project) -> None:
    """A volume over the models folder hides the model: the start stops and says what to do."""
    ended = locked.run("serve", "--port", "0")
    assert ended.returncode == 1
    assert "opus-en-fr" in ended.stderr
    assert "volume" in ended.stderr


def test_elsewhere_a_line_tells_of_a_download(locked: Project) -> None:
    """Without a terminal there is a line for where files go, one for how much, one for the end."""
    lines = locked.done("models", "pull").stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["opus-en-fr"] * 3
    assert "come to lie in" in lines[0]
    assert re.search(r"fetching \d", lines[1])
    assert "made artifact" in lines[2]


def test_a_terminal_shows_a_bar(locked: Project) -> None:
    """Bytes and rate, on standard error."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ai_translate.cli", "models", "pull"],
        cwd=locked.folder,
        env=locked.environment(TERM="xterm", COLUMNS="120"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
    os.close(ours)
    assert process.returncode == 0, shown
    assert SECRET.encode() not in shown
    assert re.search(rb"opus-en-fr +\[#+\] +100% +(\S+ \S+) of \1, \S+ [kM]?B?(bytes)?/s", shown), (
        shown
    )


def _read(descriptor: int) -> bytes:
    """What a terminal shows next; nothing when all who write to it have gone."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
