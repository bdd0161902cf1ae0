"""Sentences that may share a batch, since they are decoded in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from operator import attrgetter
from typing import Generic, TypeVar

from ai_translate.engine.fairness import Place
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.turn import Priority

__all__ = ["Batch", "Entry", "Lane", "Tokens"]

R = TypeVar("R")
Tokens = tuple[str, ...]

_place = attrgetter("place")


class Entry(Generic[R]):
    """One sentence to decode, and everyone who waits for it, as ticket and place therein.

    Attributes:
        place: Where it stands among those of its priority.
        chosen: Whether a worker has taken it.
        settled: Whether it has its answer.
    """

    __slots__ = (
        "caller",
        "chosen",
        "lane",
        "length",
        "place",
        "priority",
        "settled",
        "tokens",
        "waiters",
    )

    def __init__(
        self, tokens: Tokens, place: Place, lane: Lane[R], priority: Priority, caller: str
    ) -> None:
        self.tokens = tokens
        self.length = len(tokens)
        self.place = place
        self.lane = lane
        self.priority = priority
        self.caller = caller
        self.waiters: list[tuple[Ticket[R], int]] = []
        self.chosen = False
        self.settled = False


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


class Lane(Generic[R]):
    """Entries with the same options: only these can share a batch.

    Attributes:
        options: What they share.
        window: Those that stand first, sorted by length: the candidates for the next batch.
        in_flight: The entry to join for tokens that are queued or being decoded.
        flying: How many entries are queued or being decoded.
        known: For each priority, the place under which the lane stands in its order.
    """

    __slots__ = ("_rest", "flying", "in_flight", "known", "options", "window")

    def __init__(self, options: DecodingOptions) -> None:
        self.options = options
        self.window: list[Entry[R]] = []
        self.in_flight: dict[Tokens, Entry[R]] = {}
        self.flying = 0
        self.known: dict[Priority, Place | None] = dict.fromkeys(Priority)
        # Heaps of all that are not in the window.
        self._rest: dict[Priority, list[tuple[Place, Entry[R]]]] = {p: [] for p in Priority}

    def add(self, entry: Entry[R]) -> None:
        """Lets one in that waits for room in the window."""
        heappush(self._rest[entry.priority], (entry.place, entry))

    def first(self, priority: Priority) -> Entry[R] | None:
        """Who of this priority goes next."""
        rest = self._rest[priority]
        first = min(
            (entry for entry in self.window if entry.priority is priority),
            key=_place,
            default=None,
        )
        if rest and (first is None or rest[0][0] < first.place):
            return rest[0][1]
        return first

    def draw(self, priority: Priority, most: int) -> list[Entry[R]]:
        """Takes those out of the rest for which the window has room, this priority first.

        Who of this priority goes next is in the window then, whether it had room or not.
        """
        room = most - len(self.window)
        rest = self._rest[priority]
        drawn = [heappop(rest)[1] for _ in range(min(room, len(rest)))]
        if rest and not drawn and rest[0][1] is self.first(priority):
            drawn.append(heappop(rest)[1])
        for other, more in self._rest.items():
            if other is not priority:
                left = max(0, room - len(drawn))
                drawn += [heappop(more)[1] for _ in range(min(left, len(more)))]
        return drawn

    def clear(self) -> list[Entry[R]]:
        """Puts everyone out who waits."""
        entries = self.window + [entry for rest in self._rest.values() for _, entry in rest]
        self.window.clear()
        for rest in self._rest.values():
            rest.clear()
        return entries
