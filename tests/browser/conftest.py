from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.browsing import Tab, browser, tab
from support.server_process import ServerProcess, fake_server, pulled_models, starter_server

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the starter model, which keeps glossaries and documents."""
    models = pulled_models(tmp_path_factory.mktemp("models"))
    state: Path = tmp_path_factory.mktemp("state")
    with starter_server(models, AIT_STATE_DIR=str(state)) as process:
        process.url()
        yield process


@pytest.fixture(scope="session")
def many() -> Iterator[ServerProcess]:
    """A server that shouts, in several directions."""
    with fake_server("--pairs", "en:fr,fr:en,en:de,de:fr,en:ar") as process:
        process.url()
        yield process


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Tab]:
    """A tab of a desk, in English, by day."""
    with tab(chromium) as one:
        yield one
