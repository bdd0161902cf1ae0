"""`models list`, `info`, `outdated`, `remove` and `gc`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.artifactory import Artifactory, Slow
from support.project import Project, marian_files

REPO = "acme/opus-en-fr"


@pytest.fixture
def pulled(locked: Project) -> Project:
    """A project with one model, locked and stored."""
    (locked.folder / "earlier").rename(locked.folder / ".models")
    return locked


def everything(folder: Path) -> set[str]:
    """All that lies below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_list_tells_what_is_locked_and_stored(pulled: Project, commit: str) -> None:
    """Name, pairs, weights, artifact, state and source; with --json the fields of the lock."""
    [model] = pulled.lock.models
    _, line = pulled.done("models", "list").stdout.splitlines()
    source = f"{REPO}@main ({commit[:12]})"
    assert line.split(maxsplit=5) == [
        *("opus-en-fr", "en→fr", "int8", model.artifact[:12], "stored", source)
    ]
    [entry] = json.loads(pulled.done("models", "list", "--json").stdout)
    assert (entry["repo"], entry["commit"], entry["stored"]) == (REPO, commit, True)
    (pulled.folder / ".models").rename(pulled.folder / "away")
    assert " missing " in pulled.done("models", "list").stdout


def test_info_tells_everything(pulled: Project, commit: str) -> None:
    """Source, licence, files with their hashes, artifact, where it is and what made it."""
    [model] = pulled.lock.models
    said = pulled.done("models", "info", "opus-en-fr").stdout
    hashes = [entry.sha256 for entry in model.files.values()]
    facts = [REPO, commit, "apache-2.0", model.artifact, *model.files, *hashes]
    facts += ["marian, 64 positions", "ctranslate2", ".models/store/"]
    assert [fact for fact in facts if fact not in said] == []
    told = json.loads(pulled.done("models", "info", "opus-en-fr", "--json").stdout)
    assert told["stored"]["architecture"] == "marian"
    assert set(told["files"]) == set(model.files)
    (pulled.folder / ".models").rename(pulled.folder / "away")
    assert "models pull opus-en-fr" in pulled.done("models", "info", "opus-en-fr").stdout


def test_outdated_compares_each_revision_with_the_hub(
    artifactory: Artifactory, pulled: Project, files: dict[str, bytes], commit: str
) -> None:
    """It exits with 0 where all is current and with 1 where a branch has moved; no file comes."""
    pulled.done("models", "add", f"{REPO}@{commit}", "--name", "pinned")
    artifactory.requests.clear()
    assert " current" in pulled.done("models", "outdated").stdout
    newer = artifactory.add_model("models", REPO, {**files, "more": b""})
    ended = pulled.run("models", "outdated")
    assert ended.returncode == 1
    _, moved, pinned = ended.stdout.splitlines()
    assert moved.split() == [*("opus-en-fr", REPO, "main", commit[:12], newer[:12], "outdated")]
    assert pinned.split()[-1] == "current"
    rows = json.loads(pulled.run("models", "outdated", "--json").stdout)
    assert [row["outdated"] for row in rows] == [True, False]
    assert not artifactory.requests.of("/resolve/")


def test_removed_models_are_collected(pulled: Project) -> None:
    """`remove` takes a model out of the lock, `gc` its artifact and its download from the disk."""
    artifact = pulled.lock.models[0].artifact
    (pulled.store.folder / f"{artifact}.threads.json").write_text("{}")
    ended = pulled.done("models", "remove", "opus-en-fr")
    assert "models gc" in ended.stderr
    assert pulled.lock.models == ()
    assert artifact in pulled.stored()
    size = sum(p.stat().st_size for p in (pulled.folder / ".models").rglob("*") if p.is_file())
    dry = pulled.done("models", "gc", "--dry-run")
    assert dry.stdout == f"{size} bytes would be freed.\n"
    assert artifact in pulled.stored()
    assert pulled.done("models", "gc").stdout == f"{size} bytes freed.\n"
    assert everything(pulled.folder / ".models") == {"store", "hub"}
    assert pulled.done("models", "gc").stdout == "0 bytes freed.\n"


def test_removing_what_is_not_locked_changes_nothing(pulled: Project) -> None:
    """The names that there are are listed, and none of the others goes."""
    ended = pulled.run("models", "remove", "opus-en-fr", "other")
    assert ended.returncode == 1
    assert "opus-en-fr" in ended.stderr
    assert len(pulled.lock.models) == 1


def test_what_is_locked_stays(pulled: Project, artifactory: Artifactory, tmp_path: Path) -> None:
    """After an update the old commit's download and artifact go, and the model still serves."""
    artifactory.add_model("models", REPO, marian_files(tmp_path / "new", seed=1))
    pulled.done("models", "add", REPO)
    [model] = pulled.lock.models
    pulled.done("models", "gc")
    assert pulled.stored() == [model.artifact]
    pulled.done("models", "verify")
    [snapshot] = (pulled.folder / ".models/hub").glob("*/snapshots/*")
    assert {path.name for path in snapshot.iterdir()} == set(model.files)


def test_what_a_process_downloads_stays(artifactory: Artifactory, project: Project) -> None:
    """A collection during an addition takes nothing from it."""
    slow = Slow()
    artifactory.inject(slow, "safetensors")
    (project.folder / "models.lock").write_text("version = 1\n")
    process = project.begin("models", "add", REPO)
    assert slow.reached.wait(60)
    assert project.done("models", "gc").stdout == "0 bytes freed.\n"
    slow.release.set()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert project.stored() == [project.lock.models[0].artifact]


def test_a_project_without_a_lock_is_not_collected(pulled: Project) -> None:
    """Without a lock nothing is known to be garbage."""
    before = everything(pulled.folder / ".models")
    (pulled.folder / "models.lock").unlink()
    ended = pulled.run("models", "gc")
    assert ended.returncode == 1
    assert "no lock" in ended.stderr
    assert everything(pulled.folder / ".models") == before
