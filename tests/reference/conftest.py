"""Options of the reference suite, and what its tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="Write the golden results that `make test` compares with.",
    )
