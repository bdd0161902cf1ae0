"""Some coroutines at once, but never too many, each result as soon as it is there."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Coroutine, Iterator
from typing import Any, TypeVar

__all__ = ["as_finished"]

T = TypeVar("T")


async def as_finished(rest: Iterator[Coroutine[Any, Any, T]], most: int) -> AsyncGenerator[T]:
    """The results, in the order in which they come to be.

    What is begun is bounded also where nobody takes the results: `most` coroutines that run, and
    the results of as many. Closing the generator cancels those that run and waits for their end.

    Args:
        rest: What to run; drawn as there is room.
        most: How many run at once.

    Raises:
        Exception: What the first to fail has raised; the others are cancelled.
    """
    running: dict[asyncio.Task[T], None] = {}  # in the order in which they began
    try:
        while True:
            for one in itertools.islice(rest, most - len(running)):
                running[asyncio.ensure_future(one)] = None
            if not running:
                return
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            finished = [task for task in running if task.done()]
            results = [task.result() for task in finished]
            for task in finished:
                del running[task]
            # Others take their place before anybody looks at these.
            for one in itertools.islice(rest, most - len(running)):
                running[asyncio.ensure_future(one)] = None
            for result in results:
                yield result
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
