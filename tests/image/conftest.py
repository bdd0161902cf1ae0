from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.artifactory import Artifactory
from support.checkout import Checkout, secret_files
from support.engine import BASE, Build, Engine
from support.project import SECRET, marian_files
from support.registry import Registry

REPO = "acme/opus-en-fr"
OTHER = "acme/opus-other"
# Any second will do, as long as it is not now.
EPOCH = "--build-arg=SOURCE_DATE_EPOCH=1700000000"


SAID = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests measured; none of it is asserted."""
    for line in terminalreporter.config.stash.get(SAID, []):
        terminalreporter.write_line(line)


@pytest.fixture
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Tells of a figure, at the end of all tests."""
    return pytestconfig.stash.setdefault(SAID, []).append


@contextlib.contextmanager
def new_engine() -> Iterator[Engine]:
    """An engine that has nothing. Fails where none can start."""
    # Its socket needs a short path, and pytest would keep what lies in a folder of its own.
    with tempfile.TemporaryDirectory(prefix="engine-") as folder, Engine(Path(folder)) as engine:
        yield engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine that all tests share, and so its caches."""
    with new_engine() as engine:
        yield engine.with_base()


@pytest.fixture(scope="session")
def base(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its base image with the date of its making, as others would pull it."""
    archive = tmp_path_factory.mktemp("base") / "base.tar"
    engine.docker("save", f"--output={archive}", BASE)
    return archive


@pytest.fixture
def another_engine(base: Path) -> Iterator[Engine]:
    """An engine of the same base image whose caches are empty."""
    with new_engine() as engine:
        engine.docker("load", f"--input={base}")
        yield engine


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """An empty registry of images."""
    with tempfile.TemporaryDirectory(prefix="registry-") as folder, Registry(Path(folder)) as kept:
        yield kept


@pytest.fixture(scope="session")
def artifactory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artifactory]:
    """A server of two small models, which shows them to one token."""
    with Artifactory() as server:
        server.add_token(SECRET)
        server.local("models")
        for seed, repo in enumerate((REPO, OTHER)):
            folder = tmp_path_factory.mktemp("model")
            server.add_model("models", repo, marian_files(folder, seed=seed))
        yield server


@pytest.fixture(scope="session")
def endpoint(artifactory: Artifactory) -> str:
    """Its `HF_ENDPOINT`."""
    return artifactory.endpoint("models")


@pytest.fixture(scope="session")
def secrets(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The secrets with which a build gets models from there."""
    folder = tmp_path_factory.mktemp("secrets")
    pip = "# pip-password-kept-to-itself\n[global]\nretries = 5\n"
    return secret_files(folder, {"hf_endpoint": endpoint, "hf_token": SECRET, "pip_conf": pip})


@pytest.fixture(scope="session")
def as_it_is(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout of the project, whose only model is the starter. Not to be edited."""
    return Checkout.of_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def prepared(
    as_it_is: Checkout, endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """A checkout of two models, the starter and one from there. Not to be edited."""
    checkout = as_it_is.copied(tmp_path_factory.mktemp("prepared") / "checkout")
    checkout.add_model(endpoint, REPO)
    return checkout


@pytest.fixture(scope="session")
def first(engine: Engine, prepared: Checkout, secrets: dict[str, Path]) -> Build:
    """Its image, from empty caches."""
    return engine.build(prepared.folder, EPOCH, image="ai-translate:first", secrets=secrets)


@pytest.fixture
def checkout(prepared: Checkout, tmp_path: Path) -> Checkout:
    """The same, to be edited."""
    return prepared.copied(tmp_path / "checkout")
