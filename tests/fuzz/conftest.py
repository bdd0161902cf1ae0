from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server_process import ServerProcess, pulled_models, starter_server


@pytest.fixture(scope="session")
def seconds() -> float:
    """How long each test goes on; `FUZZ_SECONDS` in the environment."""
    return float(os.environ.get("FUZZ_SECONDS", "20"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the starter model, as `make serve` starts it."""
    models = pulled_models(tmp_path_factory.mktemp("models"))
    state = tmp_path_factory.mktemp("state")
    with starter_server(models, AIT_STATE_DIR=str(state)) as process:
        process.url()
        yield process


@pytest.fixture(scope="session")
def pages() -> list[str]:
    """Pages of real shape, to take pieces from."""
    folder = Path(__file__).parents[1] / "data/pages"
    return [page.read_text() for page in sorted(folder.glob("*.html"))]
