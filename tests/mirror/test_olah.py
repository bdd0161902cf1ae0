"""Models come through a mirror that others wrote just as they come from the Hub."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.sources import HubSource
from support.artifactory import Artifactory
from support.hub_client import HubClient, files_in
from support.marian import STARTER
from support.olah import Olah
from support.project import SECRET, Project

REPO = "acme/starter"


def add(project: Project, starter: LockedModel) -> LockedModel:
    """Adds the model of the mirror as our own lock has it from a folder."""
    [pair] = starter.pairs
    options = ["--part-tokens", str(starter.part_tokens), "--licence", starter.licence]
    options += ["--pair", f"{pair.source}:{pair.target}"]
    project.done("models", "add", REPO, *options)
    [model] = project.lock.models
    return model


def emptied(project: Project, folder: Path, endpoint: str) -> Project:
    """Another project of the same lock that has no model yet."""
    folder.mkdir()
    shutil.copyfile(project.folder / "models.lock", folder / "models.lock")
    return Project(folder, endpoint)


def test_the_real_client_downloads_through_the_mirror(mirror: str, tmp_path: Path) -> None:
    """The mirror works with the counterpart as its Hub, so that what follows tells something."""
    assert HubClient(mirror, SECRET, tmp_path).snapshot(REPO) == files_in(STARTER)


def test_a_model_is_added_through_the_mirror(
    hub: Artifactory, commit: str, project: Project, starter: LockedModel
) -> None:
    """It is the artifact that our lock has, of the commit that the Hub names for the revision."""
    model = add(project, starter)
    assert model.source == HubSource(REPO, "main", commit)
    assert model.artifact == starter.artifact
    assert model.files == starter.files
    assert project.store.digests() == [starter.artifact]
    # The mirror asks on its own behalf: not one request is ours.
    agents = {exchange.request.headers["user-agent"] for exchange in hub.requests}
    assert all(agent.startswith("python-httpx/") for agent in agents), agents


def test_a_lock_is_pulled_through_the_mirror(
    hub: Artifactory, project: Project, starter: LockedModel, tmp_path: Path
) -> None:
    """An empty store comes to what the lock says; the Hub need not send any file again."""
    add(project, starter)
    sent = len(hub.requests.of("/resolve/", "GET"))
    other = emptied(project, tmp_path / "other", project.endpoint)
    other.done("models", "pull")
    assert other.store.digests() == [starter.artifact]
    assert len(hub.requests.of("/resolve/", "GET")) == sent > 0


def test_a_lock_is_pulled_from_what_the_mirror_keeps(
    hub: Artifactory, kept: Path, project: Project, starter: LockedModel, tmp_path: Path
) -> None:
    """Where the Hub has gone, a mirror that is told so gives all that a lock needs."""
    add(project, starter)
    hub.close()
    with Olah(kept, hub.at_root("models"), offline=True) as olah:
        other = emptied(project, tmp_path / "other", olah.address)
        other.done("models", "pull")
    assert other.store.digests() == [starter.artifact]


def test_a_stranger_gets_nothing_of_what_the_mirror_keeps(
    project: Project, starter: LockedModel, tmp_path: Path
) -> None:
    """The mirror has the files; a token that the Hub does not know is named, and nothing lands."""
    add(project, starter)
    other = emptied(project, tmp_path / "other", project.endpoint)
    ended = other.run("models", "pull", HF_TOKEN="hf_wrong")
    assert ended.returncode == 1
    assert "HF_TOKEN" in ended.stderr
    assert "hf_wrong" not in ended.stderr
    assert other.store.digests() == []


def test_the_check_tells_what_the_mirror_does_not_do(hub: Artifactory, project: Project) -> None:
    """It reads and takes no uploads: the check says so with a remedy, and the Hub gets none."""
    ended = project.run("hub", "check", REPO, "--write", "--json")
    assert ended.returncode == 1
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    well = {"reachable", "answers", "token", "wrong-token", "revision", "refs"}
    assert {name: found[name]["status"] for name in well} == dict.fromkeys(well, "ok")
    assert found["tls"]["status"] == "note"
    assert found["upload"]["status"] == "fail"
    assert "takes no uploads" in found["upload"]["remedy"]
    for check in found.values():
        assert check["remedy"] or check["status"] != "fail", check
        assert check["blocked_by"] or check["status"] != "skipped", check
    assert not hub.requests.of("preupload|commit|lfs", "POST")


def test_the_check_finds_no_fault_where_models_come_through(project: Project) -> None:
    """Whoever can add a model through the mirror is told that nothing fails, to a translation."""
    ended = project.run("hub", "check", REPO, "--json")
    odd = {
        c["name"]: c["status"] for c in json.loads(ended.stdout)["checks"] if c["status"] != "ok"
    }
    assert odd == {"tls": "note", "upload": "skipped"}
    assert ended.returncode == 0
