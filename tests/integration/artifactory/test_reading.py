from __future__ import annotations

import hashlib
import re
from pathlib import Path

import httpx
import pytest
from huggingface_hub import RepoFile, RepoFolder
from huggingface_hub.errors import (
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from support.artifactory import Artifactory
from support.hub_client import HubClient, files_in

MODEL = "acme/opus-en-fr"


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_a_snapshot_is_the_model(client: HubClient, files: dict[str, bytes]) -> None:
    """The client downloads every file as it was put there."""
    assert client.snapshot(MODEL) == files


def test_a_cached_commit_needs_no_request(
    client: HubClient, artifactory: Artifactory, commit: str
) -> None:
    """A commit that is whole in the cache is given without a word to the server."""
    first = client.snapshot(MODEL, commit)
    artifactory.requests.clear()
    assert client.snapshot(MODEL, commit) == first
    assert len(artifactory.requests) == 0


def test_what_is_asked_is_logged(client: HubClient, artifactory: Artifactory, commit: str) -> None:
    """The log has each request with its headers, its status and the bytes that went."""
    client.download(MODEL, "source.spm", commit)
    head, get = artifactory.requests.of("source.spm")
    assert (head.request.method, head.status, head.sent) == ("HEAD", 200, 0)
    assert (get.request.method, get.status, get.sent) == ("GET", 200, 3_000)
    assert head.request.headers["accept-encoding"] == "identity"
    assert get.request.headers["authorization"] == "Bearer read-token"
    assert get.request.origin == "main"
    assert artifactory.requests.wait("source.spm", "GET") == [get]


def test_the_command_downloads(client: HubClient, files: dict[str, bytes], tmp_path: Path) -> None:
    """`hf download` works with the environment of the guide."""
    ended = client.hf("download", MODEL, "--local-dir", tmp_path / "here")
    assert ended.returncode == 0, ended.stderr
    assert files_in(tmp_path / "here") == files


def test_a_model_tells_of_itself(client: HubClient, commit: str, files: dict[str, bytes]) -> None:
    """The model's information has its commit, its files with hashes, and what its card says."""
    told = client.api.model_info(MODEL, files_metadata=True)
    assert (told.id, told.author, told.sha) == (MODEL, "acme", commit)
    assert told.pipeline_tag == "translation"
    assert told.library_name == "transformers"
    assert told.tags == ["translation", "en", "fr", "license:apache-2.0"]
    assert told.card_data is not None
    assert told.card_data["license"] == "apache-2.0"
    siblings = {sibling.rfilename: sibling for sibling in told.siblings or []}
    assert {name: sibling.size for name, sibling in siblings.items()} == {
        name: len(content) for name, content in files.items()
    }
    assert siblings["config.json"].blob_id == git_oid(files["config.json"])
    assert siblings["config.json"].lfs is None
    lfs = siblings["source.spm"].lfs
    assert lfs is not None
    assert lfs.sha256 == hashlib.sha256(files["source.spm"]).hexdigest()
    sizes = [sibling.size for sibling in client.api.model_info(MODEL).siblings or []]
    assert sizes == [None] * len(files)


@pytest.mark.parametrize("recursive", [True, False])
def test_a_tree_lists_files_and_folders(
    client: HubClient, files: dict[str, bytes], recursive: bool
) -> None:
    """A tree has files with git's hash or the sha256, and its folders."""
    listed = list(client.api.list_repo_tree(MODEL, recursive=recursive))
    found = {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}
    assert [entry.path for entry in listed if isinstance(entry, RepoFolder)] == ["onnx"]
    assert set(found) == {path for path in files if recursive or "/" not in path}
    assert found["README.md"].blob_id == git_oid(files["README.md"])
    lfs = found["model.safetensors"].lfs
    assert lfs is not None
    assert lfs.sha256 == hashlib.sha256(files["model.safetensors"]).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{lfs.sha256}\nsize 60000\n"
    assert found["model.safetensors"].blob_id == git_oid(pointer.encode())
    assert lfs.pointer_size == len(pointer)


def test_a_folder_of_a_tree_is_listed(client: HubClient) -> None:
    """A tree can be asked for one folder, and says so where there is none of that name."""
    assert [entry.path for entry in client.api.list_repo_tree(MODEL, "onnx")] == ["onnx/note.txt"]
    with pytest.raises(RemoteEntryNotFoundError):
        list(client.api.list_repo_tree(MODEL, "tensorflow"))


def test_a_revision_moves_and_a_commit_stays(
    client: HubClient, artifactory: Artifactory, commit: str, files: dict[str, bytes]
) -> None:
    """Pushing a revision again overrides it; the earlier commit is still to be had."""
    newer = artifactory.add_model("models", MODEL, {"config.json": b"{}"})
    other = artifactory.add_model("models", MODEL, {"config.json": b"[]"}, "v1.0")
    assert re.fullmatch("[0-9a-f]{40}", newer)
    branches = client.api.list_repo_refs(MODEL).branches
    assert {branch.name: branch.target_commit for branch in branches} == {
        "main": newer,
        "v1.0": other,
    }
    assert client.snapshot(MODEL) == {"config.json": b"{}"}
    assert client.snapshot(MODEL, "v1.0") == {"config.json": b"[]"}
    assert client.snapshot(MODEL, commit) == files


def test_what_is_missing_is_named(client: HubClient) -> None:
    """The client can tell a missing model, revision and file apart."""
    with pytest.raises(RepositoryNotFoundError):
        client.api.model_info("acme/nothing")
    with pytest.raises(RevisionNotFoundError):
        client.api.model_info(MODEL, revision="v9")
    with pytest.raises(RevisionNotFoundError):
        client.snapshot(MODEL, "0" * 40)
    with pytest.raises(RemoteEntryNotFoundError):
        client.download(MODEL, "tf_model.h5")


@pytest.mark.parametrize(
    ("asked", "status", "part", "range_"),
    [
        ("bytes=10-19", 206, slice(10, 20), "bytes 10-19/3000"),
        ("bytes=2990-", 206, slice(2990, 3000), "bytes 2990-2999/3000"),
        ("bytes=2990-5000", 206, slice(2990, 3000), "bytes 2990-2999/3000"),
        ("bytes=-7", 206, slice(2993, 3000), "bytes 2993-2999/3000"),
        ("bytes=3000-", 416, slice(0), "bytes */3000"),
        ("bytes=0-1,5-6", 200, slice(3000), None),
        ("lines=1-2", 200, slice(3000), None),
    ],
)
@pytest.mark.parametrize("on_disk", [True, False])
def test_parts_can_be_asked_for(
    artifactory: Artifactory,
    files: dict[str, bytes],
    tmp_path: Path,
    asked: str,
    status: int,
    part: slice,
    range_: str | None,
    on_disk: bool,
) -> None:
    """A range is answered as HTTP says, from memory and from a file."""
    content: bytes | Path = files["source.spm"]
    if on_disk:
        content = tmp_path / "source.spm"
        content.write_bytes(files["source.spm"])
    artifactory.add_model("models", MODEL, {"source.spm": content})
    answer = httpx.get(
        f"{artifactory.endpoint('models')}/{MODEL}/resolve/main/source.spm",
        headers={"Authorization": "Bearer read-token", "Range": asked},
    )
    assert answer.status_code == status
    assert answer.content == files["source.spm"][part]
    assert answer.headers.get("content-range") == range_


def test_a_file_comes_with_its_hashes(
    artifactory: Artifactory, commit: str, files: dict[str, bytes]
) -> None:
    """HEAD gives the commit, the Hub's hash, the size and Artifactory's sha256, and no body."""
    headers = {"Authorization": "Bearer read-token"}
    base = f"{artifactory.endpoint('models')}/{MODEL}/resolve/main"
    for file, hash_ in [
        ("config.json", git_oid(files["config.json"])),
        ("source.spm", hashlib.sha256(files["source.spm"]).hexdigest()),
        ("onnx/note.txt", git_oid(files["onnx/note.txt"])),
    ]:
        answer = httpx.head(f"{base}/{file}", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["x-repo-commit"] == commit
        assert answer.headers["etag"] == f'"{hash_}"'
        assert answer.headers["content-length"] == str(len(files[file]))
        sha256 = hashlib.sha256(files[file]).hexdigest()
        assert answer.headers["x-checksum-sha256"] == sha256
        linked = answer.headers.get("x-linked-etag"), answer.headers.get("x-linked-size")
        assert linked == ((f'"{hash_}"', "3000") if file == "source.spm" else (None, None))
