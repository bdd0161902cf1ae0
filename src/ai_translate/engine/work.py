"""Work that waits only where it says so, run by a thread or by an event loop.

The way of a text is the same for both kinds of caller, and only how they wait differs. So it is
written once, as a generator that yields each future it must wait for and is resumed with its
result, and driven in two ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

__all__ = ["Work", "begin", "finish", "finish_async"]

T = TypeVar("T")
Work = Generator[Future[Any], Any, T]


def finish(work: Work[T]) -> T:
    """Runs work to its end. Blocks.

    A caller that is interrupted gives up what it waited for.
    """
    return begin(work)()


def begin(work: Work[T]) -> Callable[[], T]:
    """Runs work until it first waits. What is returned runs it to its end, as `finish` does."""
    try:
        future = next(work)
    except StopIteration as end:
        value: T = end.value
        return lambda: value
    return lambda: _finish(work, future)


def _finish(work: Work[T], future: Future[Any]) -> T:
    try:
        while True:
            try:
                result = future.result()
            except Exception as error:  # noqa: BLE001  # belongs to the work, which may handle it
                future = work.throw(error)
            else:
                future = work.send(result)
    except StopIteration as end:
        value: T = end.value
        return value
    except BaseException:
        future.cancel()
        raise
    finally:
        work.close()


async def finish_async(work: Work[T], *, in_threads: bool = False) -> T:
    """Runs work to its end on an event loop, which it leaves while it waits.

    A task that is cancelled gives up what it waited for.

    Args:
        work: What to do.
        in_threads: Whether what it does between its waits takes long enough to be kept from the
            loop.
    """

    async def step(resume: Callable[[], Future[Any]]) -> _Step[T]:
        if not in_threads:
            return _stepped(resume)
        running = asyncio.ensure_future(asyncio.to_thread(_stepped, resume))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # A thread cannot be interrupted: what it comes to wait for is given up instead.
            while not running.done():
                with suppress(asyncio.CancelledError):  # told once more to end
                    await asyncio.wait({running})
            if running.exception() is None and (future := running.result().future) is not None:
                future.cancel()
            raise

    try:
        reached = await step(lambda: next(work))
        while reached.future is not None:
            try:
                result = await asyncio.wrap_future(reached.future)
            except Exception as error:  # noqa: BLE001  # belongs to the work, which may handle it
                reached = await step(partial(work.throw, error))
            else:
                reached = await step(partial(work.send, result))
        return reached.value
    finally:
        work.close()


class _Step(Generic[T]):
    """Where work has come to: a future that it waits for, or its end."""

    __slots__ = ("future", "value")

    value: T

    def __init__(self) -> None:
        self.future: Future[Any] | None = None


def _stepped(resume: Callable[[], Future[Any]]) -> _Step[Any]:
    """Resumes work. Its end is no exception here: StopIteration cannot pass through a future."""
    reached: _Step[Any] = _Step()
    try:
        reached.future = resume()
    except StopIteration as end:
        reached.value = end.value
    return reached
