from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

from support.artifactory import Artifactory, PlaceholderCommit
from support.hub_client import HubClient

MODEL = "acme/new"
UPLOAD = """
import sys
from huggingface_hub import HfApi
model, folder, revision = sys.argv[1:]
told = HfApi().upload_folder(repo_id=model, folder_path=folder, revision=revision)
print(told.oid, told.commit_url)
"""


def test_a_folder_is_uploaded(
    artifactory: Artifactory, writer: HubClient, folder: Path, files: dict[str, bytes]
) -> None:
    """`upload_folder` makes a commit that the client downloads again; a new model is created."""
    oid, url = writer.python(UPLOAD, MODEL, folder, "v1.0").split()
    assert url == f"{writer.endpoint}/{MODEL}/commit/{oid}"
    assert writer.api.model_info(MODEL, revision="v1.0").sha == oid
    assert writer.snapshot(MODEL, oid) == files
    put = artifactory.requests.of("/lfs/objects/", "PUT")
    assert {exchange.status for exchange in put} == {200}
    assert not any("authorization" in exchange.request.headers for exchange in put)
    assert {exchange.request.path.rpartition("/")[2] for exchange in put} == {
        hashlib.sha256(files[name]).hexdigest() for name in ("model.safetensors", "source.spm")
    }


def test_the_command_uploads_and_overrides(
    writer: HubClient, folder: Path, files: dict[str, bytes]
) -> None:
    """`hf upload` creates model and revision; the same revision pushed again is replaced."""
    first = writer.hf("upload", MODEL, folder, "--revision", "v1.0")
    assert first.returncode == 0, first.stderr
    assert writer.snapshot(MODEL, "v1.0") == files
    before = writer.api.model_info(MODEL, revision="v1.0").sha
    (folder / "config.json").write_bytes(b"{}")
    (folder / "empty.bin").unlink()
    left = {name: content for name, content in files.items() if name != "empty.bin"}
    second = writer.hf("upload", MODEL, folder, "--revision", "v1.0")
    assert second.returncode == 0, second.stderr
    assert writer.snapshot(MODEL, "v1.0") == {**left, "config.json": b"{}"}
    assert writer.snapshot(MODEL, before or "") == files


def test_a_virtual_hands_uploads_on(artifactory: Artifactory, folder: Path, tmp_path: Path) -> None:
    """What is pushed to a virtual lies in the repository that it deploys to."""
    artifactory.virtual("all", ["models"], deploys_to="models")
    through = HubClient(artifactory.endpoint("all"), "write-token", tmp_path)
    ended = through.hf("upload", MODEL, folder)
    assert ended.returncode == 0, ended.stderr
    there = HubClient(artifactory.endpoint("models"), "read-token", tmp_path / "other")
    assert "config.json" in there.snapshot(MODEL)


def test_a_remote_takes_no_upload(artifactory: Artifactory, folder: Path, tmp_path: Path) -> None:
    """An upload to a remote is refused in words."""
    artifactory.remote("far", "models")
    client = HubClient(artifactory.endpoint("far"), "write-token", tmp_path)
    ended = client.hf("upload", MODEL, folder)
    assert ended.returncode != 0
    assert "Nothing can be deployed" in ended.stderr


def test_a_reader_cannot_upload(client: HubClient, artifactory: Artifactory, folder: Path) -> None:
    """A token without the right to write is refused before any file has gone."""
    ended = client.hf("upload", MODEL, folder)
    assert ended.returncode != 0
    assert "403" in ended.stderr
    assert artifactory.requests.of("/lfs/objects/") == []


def test_a_revision_that_artifactory_does_not_take_is_refused(
    writer: HubClient, artifactory: Artifactory, folder: Path
) -> None:
    """An underscore in a revision is refused before any file has gone."""
    assert "v1_0" in writer.python(UPLOAD, MODEL, folder, "v1_0")
    assert artifactory.requests.of("/lfs/objects/") == []


def test_a_bad_card_is_refused(writer: HubClient, folder: Path) -> None:
    """A README.md whose front matter is no YAML is refused with its reason."""
    (folder / "README.md").write_text("---\ntags: [open\n---\n")
    ended = writer.hf("upload", MODEL, folder)
    assert ended.returncode != 0
    assert "Invalid metadata in README.md" in ended.stderr


def test_a_placeholder_for_the_commit_crashes_the_client_after_the_upload(
    writer: HubClient, artifactory: Artifactory, folder: Path
) -> None:
    """The client fails with HfUriError although the commit is there."""
    artifactory.inject(PlaceholderCommit())
    assert "HfUriError" in writer.python(UPLOAD, MODEL, folder, "main")
    assert "config.json" in writer.snapshot(MODEL)


def test_what_is_put_must_be_what_was_promised(artifactory: Artifactory) -> None:
    """An object with another hash, or without the signature of its address, is refused."""
    endpoint = artifactory.endpoint("models")
    oid = hashlib.sha256(b"promised").hexdigest()
    answer = httpx.post(
        f"{endpoint}/{MODEL}.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [{"oid": oid, "size": 8}]},
        headers={"Authorization": "Bearer write-token"},
    )
    href = answer.json()["objects"][0]["actions"]["upload"]["href"]
    assert httpx.put(href, content=b"other").status_code == 400
    assert httpx.put(href.partition("?")[0], content=b"promised").status_code == 403
    assert httpx.put(href, content=iter([b"prom", b"ised"])).status_code == 200
    again = httpx.post(
        f"{endpoint}/{MODEL}.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [{"oid": oid, "size": 8}]},
        headers={"Authorization": "Bearer write-token"},
    )
    assert again.json()["objects"] == [{"oid": oid, "size": 8}]
