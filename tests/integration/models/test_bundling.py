"""`models bundle` and `unbundle`: models go to where no network reaches, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from support import marian
from support.project import Project, marian_files

REPO = "acme/opus-en-fr"
NOWHERE = "http://127.0.0.1:9/api"


@pytest.fixture(scope="session")
def sender(added: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two models, of which nothing may be changed."""
    folder = tmp_path_factory.mktemp("sender") / "project"
    shutil.copytree(added, folder)
    project = Project(folder, NOWHERE)
    [model] = project.lock.models
    source = project.snapshot(REPO, model.source.commit)  # type: ignore[union-attr]  # it was added from a Hub
    shutil.copytree(source, folder / "models/other")
    project.done("models", "add", "models/other", "--quantization", "float32")
    return project


@pytest.fixture(scope="session")
def bundle(sender: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both models in a file, of which nothing may be changed."""
    out = tmp_path_factory.mktemp("bundle") / "models.tar"
    sender.done("models", "bundle", out)
    return out


@pytest.fixture
def receiver(tmp_path: Path) -> Project:
    """A project without models and without a network."""
    folder = tmp_path / "receiver"
    folder.mkdir()
    return Project(folder, NOWHERE)


def test_a_pull_after_unbundling_finds_everything(
    sender: Project, bundle: Path, receiver: Project
) -> None:
    """Store and lock are as at the sender's, though nobody could be asked."""
    receiver.done("models", "unbundle", bundle)
    assert receiver.stored() == sender.stored()
    assert receiver.lock.models == tuple(sorted(sender.lock.models, key=lambda m: m.name))
    said = receiver.done("models", "pull").stderr
    assert said.splitlines() == ["opus-en-fr: in place", "other: in place"]
    receiver.done("models", "verify")


def test_unbundling_twice_changes_nothing(bundle: Path, receiver: Project) -> None:
    """The second time everything is found, and the lock is not written."""
    receiver.done("models", "unbundle", bundle)
    before = (receiver.folder / "models.lock").stat()
    said = receiver.done("models", "unbundle", bundle)
    assert said.stderr.count("found artifact") == 2
    assert "stored artifact" not in said.stderr
    assert os.path.samestat(before, (receiver.folder / "models.lock").stat())


def test_the_same_models_are_the_same_bytes(
    sender: Project, bundle: Path, receiver: Project, tmp_path: Path
) -> None:
    """Whoever bundles them, when and in whichever order; what is printed is the file's hash."""
    receiver.done("models", "unbundle", bundle)
    for path in receiver.store.folder.rglob("*"):
        os.utime(path, (1, 1))
    again = tmp_path / "again.tar"
    printed = receiver.done("models", "bundle", again, "other", "opus-en-fr").stdout
    assert again.read_bytes() == bundle.read_bytes()
    assert printed == f"{hashlib.sha256(bundle.read_bytes()).hexdigest()}  {again}\n"
    assert sender.stored() == receiver.stored()


def test_a_bundle_is_a_tar_that_begins_with_its_listing(sender: Project, bundle: Path) -> None:
    """Programs of others read it, and find each file as it is listed, in the listed order."""
    with tarfile.open(bundle) as archive:
        first, *others = archive.getmembers()
        stream = archive.extractfile(first)
        assert stream is not None
        listed = json.load(stream)["files"]
        assert first.name == "listing.json"
        assert [entry["path"] for entry in listed] == [other.name for other in others]
        for entry in listed:
            stream = archive.extractfile(entry["path"])
            assert stream is not None
            content = stream.read()
            assert len(content) == entry["size"]
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    artifacts = {entry["path"].partition("/")[0] for entry in listed[1:]}
    assert sorted(artifacts) == sender.stored()


def test_some_of_the_models_can_be_bundled(
    sender: Project, receiver: Project, tmp_path: Path
) -> None:
    """Those that are named, and nothing of the others."""
    out = tmp_path / "one.tar"
    sender.done("models", "bundle", out, "other")
    receiver.done("models", "unbundle", out)
    assert [model.name for model in receiver.lock.models] == ["other"]
    assert receiver.stored() == [sender.lock.get("other").artifact]


def test_a_listing_is_shown_without_storing_anything(
    sender: Project, bundle: Path, receiver: Project
) -> None:
    """Names, digests, sizes, and what is here already."""
    shown = receiver.done("models", "unbundle", bundle, "--list").stdout.splitlines()
    assert shown[0].split() == ["name", "artifact", "weights", "size", "stored", "locked"]
    rows = {row.split()[0]: row.split() for row in shown[1:]}
    for model in sender.lock.models:
        assert rows[model.name][1] == model.artifact[:12]
        assert rows[model.name][2] == model.quantization
        assert rows[model.name][-2:] == ["no", "no"]
    assert receiver.stored() == []
    receiver.done("models", "unbundle", bundle)
    assert "  no" not in receiver.done("models", "unbundle", bundle, "--list").stdout


def members(path: Path) -> list[tarfile.TarInfo]:
    """The files of an archive."""
    with tarfile.open(path) as archive:
        return archive.getmembers()


def test_what_was_cut_off_goes_on_where_it_was(
    bundle: Path, receiver: Project, tmp_path: Path
) -> None:
    """What has come whole is stored, and is not even read again; the lock is written at the end."""
    part = tmp_path / "part.tar"
    content = bundle.read_bytes()
    listed = members(bundle)
    digests = sorted({member.name.partition("/")[0] for member in listed[2:]})
    second = next(member for member in listed if member.name.startswith(digests[1]))
    last = listed[-1]
    for end, stored in (
        (0, []),
        (100, []),
        (listed[1].offset_data + 1, []),
        (listed[3].offset_data + 1, []),
        (second.offset - 1, []),
        (second.offset, digests[:1]),
        (last.offset_data + last.size - 1, digests[:1]),
        (last.offset_data + last.size + -last.size % 512, digests),
    ):
        part.write_bytes(content[:end])
        ended = receiver.run("models", "unbundle", part)
        assert ended.returncode == 1
        assert str(part) in ended.stderr
        assert receiver.stored() == stored, end
        assert receiver.lock.models == ()
    shutil.rmtree(receiver.store.folder / digests[1])
    # Whoever read the first artifact again would find it damaged.
    damaged = bytearray(content)
    damaged[second.offset - 1000] ^= 1
    part.write_bytes(damaged)
    receiver.done("models", "unbundle", part)
    assert receiver.stored() == digests
    assert len(receiver.lock.models) == 2


def test_damage_on_the_way_is_refused(bundle: Path, receiver: Project, tmp_path: Path) -> None:
    """One byte of each file is another: it is named, and nothing of its artifact is stored."""
    content = bundle.read_bytes()
    for member in members(bundle):
        damaged = bytearray(content)
        damaged[member.offset_data + member.size // 2] ^= 1
        path = tmp_path / "damaged.tar"
        path.write_bytes(damaged)
        ended = receiver.run("models", "unbundle", path)
        assert ended.returncode == 1
        assert member.name in ended.stderr, member.name
        assert member.name.partition("/")[0] not in receiver.stored()
        assert receiver.lock.models == ()


def test_a_damaged_artifact_is_mended_from_the_bundle(bundle: Path, receiver: Project) -> None:
    """It is stored once more."""
    receiver.done("models", "unbundle", bundle)
    digest = receiver.stored()[0]
    (receiver.store.folder / digest / "model.bin").write_bytes(b"damaged")
    assert receiver.done("models", "unbundle", bundle).stderr.count("stored artifact") == 1
    receiver.done("models", "verify")


def test_another_artifact_of_a_name_takes_its_place_only_if_asked(
    sender: Project, bundle: Path, receiver: Project
) -> None:
    """What was reviewed here stays until somebody says otherwise, and is then remembered."""
    own = receiver.folder / "models/other"
    shutil.copytree(sender.folder / "models/other", own)
    receiver.done("models", "add", "models/other")
    before = (receiver.stored(), receiver.lock.models)
    ended = receiver.run("models", "unbundle", bundle)
    assert ended.returncode == 1
    assert "--replace" in ended.stderr
    assert (receiver.stored(), receiver.lock.models) == before
    receiver.done("models", "unbundle", bundle, "--replace")
    now = receiver.lock.get("other")
    assert replace(now, earlier=()) == sender.lock.get("other")
    assert now.earlier == before[1]
    receiver.done("models", "verify")


def test_what_a_model_was_before_is_not_bundled(receiver: Project, tmp_path: Path) -> None:
    """It could be rolled back only to an artifact that the bundle does not hold."""
    marian_files(receiver.folder / "models/a")
    save_file(
        marian.tensors_of(json.loads((receiver.folder / "models/a/config.json").read_text())),
        receiver.folder / "models/a/model.safetensors",
    )
    for quantization in ("int8", "float32"):
        receiver.done("models", "add", "models/a", "--quantization", quantization)
    assert receiver.lock.get("a").earlier
    out = tmp_path / "models.tar"
    receiver.done("models", "bundle", out)
    other = Project(tmp_path / "other", NOWHERE)
    other.folder.mkdir()
    other.done("models", "unbundle", out)
    assert other.lock.models == (replace(receiver.lock.get("a"), earlier=()),)


def test_what_is_not_stored_cannot_be_bundled(
    sender: Project, receiver: Project, tmp_path: Path
) -> None:
    """It is named with what brings it, and what lay there before stays."""
    shutil.copyfile(sender.folder / "models.lock", receiver.folder / "models.lock")
    out = tmp_path / "models.tar"
    out.write_bytes(b"before")
    ended = receiver.run("models", "bundle", out)
    assert ended.returncode == 1
    assert "models pull" in ended.stderr
    assert out.read_bytes() == b"before"


def test_a_damaged_artifact_is_in_no_bundle(
    bundle: Path, receiver: Project, tmp_path: Path
) -> None:
    """The file is named; neither the bundle nor a part of it has come to be."""
    receiver.done("models", "unbundle", bundle)
    path = receiver.store.folder / receiver.stored()[1] / "model.bin"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    out = tmp_path / "out/models.tar"
    out.parent.mkdir()
    ended = receiver.run("models", "bundle", out)
    assert ended.returncode == 1
    assert str(path.relative_to(receiver.folder)) in ended.stderr
    assert list(out.parent.iterdir()) == []


def test_what_a_killed_process_left_does_no_harm(
    sender: Project, bundle: Path, tmp_path: Path
) -> None:
    """Its half of a bundle has another name, and the next one begins anew."""
    out = tmp_path / "out/models.tar"
    out.parent.mkdir()
    left = out.with_name(".models.tar.part")
    left.write_bytes(bundle.read_bytes() + b"more")
    sender.done("models", "bundle", out)
    assert out.read_bytes() == bundle.read_bytes()
    assert list(out.parent.iterdir()) == [out]


def test_a_lock_without_models_makes_no_bundle(receiver: Project, tmp_path: Path) -> None:
    """An empty bundle would be taken for a good one."""
    (receiver.folder / "models.lock").write_text("version = 1\n")
    ended = receiver.run("models", "bundle", tmp_path / "models.tar")
    assert ended.returncode == 1
    assert "no model to bundle" in ended.stderr
    assert not (tmp_path / "models.tar").exists()
