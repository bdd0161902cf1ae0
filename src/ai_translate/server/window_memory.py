"""Requests of the last minute in memory, for the library `limits`.

The library has a storage of its own for memory. It looks at every key that it knows at each
request, or for as long as one lasts: with many addresses that takes all the time that there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import floor
from typing import Final

from limits.aio.storage import SlidingWindowCounterSupport, Storage

__all__ = ["WindowMemory"]

_MOST_KEYS: Final = 100_000


class WindowMemory(Storage, SlidingWindowCounterSupport):
    """Counts of this window of time and of the one before, by key; not thread-safe.

    Each call takes the same short time however many keys there are. When a window begins, the
    counts of the last but one are gone. Of too many keys in one window, those that came first make
    room.

    Args:
        most: How many keys are kept of one window.
        now: The time, in seconds of the Unix epoch.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = _MOST_KEYS, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._most = most
        self._now = now
        self._window = 0
        self._before: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What it fails of: nothing that is expected."""
        return ValueError

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Counts what fits into the limit; `expiry` is the length of a window, in seconds."""
        left = self._turn(expiry)
        count = self._counts.get(key, 0)
        if floor(self._before.get(key, 0) * left / expiry) + count + amount > limit:
            return False
        self._add(key, amount)
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The counts of the window before and of this one, each with how long it counts still."""
        left = self._turn(expiry)
        return self._before.get(key, 0), left, self._counts.get(key, 0), left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forgets a key."""
        del expiry
        await self.clear(key)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts in this window, whatever the limit."""
        self._turn(expiry)
        return self._add(key, amount)

    async def get(self, key: str) -> int:
        """The count of this window."""
        return self._counts.get(key, 0)

    async def get_expiry(self, key: str) -> float:
        """Now: what the length of its window is, is known to the callers."""
        del key
        return self._now()

    async def clear(self, key: str) -> None:
        """Forgets a key."""
        self._counts.pop(key, None)
        self._before.pop(key, None)

    async def check(self) -> bool:
        """Whether it can be used: always."""
        return True

    async def reset(self) -> int:
        """Forgets everything."""
        known = len(self._counts.keys() | self._before.keys())
        self._counts, self._before = {}, {}
        return known

    def _turn(self, seconds: int) -> float:
        """Begins a window if it is time. How many seconds this one has left."""
        window, gone = divmod(self._now(), seconds)
        if window != self._window:
            self._before = self._counts if window == self._window + 1 else {}
            self._counts = {}
            self._window = int(window)
        return seconds - gone

    def _add(self, key: str, amount: int) -> int:
        count = self._counts.get(key)
        if count is None:
            count = 0
            if len(self._counts) >= self._most:
                del self._counts[next(iter(self._counts))]
        self._counts[key] = count + amount
        return count + amount
