"""How many requests a caller has sent in the last minute."""

from __future__ import annotations

import time
from functools import lru_cache
from math import ceil

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from ai_translate.server.rate_limit import Left
from ai_translate.server.shared_counts import SharedCounts
from ai_translate.server.window_memory import WindowMemory

__all__ = ["Rates"]


class Rates:
    """Requests of the last minute, by caller.

    They are counted by the sliding window of the library `limits`: what came in this minute, and
    of what came in the minute before as large a part as still is less than a minute ago.

    Args:
        shared: Where servers count together; None if each counts for itself.
    """

    def __init__(self, shared: SharedCounts | None) -> None:
        self._shared = shared
        self._own = SlidingWindowCounterRateLimiter(WindowMemory())
        self._common = SlidingWindowCounterRateLimiter(shared.storage) if shared else None

    async def take(self, who: str, limit: int) -> Left:
        """Counts a request if it is within the limit."""
        item = _per_minute(limit)
        if self._shared is not None and self._common is not None:
            common = self._common
            if left := await self._shared.ask(lambda: _taken(common, item, who)):
                return left
        return await _taken(self._own, item, who)


async def _taken(limiter: RateLimiter, item: RateLimitItem, who: str) -> Left:
    allowed = await limiter.hit(item, who)
    reset, remaining = await limiter.get_window_stats(item, who)
    # In whole seconds, that of the change included.
    return Left(allowed, max(0, remaining), max(0, ceil(reset - time.time())))


@lru_cache(maxsize=1024)
def _per_minute(limit: int) -> RateLimitItem:
    return RateLimitItemPerMinute(limit, namespace="requests")
