from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server_process import ServerProcess, fake_server, pulled_models, starter_server


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter model, converted once for all tests."""
    return pulled_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def starter(models: Path) -> Iterator[ServerProcess]:
    """A server with the starter model."""
    with starter_server(models) as process:
        process.url()
        yield process


@pytest.fixture(scope="session", params=["fake", "starter"])
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """A server, once with the fake engine and once with the starter model."""
    if request.param == "starter":
        yield request.getfixturevalue("starter")
        return
    with fake_server() as process:
        process.url()
        yield process
