from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from ai_translate.server.window_memory import WindowMemory

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 6_000_000.0  # where a minute begins

    def __call__(self) -> float:
        """Seconds of the Unix epoch."""
        return self.now


async def let_in(limiter: SlidingWindowCounterRateLimiter, limit: int, tries: int) -> int:
    item = RateLimitItemPerMinute(limit)
    return sum([await limiter.hit(item, "who") for _ in range(tries)])


async def test_a_minute_before_fades() -> None:
    """A window lets in the limit; a quarter into the next one, a quarter of it; and so on."""
    clock = Clock()
    limiter = SlidingWindowCounterRateLimiter(WindowMemory(now=clock))
    assert await let_in(limiter, 8, 20) == 8
    clock.now += 59
    assert await let_in(limiter, 8, 20) == 0
    clock.now += 1 + 15
    assert await let_in(limiter, 8, 20) == 2
    clock.now += 30
    assert await let_in(limiter, 8, 20) == 4
    clock.now += 120
    assert await let_in(limiter, 8, 20) == 8


async def test_callers_and_limits_are_counted_apart() -> None:
    """One who has reached the limit keeps nobody else out."""
    limiter = SlidingWindowCounterRateLimiter(WindowMemory(now=Clock()))
    item = RateLimitItemPerMinute(1)
    assert [await limiter.hit(item, name) for name in ("a", "b", "a", "c")] == [1, 1, 0, 1]


async def test_memory_is_bounded() -> None:
    """However many callers come in a minute, a fixed number is kept, and none for long."""
    clock = Clock()
    memory = WindowMemory(most=100, now=clock)
    limiter = SlidingWindowCounterRateLimiter(memory)
    item = RateLimitItemPerMinute(1)
    for number in range(1000):
        assert await limiter.hit(item, str(number))
    assert not await limiter.hit(item, "999")
    assert len(memory._counts) == 100
    clock.now += 60
    assert await limiter.hit(item, "later")
    assert (len(memory._before), len(memory._counts)) == (100, 1)
    clock.now += 120
    assert await limiter.hit(item, "much later")
    assert (len(memory._before), len(memory._counts)) == (0, 1)


@given(
    st.integers(1, 10),
    st.lists(st.tuples(st.floats(0, 50), st.integers(1, 4)), max_size=40),
)
def test_nobody_gets_more_than_the_rule_says(limit: int, hits: list[tuple[float, int]]) -> None:
    """For any times and costs: let in is just what a count by hand of both minutes lets in."""
    clock = Clock()
    limiter = SlidingWindowCounterRateLimiter(WindowMemory(now=clock))
    item = RateLimitItemPerMinute(limit)
    counted: dict[int, int] = {}
    for seconds, cost in hits:
        clock.now += seconds
        minute, gone = divmod(clock.now, 60)
        faded = int(counted.get(int(minute) - 1, 0) * (60 - gone) / 60)
        fits = faded + counted.get(int(minute), 0) + cost <= limit
        hit = limiter.hit(item, "who", cost=cost)
        with pytest.raises(StopIteration) as ended:
            hit.send(None)  # it never waits for anything
        assert ended.value.value is fits
        if fits:
            counted[int(minute)] = counted.get(int(minute), 0) + cost


async def test_it_is_a_storage_like_others() -> None:
    """Fixed windows work with it, too, and what is cleared or reset is forgotten."""
    memory = WindowMemory(now=Clock())
    limiter = FixedWindowRateLimiter(memory)
    item = RateLimitItemPerMinute(2)
    assert [await limiter.hit(item, "who") for _ in range(3)] == [True, True, False]
    assert not await limiter.test(item, "who")
    await limiter.clear(item, "who")
    assert await limiter.test(item, "who")
    assert await memory.check()
    assert await limiter.hit(item, "who")
    assert await memory.reset() == 1
    assert (await limiter.get_window_stats(item, "who")).remaining == 2
