"""Who goes next, without threads."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine import DecodingOptions
from ai_translate.engine.lane import Entry
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.turn import ANYTIME, Priority, Turn
from ai_translate.engine.waiting import WaitingRoom

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
    turn: Turn = ANYTIME,
) -> Ticket[str]:
    ticket: Ticket[str] = Ticket(len(items), deadline)
    room.add(items, options, ticket, turn)
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
    lane = room._lanes[OPTIONS[0]]
    rest = lane._rest[Priority.INTERACTIVE]
    for _ in range(10):
        before = len(rest) + len(lane.window)
        batch = room.take(32, NOW).batch
        assert batch is not None
        assert len(rest) + len(lane.window) == before - len(batch.entries)
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


def bulk(caller: str = "") -> Turn:
    return Turn(priority=Priority.BULK, caller=caller)


def drained(room: WaitingRoom[str], budget: int, batches: int) -> list[str]:
    """The first token of each sentence, in the order in which batches take them."""
    left = []
    for _ in range(batches):
        batch = room.take(budget, NOW).batch
        assert batch is not None
        left += [entry.tokens[0] for entry in batch.entries]
        leave(room, list(batch.entries))
    return left


def test_interactive_sentence_leaves_with_the_next_batch_whatever_bulk_waits() -> None:
    """A hundred thousand sentences that nobody waits for keep nobody back who does."""
    room: WaitingRoom[str] = WaitingRoom(8)
    admit(room, [sentence(i, 3) for i in range(100_000)], turn=bulk())
    drained(room, 24, 5)
    admit(room, [("now", "x", "x")])
    assert "now" in drained(room, 24, 1)


def test_interactive_sentence_leaves_next_though_the_window_is_full_of_bulk() -> None:
    """Also where the candidates of other options were never drawn from."""
    room: WaitingRoom[str] = WaitingRoom(2)
    admit(room, [sentence(i, 3) for i in range(4)], turn=bulk())
    first = room.take(1, NOW).batch
    assert first is not None
    lane = room._lanes[OPTIONS[0]]
    lane.window += lane.draw(Priority.BULK, 2)
    admit(room, [("now",)])
    assert drained(room, 1, 1) == ["now"]


def test_each_priority_has_its_share_of_tokens_while_both_wait() -> None:
    """Interactive sentences get four fifths, and bulk is not kept waiting for ever."""
    room: WaitingRoom[str] = WaitingRoom(4)
    admit(room, [("i", str(n)) for n in range(1_000)])
    admit(room, [("b", str(n)) for n in range(1_000)], turn=bulk())
    left = drained(room, 2, 500)
    assert 395 <= left.count("i") <= 405


def test_what_a_priority_did_not_use_is_not_made_up_for() -> None:
    """After an hour of interactive sentences alone, bulk gets its share and no more."""
    room: WaitingRoom[str] = WaitingRoom(4)
    admit(room, [("i", str(n)) for n in range(1_000)])
    drained(room, 2, 500)
    admit(room, [("b", str(n)) for n in range(500)], turn=bulk())
    assert 75 <= drained(room, 2, 400).count("b") <= 85


@given(
    crowds=st.lists(st.integers(1, 200), min_size=2, max_size=6),
    lengths=st.integers(1, 9),
)
def test_callers_get_equal_parts_while_they_wait(crowds: list[int], lengths: int) -> None:
    """Whoever sent first or most, the tokens that callers have got differ by one sentence."""
    room: WaitingRoom[str] = WaitingRoom(1)
    for caller, crowd in enumerate(crowds):
        items = [(str(caller), str(n), *["x"] * lengths) for n in range(crowd)]
        admit(room, items, turn=Turn(caller=str(caller)))
    got = dict.fromkeys(range(len(crowds)), 0)
    while all(got[caller] < crowd for caller, crowd in enumerate(crowds)):
        for caller in map(int, drained(room, 1, 1)):
            got[caller] += 1
    assert max(got.values()) - min(got.values()) <= 1


def test_newcomer_waits_for_one_sentence_of_each_of_the_others() -> None:
    """A thousand sentences of one caller do not stand before the one of another."""
    room: WaitingRoom[str] = WaitingRoom(1)
    admit(room, [sentence(i, 5) for i in range(1_000)], turn=Turn(caller="a"))
    drained(room, 5, 10)
    admit(room, [("late", "x")], turn=Turn(caller="b"))
    assert "late" in drained(room, 5, 2)


def test_sentence_that_waits_far_behind_is_not_joined_by_who_goes_sooner() -> None:
    """What bulk has queued, and what stands at the end of another's queue, is decoded sooner."""
    room: WaitingRoom[str] = WaitingRoom(1)
    items: list[Tokens] = [("a", str(n)) for n in range(100)]
    far = admit(room, items, turn=bulk("a"))
    admit(room, [items[-1]])
    assert room.entries == 101
    admit(room, [items[-2]], turn=bulk("b"))
    assert room.entries == 102
    near = admit(room, [items[0]], turn=bulk("b"))
    assert room.entries == 102
    first = room.take(2, NOW).batch
    assert first is not None
    assert [entry.tokens for entry in first.entries] == [items[-1]]
    second = room.take(2, NOW).batch
    assert second is not None
    assert [ticket for ticket, _ in second.entries[0].waiters] == [far, near]
    leave(room, [*first.entries, *second.entries])
    drained(room, 2, 100)
    assert not room._lanes


def test_callers_of_whom_nothing_waits_are_forgotten() -> None:
    """Ten thousand addresses that come once leave nothing behind."""
    room: WaitingRoom[str] = WaitingRoom(4)
    for number in range(10_000):
        admit(room, [(str(number),)], turn=Turn(caller=str(number)))
        if number % 2:
            drained(room, 8, 1)
    assert room.entries == 0
    for callers in room._callers.values():
        assert not callers._next
        assert not callers._waiting
    assert sum(map(len, room._order.values())) < 10
