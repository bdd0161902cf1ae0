from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from ai_translate.server.shared_counts import SharedCounts

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["refuses", "says nothing"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where there is no Redis: nobody at all, or somebody who takes connections and is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if request.param == "refuses":
            listener.close()
        yield f"redis://:secret@127.0.0.1:{port}/0"


async def test_one_that_is_away_costs_little_and_is_told_once(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The first question ends without an answer, no other is put to it; one line is logged."""
    shared = SharedCounts(address)
    asked: list[str] = []

    async def count() -> int:
        asked.append("a")
        return await shared.storage.get("a")

    with caplog.at_level(logging.WARNING):
        async with shared.running():
            assert shared.away
            assert [await shared.ask(count) for _ in range(3)] == [None] * 3
    assert not asked
    assert len(caplog.records) == 1
    assert "AIT_LIMITS_REDIS" in caplog.text
    assert "secret" not in caplog.text


async def test_a_fault_of_ours_is_not_taken_for_its_absence() -> None:
    """What is no failure of Redis is raised, and Redis is there still."""
    shared = SharedCounts("redis://127.0.0.1:1")

    async def fault() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await shared.ask(fault)
    assert not shared.away
