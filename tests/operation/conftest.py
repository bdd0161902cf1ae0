from __future__ import annotations

from pathlib import Path

import pytest

from support.server_process import pulled_models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter model, converted once for all tests."""
    return pulled_models(tmp_path_factory.mktemp("models"))
