"""A repository at the root, as the Hub itself has its models, for mirrors that know no prefix."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from huggingface_hub import RepoFile

from support.artifactory import Artifactory, Redirect
from support.hub_client import HubClient, files_in

MODEL = "acme/opus-en-fr"
BEARER = {"Authorization": "Bearer read-token"}


@pytest.fixture
def root(artifactory: Artifactory, commit: str, tmp_path: Path) -> HubClient:  # noqa: ARG001  # the model shall be there
    """A reader's client of the root."""
    return HubClient(artifactory.at_root("models"), "read-token", tmp_path)


def test_a_repository_is_read_at_the_root(
    root: HubClient, client: HubClient, files: dict[str, bytes], tmp_path: Path
) -> None:
    """The client downloads the same there as under the prefix, which stays."""
    assert root.snapshot(MODEL) == files
    ended = client.hf("download", MODEL, "--local-dir", tmp_path / "here")
    assert ended.returncode == 0, ended.stderr
    assert files_in(tmp_path / "here") == files


def test_files_are_told_by_their_paths(root: HubClient, files: dict[str, bytes]) -> None:
    """Those that exist come as a list of files has them, the others are left out."""
    asked = ["onnx/note.txt", "source.spm", "none.json"]
    told = root.api.get_paths_info(MODEL, asked)
    assert [entry.path for entry in told] == asked[:2]
    listed = {entry.path: entry for entry in root.api.list_repo_tree(MODEL, recursive=True)}
    for entry in told:
        assert isinstance(entry, RepoFile)
        assert entry.size == len(files[entry.path])
        assert entry == listed[entry.path]


def test_only_the_root_has_what_is_the_hubs_alone(
    root: HubClient, client: HubClient, commit: str
) -> None:
    """HEAD of a description, a tree with a slash, single paths: not under the prefix."""

    def asked(endpoint: str) -> list[int]:
        api = f"{endpoint}/api/models/{MODEL}"
        heads = [f"{api}{end}" for end in ("", f"/revision/{commit}", "/revision/v9")]
        told = [httpx.head(address, headers=BEARER).status_code for address in heads]
        paths = {"paths": ["config.json"]}
        told.append(httpx.get(f"{api}/tree/{commit}/", headers=BEARER).status_code)
        post = httpx.post(f"{api}/paths-info/{commit}", data=paths, headers=BEARER)
        return [*told, post.status_code]

    assert asked(root.endpoint) == [200, 200, 404, 200, 200]
    assert asked(client.endpoint) == [404] * 5


def test_the_root_knows_tokens_and_faults(root: HubClient, artifactory: Artifactory) -> None:
    """A stranger is refused there, and what goes wrong does so there."""
    url = f"{root.endpoint}/{MODEL}/resolve/main/config.json"
    assert httpx.get(url).status_code == 401
    artifactory.inject(Redirect("within"))
    assert httpx.get(url, headers=BEARER, follow_redirects=True).status_code == 200


def test_nothing_is_at_the_root_by_default(client: HubClient) -> None:
    """Without being told, the server shows no model there."""
    path = f"/api/models/{MODEL}"
    assert httpx.get(f"{client.endpoint}{path}", headers=BEARER).status_code == 200
    assert httpx.get(httpx.URL(client.endpoint).join(path), headers=BEARER).status_code == 404
