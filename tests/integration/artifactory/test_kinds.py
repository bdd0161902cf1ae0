from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

from support.artifactory import Artifactory, Slow
from support.hub_client import HubClient, files_in

MODEL = "acme/opus-en-fr"
READER = {"Authorization": "Bearer read-token"}


def test_a_remote_shows_its_upstream(
    artifactory: Artifactory, commit: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    """A remote has the models, commits, trees and branches of what it stands before."""
    artifactory.remote("far", "models", token="read-token")
    client = HubClient(artifactory.endpoint("far"), "read-token", tmp_path)
    assert client.snapshot(MODEL) == files
    assert client.api.model_info(MODEL).sha == commit
    assert client.api.list_repo_refs(MODEL).branches[0].target_commit == commit
    with pytest.raises(RepositoryNotFoundError):
        client.api.model_info("acme/nothing")
    with pytest.raises(RevisionNotFoundError):
        client.api.model_info(MODEL, revision="v9")


def test_a_remote_fetches_the_whole_file_before_it_answers(
    artifactory: Artifactory, commit: str, files: dict[str, bytes]
) -> None:
    """HEAD waits until the remote has the file; afterwards the upstream is not asked again."""
    artifactory.remote("far", "models", token="read-token")
    slow = Slow(piece=100)
    artifactory.inject(slow, "/models/.*source.spm", times=1)
    far = f"{artifactory.endpoint('far')}/{MODEL}/resolve/{commit}/source.spm"
    with ThreadPoolExecutor() as pool:
        head = pool.submit(httpx.head, far, headers=READER, timeout=20)
        assert slow.reached.wait(20)
        (waiting,) = artifactory.requests.of("/far/")
        assert (waiting.request.method, waiting.status) == ("HEAD", 0)
        slow.release.set()
        assert head.result(20).headers["content-length"] == "3000"
    assert httpx.get(far, headers=READER).content == files["source.spm"]
    assert len(artifactory.requests.of("/models/.*source.spm")) == 1


def test_a_remote_fetches_once_for_many(artifactory: Artifactory, commit: str) -> None:
    """Several clients at once make one request to the upstream."""
    artifactory.remote("far", "models", token="read-token")
    url = f"{artifactory.endpoint('far')}/{MODEL}/resolve/{commit}/source.spm"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: httpx.get(url, headers=READER), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(artifactory.requests.of("/models/.*source.spm")) == 1


def test_a_remote_keeps_what_it_has_fetched(
    artifactory: Artifactory, files: dict[str, bytes], tmp_path: Path
) -> None:
    """When the upstream has gone, what was fetched is still there and the rest is a 502."""
    with Artifactory(anonymous=True) as upstream:
        upstream.local("models")
        upstream.add_model("models", MODEL, files)
        artifactory.remote("far", upstream.endpoint("models"))
        client = HubClient(artifactory.endpoint("far"), "read-token", tmp_path / "first")
        assert client.snapshot(MODEL) == files
        assert not any("authorization" in e.request.headers for e in upstream.requests)
    again = HubClient(artifactory.endpoint("far"), "read-token", tmp_path / "second")
    assert again.snapshot(MODEL) == files
    url = f"{artifactory.endpoint('far')}/api/models/acme/other"
    assert httpx.get(url, headers=READER).status_code == 502


def test_a_virtual_looks_through_its_members_in_order(
    artifactory: Artifactory, commit: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    """The first member that has a model's revision gives it; the others fill the gaps."""
    artifactory.local("first")
    own = artifactory.add_model("first", MODEL, {"config.json": b"{}"}, "v1.0")
    artifactory.remote("far", "models", token="read-token")
    artifactory.virtual("all", ["first", "far"])
    client = HubClient(artifactory.endpoint("all"), "read-token", tmp_path)
    assert client.snapshot(MODEL, "v1.0") == {"config.json": b"{}"}
    assert client.snapshot(MODEL) == files
    nearer = artifactory.add_model("first", MODEL, {"config.json": b"[]"})
    assert client.snapshot(MODEL) == {"config.json": b"[]"}
    assert client.snapshot(MODEL, commit) == files
    branches = client.api.list_repo_refs(MODEL).branches
    assert [branch.target_commit for branch in branches] == [own, nearer]
    with pytest.raises(RevisionNotFoundError):
        client.api.model_info(MODEL, revision="v9")
    with pytest.raises(RepositoryNotFoundError):
        client.api.model_info("acme/nothing")


def test_the_command_downloads_through_a_virtual(
    artifactory: Artifactory, commit: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    """`hf download` of a pinned commit works against a virtual of a remote."""
    artifactory.remote("far", "models", token="read-token")
    artifactory.virtual("all", ["far"])
    client = HubClient(artifactory.endpoint("all"), "read-token", tmp_path)
    folder = tmp_path / "here"
    ended = client.hf("download", MODEL, "--revision", commit, "--local-dir", folder)
    assert ended.returncode == 0, ended.stderr
    assert files_in(folder) == files


def test_only_a_local_takes_models(artifactory: Artifactory) -> None:
    """A remote takes nothing; a virtual hands on to the local that it deploys to."""
    artifactory.remote("far", "models")
    artifactory.virtual("all", ["models", "far"], deploys_to="models")
    artifactory.virtual("shown", ["models"])
    for key in ("far", "shown"):
        with pytest.raises(ValueError, match="deployed"):
            artifactory.add_model(key, MODEL, {})
    assert artifactory.add_model("all", MODEL, {"config.json": b"{}"})


@pytest.mark.parametrize("key", ["", "a/b", "a" * 65, "models-cache"])
def test_a_key_has_limits(artifactory: Artifactory, key: str) -> None:
    """A repository's key is short, plain, and no cache's."""
    for make in (artifactory.local, lambda key: artifactory.virtual(key, [])):
        with pytest.raises(ValueError, match="no key"):
            make(key)


def test_a_remote_has_a_shorter_key(artifactory: Artifactory) -> None:
    """A remote's key leaves room for `-cache`."""
    artifactory.local("a" * 64)
    artifactory.remote("a" * 58, "models")
    with pytest.raises(ValueError, match="58"):
        artifactory.remote("a" * 59, "models")


@pytest.mark.parametrize(
    ("model", "revision"),
    [
        ("opus", "main"),
        ("ac_me/opus", "main"),
        ("acme/o p", "main"),
        ("acme/a/b", "main"),
        ("acme/opus", "v1_0"),
        ("acme/opus", "refs/pr/1"),
        ("acme/opus", ""),
    ],
)
def test_a_model_and_its_revision_have_limits(
    artifactory: Artifactory, model: str, revision: str
) -> None:
    """What Artifactory would not take as a name is refused."""
    with pytest.raises(ValueError, match="is no"):
        artifactory.add_model("models", model, {}, revision)
