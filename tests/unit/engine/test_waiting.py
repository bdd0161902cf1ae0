"""Who goes next, without threads."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine import DecodingOptions
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.waiting import Entry, WaitingRoom

OPTIONS = [DecodingOptions(beam_size=beam) for beam in (1, 2, 3)]
NOW = 100.0

Tokens = tuple[str, ...]


def sentence(number: int, length: int) -> Tokens:
    """A sentence unlike all others of this length."""
    return (str(number), *["x"] * (length - 1))


def admit(
    room: WaitingRoom[str],
    items: list[Tokens],
    options: DecodingOptions = OPTIONS[0],
    deadline: float = math.inf,
) -> Ticket[str]:
    ticket: Ticket[str] = Ticket(len(items), deadline)
    room.add(items, options, ticket)
    return ticket


def leave(room: WaitingRoom[str], entries: list[Entry[str]]) -> None:
    for entry in entries:
        room.settle(entry)


@given(
    arrivals=st.lists(
        st.lists(st.tuples(st.integers(1, 30), st.sampled_from(OPTIONS)), max_size=12),
        max_size=12,
    ),
    budget=st.integers(1, 60),
    window=st.integers(1, 10),
)
def test_every_batch_holds_the_oldest_within_the_budget_and_one_set_of_options(
    arrivals: list[list[tuple[int, DecodingOptions]]], budget: int, window: int
) -> None:
    """Whatever arrives, batches are legal, the oldest leaves first, and each leaves once."""
    room: WaitingRoom[str] = WaitingRoom(window)
    waiting: list[tuple[Tokens, DecodingOptions]] = []
    number = 0

    def take_one() -> None:
        batch = room.take(budget, NOW).batch
        assert batch is not None
        taken = [(entry.tokens, batch.options) for entry in batch.entries]
        assert waiting[0] in taken
        assert len(set(taken)) == len(taken)
        for item in taken:
            waiting.remove(item)
        padded = len(taken) * max(len(tokens) for tokens, _ in taken)
        assert padded <= budget or len(taken) == 1
        assert len(taken) <= window
        assert (batch.padded_tokens, batch.tokens) == (padded, sum(len(t) for t, _ in taken))
        assert (room.entries, room.tokens) == (len(waiting), sum(len(t) for t, _ in waiting))
        leave(room, list(batch.entries))

    for arriving in arrivals:
        for length, options in arriving:
            number += 1
            admit(room, [sentence(number, length)], options)
            waiting.append((sentence(number, length), options))
        if waiting:
            take_one()
    while waiting:
        take_one()
    assert (room.entries, room.tokens) == (0, 0)


def test_batch_takes_neighbours_in_length_around_the_oldest() -> None:
    """Of the candidates, those leave with the oldest that need the least padding."""
    room: WaitingRoom[str] = WaitingRoom(16)
    items = [sentence(i, length) for i, length in enumerate((9, 2, 30, 10, 3, 8, 2, 31))]
    admit(room, items)
    batch = room.take(30, NOW).batch
    assert batch is not None
    assert sorted(entry.length for entry in batch.entries) == [8, 9, 10]


def test_everything_that_fits_leaves_together() -> None:
    """While all that waits fits into one batch, padding keeps nobody back."""
    room: WaitingRoom[str] = WaitingRoom(16)
    admit(room, [sentence(i, length) for i, length in enumerate((1, 20, 3))])
    batch = room.take(60, NOW).batch
    assert batch is not None
    assert len(batch.entries) == 3


def test_empty_sentence_is_an_item_like_others() -> None:
    """A sentence of no tokens is batched and not divided by."""
    room: WaitingRoom[str] = WaitingRoom(16)
    admit(room, [()])
    batch = room.take(8, NOW).batch
    assert batch is not None
    assert [entry.tokens for entry in batch.entries] == [()]


def test_a_long_queue_is_not_gone_through() -> None:
    """With 100,000 waiting, a batch looks at no more entries than the window has room for."""
    room: WaitingRoom[str] = WaitingRoom(64)
    admit(room, [sentence(i, 1 + i % 7) for i in range(100_000)])
    lane = room._order[0][1]
    for _ in range(10):
        before = len(lane.rest) + len(lane.window)
        batch = room.take(32, NOW).batch
        assert batch is not None
        assert len(lane.rest) + len(lane.window) == before - len(batch.entries)
        assert len(lane.window) + len(batch.entries) == 64


def test_a_crowd_that_left_is_cleared_in_bounded_steps() -> None:
    """With 10,000 abandoned entries, one visit strikes out at most two windows of them."""
    room: WaitingRoom[str] = WaitingRoom(64)
    crowd = admit(room, [sentence(i, 3) for i in range(10_000)])
    admit(room, [sentence(-1, 3)])
    crowd.cancel()
    visits = 0
    complete = []
    while True:
        taken = room.take(32, NOW)
        visits += 1
        complete += taken.complete
        assert taken.abandoned <= 128
        if taken.batch is not None:
            break
    assert [entry.tokens for entry in taken.batch.entries] == [sentence(-1, 3)]
    assert 10_000 / 128 <= visits <= 10_000 / 32
    assert complete == [crowd]
    assert (room.entries, room.tokens) == (0, 0)


def test_many_different_options_are_served_in_order_of_arrival() -> None:
    """A thousand callers with a thousand settings leave one after the other, oldest first."""
    room: WaitingRoom[str] = WaitingRoom(8)
    settings = [DecodingOptions(max_target_tokens=n) for n in range(1, 1001)]
    for options in settings:
        admit(room, [("x",)], options)
    left = []
    while room.entries:
        batch = room.take(8, NOW).batch
        assert batch is not None
        left.append(batch.options)
        leave(room, list(batch.entries))
    assert left == settings
    assert not room._lanes


def test_an_expired_head_gives_way_to_the_next_oldest_of_all() -> None:
    """If the oldest entry is over its deadline, an older one with other options goes first."""
    room: WaitingRoom[str] = WaitingRoom(1)
    late = admit(room, [("late",)], OPTIONS[0], deadline=NOW)
    admit(room, [("second",)], OPTIONS[1])
    admit(room, [("third",)], OPTIONS[0])
    first = room.take(8, NOW)
    assert (first.batch, first.complete, first.expired) == (None, [late], 1)
    for expected in ("second", "third"):
        batch = room.take(8, NOW).batch
        assert batch is not None
        assert [entry.tokens for entry in batch.entries] == [(expected,)]


def test_joining_makes_no_new_entry_until_the_first_has_landed() -> None:
    """Equal tokens with equal options share an entry, also while it is decoded, not after."""
    room: WaitingRoom[str] = WaitingRoom(8)
    tickets = [admit(room, [("a",), ("b",), ("a",)]), admit(room, [("b",)])]
    assert room.entries == 2
    batch = room.take(8, NOW).batch
    assert batch is not None
    tickets.append(admit(room, [("a",)]))
    assert room.entries == 0
    waiting = {entry.tokens: room.settle(entry) for entry in batch.entries}
    assert waiting[("a",)] == [(tickets[0], 0), (tickets[0], 2), (tickets[2], 0)]
    assert waiting[("b",)] == [(tickets[0], 1), (tickets[1], 0)]
    admit(room, [("a",)])
    assert room.entries == 1
