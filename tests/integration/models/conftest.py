from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.artifactory import Artifactory
from support.project import SECRET, Project, marian_files

REPO = "acme/opus-en-fr"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the repository of a small model has."""
    return marian_files(tmp_path_factory.mktemp("model"))


@pytest.fixture
def artifactory() -> Iterator[Artifactory]:
    """A server with one token and an empty repository."""
    with Artifactory() as server:
        server.add_token(SECRET)
        server.local("models")
        yield server


@pytest.fixture
def commit(artifactory: Artifactory, files: dict[str, bytes]) -> str:
    """The commit of the model."""
    return artifactory.add_model("models", REPO, files)


@pytest.fixture
def project(artifactory: Artifactory, commit: str, tmp_path: Path) -> Project:  # noqa: ARG001  # the model shall be there
    """An empty project whose endpoint has the model."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, artifactory.endpoint("models"))


@pytest.fixture(scope="session")
def added(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to which the model was added, from a server that has gone."""
    folder = tmp_path_factory.mktemp("added")
    with Artifactory() as server:
        server.add_token(SECRET)
        server.local("models")
        server.add_model("models", REPO, files)
        Project(folder, server.endpoint("models")).done("models", "add", REPO)
    return folder


@pytest.fixture
def locked(project: Project, added: Path) -> Project:
    """A project whose lock has the model and whose models folder is empty.

    What came of adding the model lies in `earlier`. The same history has the same commits.
    """
    shutil.copyfile(added / "models.lock", project.folder / "models.lock")
    shutil.copytree(added / ".models", project.folder / "earlier")
    return project


@pytest.fixture
def made(project: Project, added: Path) -> Project:
    """A project that has its model, by a copy."""
    shutil.copyfile(added / "models.lock", project.folder / "models.lock")
    shutil.copytree(added / ".models", project.folder / ".models")
    return project
