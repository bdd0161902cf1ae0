from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session

from ai_translate.supply.lockfile import Lock, LockedModel
from support.artifactory import Artifactory
from support.marian import STARTER
from support.olah import Olah
from support.project import SECRET, Project
from support.server_process import PROJECT

REPO = "acme/starter"


@pytest.fixture
def hub() -> Iterator[Artifactory]:
    """What the mirror mirrors: a server of one repository and one token."""
    with Artifactory() as server:
        server.add_token(SECRET)
        server.local("models")
        yield server
        close_session()


@pytest.fixture
def commit(hub: Artifactory) -> str:
    """The commit of the starter on it."""
    return hub.add_model("models", REPO, {path.name: path for path in STARTER.iterdir()})


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the mirror keeps what has passed through it."""
    return tmp_path / "olah"


@pytest.fixture
def mirror(hub: Artifactory, commit: str, kept: Path) -> Iterator[str]:  # noqa: ARG001  # the model shall be there
    """The endpoint of a mirror that keeps nothing yet."""
    with Olah(kept, hub.at_root("models")) as olah:
        yield olah.address


@pytest.fixture
def project(mirror: str, tmp_path: Path) -> Project:
    """An empty project whose endpoint is the mirror."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, mirror)


@pytest.fixture(scope="session")
def starter() -> LockedModel:
    """What our own lock says of the starter, which it has from a folder."""
    [model] = [m for m in Lock.read(PROJECT / "models.lock").models if m.name == "starter-en-fr"]
    return model
