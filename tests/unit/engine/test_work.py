"""Work that is written once and driven by threads or by an event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from ai_translate.engine.work import Work, begin, finish, finish_async


def adding(*futures: Future[int]) -> Work[int]:
    total = 0
    for future in futures:
        try:
            total += yield future
        except ValueError:
            total -= 1
    return total


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def failed(error: Exception) -> Future[int]:
    future: Future[int] = Future()
    future.set_exception(error)
    return future


def test_work_gets_results_and_errors_where_it_waited() -> None:
    """Each future's result comes back to the work, and so does its error, which it may handle."""
    assert finish(adding(done(1), failed(ValueError()), done(5))) == 5
    with pytest.raises(KeyError):
        finish(adding(done(1), failed(KeyError())))


def test_work_that_never_waits_ends_at_once() -> None:
    """No future, no waiting, for either driver."""
    assert finish(adding()) == 0
    assert begin(adding())() == 0
    assert asyncio.run(finish_async(adding())) == 0


def test_work_that_is_begun_runs_until_it_first_waits() -> None:
    """Beginning submits; ending waits."""
    future: Future[int] = Future()
    end = begin(adding(future, done(1)))
    future.set_result(2)
    assert end() == 3


@pytest.mark.parametrize("in_threads", [False, True])
def test_event_loop_drives_the_same_work(in_threads: bool) -> None:
    """An event loop gets what a thread gets, errors too."""

    async def main() -> None:
        work = adding(done(1), failed(ValueError()), done(5))
        assert await finish_async(work, in_threads=in_threads) == 5
        with pytest.raises(KeyError):
            await finish_async(adding(failed(KeyError())), in_threads=in_threads)

    asyncio.run(main())


def test_steps_of_long_work_leave_the_loop() -> None:
    """With `in_threads` no step runs on the loop's thread; without it each does."""
    seen: list[bool] = []

    def watched() -> Work[None]:
        seen.append(threading.current_thread() is threading.main_thread())
        yield done(1)
        seen.append(threading.current_thread() is threading.main_thread())

    asyncio.run(finish_async(watched(), in_threads=True))
    asyncio.run(finish_async(watched()))
    assert seen == [False, False, True, True]


@pytest.mark.parametrize("in_threads", [False, True])
def test_cancelled_task_gives_up_what_it_waited_for(in_threads: bool) -> None:
    """A caller that leaves cancels the future, so that the batcher can skip it."""
    future: Future[int] = Future()
    reached = threading.Event()

    def waiting() -> Work[int]:
        reached.set()
        found: int = yield future
        return found

    async def main() -> None:
        task = asyncio.create_task(finish_async(waiting(), in_threads=in_threads))
        await asyncio.sleep(0)
        await asyncio.to_thread(reached.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert future.cancelled()


def test_interrupted_thread_gives_up_what_it_waited_for() -> None:
    """Control-C while waiting cancels the future."""

    class Interrupted(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            del timeout
            raise KeyboardInterrupt

    future = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        finish(adding(future))
    assert future.cancelled()


def test_task_that_is_cancelled_twice_ends_as_one_that_is_cancelled() -> None:
    """While a thread is at a step, whoever gives the work up once more disturbs nothing."""
    future: Future[int] = Future()
    reached, goes_on = threading.Event(), threading.Event()

    def waiting() -> Work[int]:
        reached.set()
        goes_on.wait(30)
        found: int = yield future
        return found

    async def main() -> None:
        task = asyncio.create_task(finish_async(waiting(), in_threads=True))
        await asyncio.to_thread(reached.wait)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.01)
        goes_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert future.cancelled()
