"""Who waits for a worker, and who goes next.

A plain data structure: its owner holds a lock around every call.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from operator import attrgetter
from typing import Generic, TypeVar

from ai_translate.engine.protocol import DecodingOptions
from ai_translate.engine.ticket import Ticket
from ai_translate.errors import DeadlineExceeded

__all__ = ["Batch", "Entry", "Taken", "WaitingRoom"]

R = TypeVar("R")
Tokens = tuple[str, ...]

_arrival = attrgetter("arrival")
_length = attrgetter("length")


class Entry(Generic[R]):
    """One sentence to decode, and everyone who waits for it, as ticket and place therein."""

    __slots__ = ("arrival", "lane", "length", "settled", "tokens", "waiters")

    def __init__(self, tokens: Tokens, arrival: int, lane: _Lane[R]) -> None:
        self.tokens = tokens
        self.length = len(tokens)
        self.arrival = arrival
        self.lane = lane
        self.waiters: list[tuple[Ticket[R], int]] = []
        self.settled = False


class _Lane(Generic[R]):
    """Entries with the same options: only these can share a batch.

    Attributes:
        options: What they share.
        window: The oldest entries, sorted by length: the candidates.
        rest: All others, oldest first; each is younger than any in the window.
        in_flight: Every entry that is queued or being decoded.
    """

    __slots__ = ("in_flight", "options", "rest", "window")

    def __init__(self, options: DecodingOptions) -> None:
        self.options = options
        self.window: list[Entry[R]] = []
        self.rest: deque[Entry[R]] = deque()
        self.in_flight: dict[Tokens, Entry[R]] = {}

    def oldest(self) -> Entry[R] | None:
        """The entry that waits longest."""
        if self.window:
            return min(self.window, key=_arrival)
        return self.rest[0] if self.rest else None


@dataclass(frozen=True, slots=True)
class Batch(Generic[R]):
    """What one worker decodes at once."""

    options: DecodingOptions
    entries: Sequence[Entry[R]]

    @property
    def tokens(self) -> int:
        """Its tokens, without padding."""
        return sum(entry.length for entry in self.entries)

    @property
    def padded_tokens(self) -> int:
        """Its tokens when every sentence is as long as the longest."""
        return len(self.entries) * max(entry.length for entry in self.entries)


@dataclass(slots=True)
class Taken(Generic[R]):
    """What a visit to the waiting room brought.

    Attributes:
        batch: What to decode. None if all that was looked at had been given up by its callers:
            ask again. So work under the lock is bounded by the window, not by how many left.
        complete: Tickets that got their last answer, to be delivered.
        expired: How many callers' items were over their deadline.
        abandoned: How many entries nobody waited for any more.
    """

    batch: Batch[R] | None = None
    complete: list[Ticket[R]] = field(default_factory=list)
    expired: int = 0
    abandoned: int = 0


class WaitingRoom(Generic[R]):
    """The queue of one model.

    The next batch holds the oldest entry of all, so an entry with k older ones before it leaves
    with the (k + 1)th batch at the latest, whatever arrives after it. Around the oldest entry
    the batch takes neighbours in length among the `window` oldest with the same options: the
    run with most tokens whose padded size stays within the budget. Taking is
    O(window + log(different options)), adding is O(1) for each item.

    Args:
        window: How many entries with the same options are candidates for a batch.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._lanes: dict[DecodingOptions, _Lane[R]] = {}
        # One (arrival of the oldest entry, lane) for each lane in which somebody waits; arrivals
        # are unique, so lanes are never compared.
        self._order: list[tuple[int, _Lane[R]]] = []
        self._arrivals = itertools.count()
        self.entries = 0
        self.tokens = 0

    def add(self, items: Iterable[Tokens], options: DecodingOptions, ticket: Ticket[R]) -> int:
        """Lets items in. One that is already in flight is joined. Returns how many are new."""
        lane = self._lanes.get(options)
        if lane is None:
            lane = self._lanes[options] = _Lane(options)
        empty = not lane.window and not lane.rest
        before = self.entries
        in_flight, rest = lane.in_flight, lane.rest
        for index, tokens in enumerate(items):
            entry = in_flight.get(tokens)
            if entry is None:
                entry = in_flight[tokens] = Entry(tokens, next(self._arrivals), lane)
                rest.append(entry)
                self.entries += 1
                self.tokens += entry.length
            entry.waiters.append((ticket, index))
        if empty and rest:
            heappush(self._order, (rest[0].arrival, lane))
        return self.entries - before

    def take(self, budget: int, now: float) -> Taken[R]:
        """The next batch. Somebody must wait.

        Args:
            budget: Most padded tokens; an entry that is longer goes alone.
            now: Seconds of `time.monotonic()`: callers with an earlier deadline are answered.
        """
        arrival, lane = self._order[0]
        taken: Taken[R] = Taken()
        room = min(self._window - len(lane.window), len(lane.rest))
        newcomers = [lane.rest.popleft() for _ in range(room)]
        lane.window += self._still_wanted(newcomers, now, taken)
        oldest = lane.oldest()
        if oldest is not None and oldest.arrival == arrival:
            # Mostly sorted from the last time, for which Python's sort is nearly linear.
            lane.window.sort(key=_length)
            lengths = [entry.length for entry in lane.window]
            run = _best_run(lengths, lane.window.index(oldest), budget)
            chosen = self._still_wanted(lane.window[run], now, taken)
            del lane.window[run]
            if chosen:
                taken.batch = Batch(lane.options, chosen)
                self.entries -= len(chosen)
                self.tokens -= taken.batch.tokens
            oldest = lane.oldest()
        if oldest is None:
            heappop(self._order)
        else:
            heapreplace(self._order, (oldest.arrival, lane))
        return taken

    def settle(self, entry: Entry[R]) -> list[tuple[Ticket[R], int]]:
        """Ends an entry's flight, so that nobody can join it, and names who waits for it."""
        entry.settled = True
        lane = entry.lane
        del lane.in_flight[entry.tokens]
        if not lane.in_flight:
            del self._lanes[lane.options]
        return entry.waiters

    def clear(self) -> list[Entry[R]]:
        """Puts everyone out; the entries are still to be settled."""
        entries = [
            entry for _, lane in self._order for entry in itertools.chain(lane.window, lane.rest)
        ]
        for _, lane in self._order:
            lane.window.clear()
            lane.rest.clear()
        self._order.clear()
        self.entries = self.tokens = 0
        return entries

    def _still_wanted(
        self, entries: Iterable[Entry[R]], now: float, taken: Taken[R]
    ) -> list[Entry[R]]:
        """Entries for which somebody waits; callers who left or are out of time are struck out.

        Called when an entry becomes a candidate and when it is chosen, so twice for each.
        """
        wanted: list[Entry[R]] = []
        for entry in entries:
            staying = []
            for waiter in entry.waiters:
                ticket, index = waiter
                if not ticket.left and now < ticket.deadline:
                    staying.append(waiter)
                    continue
                error = None if ticket.left else _late(now - ticket.deadline)
                taken.expired += error is not None
                if ticket.answer(index, error):
                    taken.complete.append(ticket)
            entry.waiters = staying
            if staying:
                wanted.append(entry)
            else:
                self.settle(entry)
                self.entries -= 1
                self.tokens -= entry.length
                taken.abandoned += 1
        return wanted


def _best_run(lengths: Sequence[int], anchor: int, budget: int) -> slice:
    """The run of ascending lengths with most tokens that holds `anchor` and fits when padded.

    The anchor alone if it does not fit the budget.
    """
    if len(lengths) * lengths[-1] <= budget:
        return slice(0, len(lengths))
    sums = [0, *itertools.accumulate(lengths)]
    best, best_tokens = slice(anchor, anchor + 1), 0
    for last in range(anchor, len(lengths)):
        first = max(0, last + 1 - budget // max(1, lengths[last]))
        if first > anchor:
            break
        tokens = sums[last + 1] - sums[first]
        if tokens > best_tokens:
            best, best_tokens = slice(first, last + 1), tokens
    return best


def _late(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"The sentence still waited for a worker {seconds:.3f} s after its deadline.",
        hint="Allow more time, or try again when less is waiting.",
    )
