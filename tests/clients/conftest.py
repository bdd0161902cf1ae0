from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server_process import ServerProcess, pulled_models, starter_server


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
