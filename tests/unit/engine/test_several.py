from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from ai_translate.engine.several import as_finished
from support.until import until

pytestmark = pytest.mark.anyio


class Runs:
    """Coroutines that wait until they are let go, and remember what became of them."""

    def __init__(self, count: int) -> None:
        self.begun: list[int] = []
        self.cancelled: list[int] = []
        self.may_end = [asyncio.Event() for _ in range(count)]

    def all(self) -> Iterator[Any]:
        """Each of them, begun when it is awaited."""
        return (self._run(number) for number in range(len(self.may_end)))

    async def _run(self, number: int) -> int:
        self.begun.append(number)
        try:
            await self.may_end[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        if number == 9:
            raise LookupError("nine")
        return number


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_results_come_as_they_are_finished() -> None:
    """Whoever is finished first comes first, and the next one takes its place."""
    runs = Runs(4)
    runs.may_end[1].set()
    async with aclosing(as_finished(runs.all(), 2)) as results:
        assert await anext(results) == 1
        assert runs.begun == [0, 1]
        for event in runs.may_end:
            event.set()
        assert sorted([result async for result in results]) == [0, 2, 3]


async def test_no_more_than_asked_run_at_once() -> None:
    """Nothing further is begun while as many as may run are running."""
    runs = Runs(10)
    results = as_finished(runs.all(), 3)
    waiting = asyncio.ensure_future(anext(results))
    await until(lambda: len(runs.begun) >= 3)
    for _ in range(10):
        await asyncio.sleep(0)
    assert runs.begun == [0, 1, 2]
    waiting.cancel()
    await asyncio.wait({waiting})
    assert runs.cancelled == [0, 1, 2]


async def test_a_failure_is_raised_and_ends_the_others() -> None:
    """The first to fail is heard of, and the others are given up."""
    runs = Runs(12)
    for number in range(8):
        runs.may_end[number].set()
    runs.may_end[9].set()
    got: list[int] = []

    async def collect() -> None:
        async for result in as_finished(runs.all(), 4):
            got.append(result)  # noqa: PERF401  # what came before the error counts

    with pytest.raises(LookupError, match="nine"):
        await collect()
    assert got == list(range(8))
    assert set(runs.cancelled) <= {8, 10, 11}
    assert 8 in runs.cancelled


async def test_closing_gives_up_what_runs() -> None:
    """Who wants no more results leaves nothing behind that runs."""
    runs = Runs(5)
    runs.may_end[0].set()
    results = as_finished(runs.all(), 2)
    assert await anext(results) == 0
    await until(lambda: len(runs.begun) >= 3)
    await results.aclose()
    assert runs.cancelled == [1, 2]
    assert runs.begun == [0, 1, 2]
