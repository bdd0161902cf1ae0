"""Who goes first: shares among priorities, turns among callers.

Plain data structures: their owner holds a lock around every call.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Final

from ai_translate.engine.turn import Priority

__all__ = ["SHARES", "Callers", "Place", "Shares"]

Place = tuple[float, int]
"""Where an entry stands among others of its priority: the least goes first, none are equal."""

SHARES: Final = {Priority.INTERACTIVE: 0.8, Priority.BULK: 0.2}
"""What each priority gets of a model while the other has something waiting, too."""


class Callers:
    """Turns among the callers of one priority, by start-time fair queueing.

    Time is counted in tokens. What a caller sends starts when what that caller sent before has
    ended, or now, whichever is later; who starts earliest goes next. So callers with much to do
    get equal parts, one who comes with little waits for one sentence of each of the others at
    most, and of one caller alone the oldest goes first.

    After P. Goyal, H. Vin and H. Cheng, Start-time Fair Queuing, SIGCOMM 1996.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._next: dict[str, float] = {}
        self._waiting: dict[str, int] = {}
        self._arrivals = itertools.count()

    def start(self, caller: str) -> float:
        """When what the caller sends now would start."""
        return max(self._now, self._next.get(caller, 0.0))

    def arrive(self, caller: str, tokens: int) -> Place:
        """Gives a place to something of so many tokens."""
        start = self.start(caller)
        self._next[caller] = start + max(1, tokens)
        self._waiting[caller] = self._waiting.get(caller, 0) + 1
        return start, next(self._arrivals)

    def reach(self, place: Place) -> None:
        """It is this one's turn."""
        self._now = max(self._now, place[0])

    def leave(self, caller: str) -> None:
        """One of the caller's waits no more; a caller of whom nothing waits is forgotten."""
        left = self._waiting[caller] - 1
        if left:
            self._waiting[caller] = left
        else:
            del self._waiting[caller], self._next[caller]


class Shares:
    """Which priority goes next: each that has something waiting gets its part of all tokens.

    Interactive sentences have four fifths. As long as they need less, all of them go first, and
    everything else is left for bulk.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._spent = dict.fromkeys(Priority, 0.0)

    def awake(self, priority: Priority) -> None:
        """Something waits again: what was not used meanwhile is not made up for."""
        self._spent[priority] = max(self._spent[priority], self._now)

    def next(self, waiting: Iterable[Priority]) -> Priority:
        """Whose turn it is, among those of which something waits."""
        spent, priority = min((self._spent[each], each) for each in waiting)
        self._now = spent
        return priority

    def charge(self, priority: Priority, tokens: int) -> None:
        """So many tokens of this priority have left for a worker."""
        self._spent[priority] += max(1, tokens) / SHARES[priority]
