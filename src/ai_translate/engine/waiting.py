"""Who waits for a worker, and who goes next.

A plain data structure: its owner holds a lock around every call.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from operator import attrgetter
from typing import Generic, TypeVar

from ai_translate.engine.fairness import Callers, Place, Shares
from ai_translate.engine.lane import Batch, Entry, Lane, Tokens
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.turn import ANYTIME, Priority, Turn
from ai_translate.errors import DeadlineExceeded

__all__ = ["Taken", "WaitingRoom"]

R = TypeVar("R")

_length = attrgetter("length")


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

    `Shares` tells which priority goes next, and `Callers` whose entry of it: that one is in the
    next batch. Of one caller and one priority it is the oldest, so an entry with k older ones
    before it leaves with the (k + 1)th batch at the latest, whatever arrives after it. Around
    it the batch takes neighbours in length, of any priority, among the `window` first with the
    same options: the run with most tokens whose padded size stays within the budget. Taking is
    O(window + log(entries)), adding is O(log(entries)) for each item.

    Args:
        window: How many entries with the same options are candidates for a batch.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._lanes: dict[DecodingOptions, Lane[R]] = {}
        self._shares = Shares()
        self._callers = {priority: Callers() for priority in Priority}
        # For each priority the lanes, by who stands first in them. A lane that has got another
        # first is put in once more; `known` tells which of its places counts.
        self._order: dict[Priority, list[tuple[Place, int, Lane[R]]]] = {p: [] for p in Priority}
        self._numbers = itertools.count()
        self._waiting: dict[Priority, int] = {}
        self._tokens = dict.fromkeys(Priority, 0)

    @property
    def entries(self) -> int:
        """How many wait."""
        return sum(self._waiting.values())

    @property
    def tokens(self) -> int:
        """Their tokens."""
        return sum(self._tokens.values())

    def tokens_of(self, priority: Priority) -> int:
        """Tokens of those that wait with this priority."""
        return self._tokens[priority]

    def add(
        self,
        items: Iterable[Tokens],
        options: DecodingOptions,
        ticket: Ticket[R],
        turn: Turn = ANYTIME,
    ) -> int:
        """Lets items in. One that is already in flight is joined. Returns how many are new.

        An entry that would leave later than a new one is not joined.
        """
        lane = self._lanes.get(options)
        if lane is None:
            lane = self._lanes[options] = Lane(options)
        priority, caller = turn.priority, turn.caller
        callers = self._callers[priority]
        new = 0
        for index, tokens in enumerate(items):
            entry = lane.in_flight.get(tokens)
            if entry is None or not (
                entry.chosen
                or entry.priority < priority
                or (entry.priority is priority and entry.place[0] <= callers.start(caller))
            ):
                place = callers.arrive(caller, len(tokens))
                entry = lane.in_flight[tokens] = Entry(tokens, place, lane, priority, caller)
                lane.add(entry)
                lane.flying += 1
                new += 1
                self._tokens[priority] += entry.length
                known = lane.known[priority]
                if known is None or place < known:
                    self._stands(lane, priority, place)
            entry.waiters.append((ticket, index))
        if new:
            if priority not in self._waiting:
                self._shares.awake(priority)
            self._waiting[priority] = self._waiting.get(priority, 0) + new
        return new

    def take(self, budget: int, now: float) -> Taken[R]:
        """The next batch. Somebody must wait.

        Args:
            budget: Most padded tokens; an entry that is longer goes alone.
            now: Seconds of `time.monotonic()`: callers with an earlier deadline are answered.
        """
        priority = self._shares.next(self._waiting)
        lane = self._first_lane(priority)
        first = lane.first(priority)
        taken: Taken[R] = Taken()
        lane.window += self._still_wanted(lane.draw(priority, self._window), now, taken)
        if first is not None and first is lane.first(priority):
            self._callers[priority].reach(first.place)
            # Mostly sorted from the last time, for which Python's sort is nearly linear.
            lane.window.sort(key=_length)
            lengths = [entry.length for entry in lane.window]
            run = _best_run(lengths, lane.window.index(first), budget)
            chosen = self._still_wanted(lane.window[run], now, taken)
            del lane.window[run]
            for entry in chosen:
                entry.chosen = True
                self._shares.charge(entry.priority, entry.length)
                self._leaves(entry)
            if chosen:
                taken.batch = Batch(lane.options, chosen)
        for each in Priority:
            after = lane.first(each)
            place = None if after is None else after.place
            if lane.known[each] != place:
                self._stands(lane, each, place)
        return taken

    def settle(self, entry: Entry[R]) -> list[tuple[Ticket[R], int]]:
        """Ends an entry's flight, so that nobody can join it, and names who waits for it."""
        entry.settled = True
        lane = entry.lane
        lane.flying -= 1
        if lane.in_flight.get(entry.tokens) is entry:
            del lane.in_flight[entry.tokens]
        if not lane.flying:
            del self._lanes[lane.options]
        return entry.waiters

    def clear(self) -> list[Entry[R]]:
        """Puts everyone out; the entries are still to be settled."""
        entries = [entry for lane in self._lanes.values() for entry in lane.clear()]
        for entry in entries:
            self._leaves(entry)
        for priority, order in self._order.items():
            for _, _, lane in order:
                lane.known[priority] = None
            order.clear()
        return entries

    def _stands(self, lane: Lane[R], priority: Priority, place: Place | None) -> None:
        """Puts a lane where its first entry of a priority stands; None if it has none."""
        lane.known[priority] = place
        if place is not None:
            heappush(self._order[priority], (place, next(self._numbers), lane))

    def _first_lane(self, priority: Priority) -> Lane[R]:
        """The lane of whoever goes next; somebody of this priority waits."""
        order = self._order[priority]
        while True:
            place, _, lane = order[0]
            if lane.known[priority] == place:
                return lane
            heappop(order)

    def _leaves(self, entry: Entry[R]) -> None:
        """An entry waits no more."""
        priority = entry.priority
        self._callers[priority].leave(entry.caller)
        self._tokens[priority] -= entry.length
        left = self._waiting[priority] - 1
        if left:
            self._waiting[priority] = left
        else:
            del self._waiting[priority]

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
                self._leaves(entry)
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
