"""The batcher: first with a decoder that the test answers by hand, then with the real model."""

from __future__ import annotations

import asyncio
import math
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from pathlib import Path

import ctranslate2
import pytest

from ai_translate.engine import DecodingOptions
from ai_translate.engine.batcher import Batcher
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.errors import DeadlineExceeded, EngineFailure, NotReady, ServiceError
from support.manual_decode import PATIENCE, Call, ManualDecode, Tokens, translated
from support.starter import starter_artifact

OPTIONS = DecodingOptions()
OTHER = DecodingOptions(beam_size=4)
LONG_AGO = -1.0
SENTENCES = (
    (Path(__file__).parents[2] / "data/sentences.en.txt").read_text(encoding="utf-8").splitlines()
)

A, B, C, D = ("a",), ("b",), ("c",), ("d",)

Open = Callable[..., Batcher[str]]


def batcher_threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"batcher-{name}"]


@pytest.fixture
def decode() -> ManualDecode:
    return ManualDecode()


@pytest.fixture
def open_batcher(decode: ManualDecode, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Makes batchers around the manual decoder; they must be idle at the end."""
    made: list[Batcher[str]] = []

    def make(*, workers: int = 1, batch_tokens: int = 64, window: int = 0) -> Batcher[str]:
        made.append(
            Batcher(
                decode,
                workers=workers,
                batch_tokens=batch_tokens,
                window=window,
                name=request.node.name,
            )
        )
        return made[-1]

    yield make
    assert decode.idle
    for batcher in made:
        batcher.close()
    assert not batcher_threads(request.node.name)


def occupied(batcher: Batcher[str], decode: ManualDecode, *items: Tokens) -> Call:
    """The only worker is busy with these items."""
    batcher.submit(items or [("busy",)], OPTIONS)
    return decode.next()


def outcome(error: str | ServiceError) -> str | type:
    """A result, or the class of an error."""
    return error if isinstance(error, str) else type(error)


def test_idle_worker_takes_a_single_item_at_once(open_batcher: Open, decode: ManualDecode) -> None:
    """A batch of one leaves when a worker is free; it waits for no company and no timer."""
    ticket = open_batcher().submit([A], OPTIONS)
    call = decode.next()
    assert (call.items, call.options) == ([A], OPTIONS)
    assert not ticket.done()
    call.answer()
    assert ticket.result(PATIENCE) == ["A"]


def test_what_waited_leaves_together_when_the_worker_is_free(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Items of several callers share a batch, and each caller gets its own results in order."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    tickets = [batcher.submit([A, B], OPTIONS), batcher.submit([C], OPTIONS)]
    assert decode.idle
    busy.answer()
    call = decode.next()
    assert sorted(call.items) == [A, B, C]
    call.answer()
    assert [ticket.result(PATIENCE) for ticket in tickets] == [["A", "B"], ["C"]]


def test_workers_decode_at_the_same_time(open_batcher: Open, decode: ManualDecode) -> None:
    """While one worker is busy another takes what comes, and no third batch is started."""
    batcher = open_batcher(workers=2)
    first = batcher.submit([A], OPTIONS)
    one = decode.next()
    second = batcher.submit([B], OPTIONS)
    two = decode.next()
    third = batcher.submit([C], OPTIONS)
    assert one.thread is not two.thread
    assert batcher.stats().running == 2
    two.answer()
    assert second.result(PATIENCE) == ["B"]
    three = decode.next()
    assert (three.items, three.thread) == ([C], two.thread)
    three.answer()
    one.answer()
    assert (first.result(PATIENCE), third.result(PATIENCE)) == (["A"], ["C"])


def test_one_request_wakes_as_many_workers_as_it_has_batches(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Nobody sleeps while a request that is more than one batch waits."""
    batcher = open_batcher(workers=3, batch_tokens=1)
    for _ in range(20):
        ticket = batcher.submit([A, B, C], OPTIONS)
        calls = [decode.next() for _ in range(3)]
        assert len({call.thread for call in calls}) == 3
        for call in calls:
            call.answer()
        assert ticket.result(PATIENCE) == ["A", "B", "C"]


def test_nothing_is_prepared_ahead(open_batcher: Open, decode: ManualDecode) -> None:
    """A batch is built when a worker is free, so what came while it was busy is still in time."""
    batcher = open_batcher(batch_tokens=6)
    busy = occupied(batcher, decode)
    batcher.submit([("long",) * 6, A], OPTIONS)
    batcher.submit([B], OPTIONS)
    busy.answer()
    first = decode.next()
    late = batcher.submit([C], OPTIONS)
    first.answer()
    second = decode.next()
    assert second.items == [A, B, C]
    second.answer()
    assert late.result(PATIENCE) == ["C"]


def test_batches_stay_within_the_budget_of_padded_tokens(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Count times longest is within the budget; one longer than all of it goes alone."""
    batcher = open_batcher(batch_tokens=12)
    busy = occupied(batcher, decode)
    items = [(str(i), *["x"] * (i % 5)) for i in range(30)] + [("huge", *["x"] * 40)]
    ticket = batcher.submit(items, OPTIONS)
    busy.answer()
    seen: list[Tokens] = []
    while len(seen) < len(items):
        call = decode.next()
        assert len(call.items) * max(map(len, call.items)) <= 12 or len(call.items) == 1
        seen += call.items
        call.answer()
    assert sorted(seen) == sorted(items)
    assert ticket.result(PATIENCE) == [translated(item) for item in items]


def test_a_batch_has_one_set_of_options(open_batcher: Open, decode: ManualDecode) -> None:
    """Items with other options wait for a batch of their own, in order of arrival."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    batcher.submit([A], OPTIONS)
    batcher.submit([B], OTHER)
    batcher.submit([C], OPTIONS)
    busy.answer()
    calls = []
    for _ in range(2):
        calls.append(decode.next())
        calls[-1].answer()
    assert [(call.options, call.items) for call in calls] == [(OPTIONS, [A, C]), (OTHER, [B])]


def test_a_steady_stream_of_short_items_starves_nobody(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """A long item and one with other options leave no later than their places in the queue say.

    Short ones, which fit together better, never cease to arrive.
    """
    batcher = open_batcher(batch_tokens=8, window=16)
    call = occupied(batcher, decode)
    stream = iter(range(10_000))

    def short() -> list[Tokens]:
        return [(f"{next(stream)}",) for _ in range(12)]

    batcher.submit(short(), OPTIONS)
    long = ("long", *["x"] * 7)
    batcher.submit([long], OPTIONS)
    batcher.submit([A], OTHER)
    older = 12
    batches: list[tuple[list[Tokens], DecodingOptions]] = []
    while not {(long, OPTIONS), (A, OTHER)} <= {(i, o) for items, o in batches for i in items}:
        batcher.submit(short(), OPTIONS)
        call.answer()
        call = decode.next()
        batches.append((call.items, call.options))
        assert len(batches) <= older + 2
    assert ([long], OPTIONS) in batches
    assert ([A], OTHER) in batches
    assert batcher.stats().queued_items > 0
    while batcher.stats().queued_items:
        call.answer()
        call = decode.next()
    call.answer()


def test_equal_items_in_flight_are_decoded_once(open_batcher: Open, decode: ManualDecode) -> None:
    """Whether the first is queued or being decoded, all who ask for the same get its result."""
    batcher = open_batcher()
    running = batcher.submit([A, A], OPTIONS)
    call = decode.next()
    joined = batcher.submit([B, A], OPTIONS)
    queued = batcher.submit([B], OPTIONS)
    assert batcher.stats().queued_items == 1
    assert batcher.stats().joined == 3
    call.answer()
    following = decode.next()
    following.answer()
    assert (call.items, following.items) == ([A], [B])
    results = [ticket.result(PATIENCE) for ticket in (running, joined, queued)]
    assert results == [["A", "A"], ["B", "A"], ["B"]]


def test_equal_tokens_with_other_options_are_another_item(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """A translation found with other options is nobody else's."""
    batcher = open_batcher(workers=2)
    tickets = [batcher.submit([A], options) for options in (OPTIONS, OTHER)]
    calls = [decode.next(), decode.next()]
    assert {call.options for call in calls} == {OPTIONS, OTHER}
    for call in calls:
        call.answer()
    assert [ticket.result(PATIENCE) for ticket in tickets] == [["A"], ["A"]]
    assert batcher.stats().joined == 0


def test_results_are_not_kept(open_batcher: Open, decode: ManualDecode) -> None:
    """What has landed is decoded anew: to remember is the cache's task."""
    batcher = open_batcher()
    for _ in range(2):
        ticket = batcher.submit([A], OPTIONS)
        decode.next().answer()
        assert ticket.result(PATIENCE) == ["A"]
    assert batcher.stats().batches == 2


def test_callers_that_left_are_skipped(open_batcher: Open, decode: ManualDecode) -> None:
    """A cancelled ticket's items are not decoded, except where somebody else waits for them."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    leaving = batcher.submit([A, B], OPTIONS)
    staying = batcher.submit([B, C], OPTIONS)
    assert leaving.cancel()
    busy.answer()
    call = decode.next()
    assert call.items == [B, C]
    call.answer()
    assert staying.result(PATIENCE) == ["B", "C"]
    assert batcher.stats().abandoned == 1
    with pytest.raises(CancelledError):
        leaving.result(PATIENCE)
    assert wait([leaving], PATIENCE).done == {leaving}


def test_leaving_during_decoding_harms_nobody(open_batcher: Open, decode: ManualDecode) -> None:
    """A caller may leave while its batch is decoded; the others get their results."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    tickets = [batcher.submit([A], OPTIONS), batcher.submit([B], OPTIONS)]
    busy.answer()
    call = decode.next()
    assert tickets[0].cancel()
    call.answer()
    assert tickets[1].result(PATIENCE) == ["B"]
    assert wait([tickets[0]], PATIENCE).done == {tickets[0]}


def test_answered_ticket_cannot_be_cancelled(open_batcher: Open, decode: ManualDecode) -> None:
    """To leave after the answer changes nothing."""
    ticket = open_batcher().submit([A], OPTIONS)
    decode.next().answer()
    assert ticket.result(PATIENCE) == ["A"]
    assert not ticket.cancel()
    assert ticket.result() == ["A"]


def test_deadline_is_checked_when_an_item_is_taken(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """What is late is answered with an error and not decoded; what is in time is decoded."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    late = batcher.submit([A, B], OPTIONS, Turn(LONG_AGO))
    timely = batcher.submit([C], OPTIONS, Turn(time.monotonic() + PATIENCE))
    assert not late.done()
    busy.answer()
    call = decode.next()
    assert call.items == [C]
    call.answer()
    assert timely.result(PATIENCE) == ["C"]
    assert [outcome(error) for error in late.result(PATIENCE)] == [DeadlineExceeded] * 2
    assert batcher.stats().expired == 2
    assert batcher.stats().queued_items == 0


def test_late_items_are_answered_though_nothing_else_waits(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """An idle worker does not decode what is late already, and does not sleep over it."""
    assert decode.idle
    ticket = open_batcher().submit([A], OPTIONS, Turn(LONG_AGO))
    (error,) = ticket.result(PATIENCE)
    assert isinstance(error, DeadlineExceeded)
    assert "after its deadline" in str(error)


def test_deadline_is_each_callers_own(open_batcher: Open, decode: ManualDecode) -> None:
    """Of two who wait for the same item, one can be late and the other get the result."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    late = batcher.submit([A], OPTIONS, Turn(LONG_AGO))
    patient = batcher.submit([A], OPTIONS)
    busy.answer()
    decode.next().answer()
    assert patient.result(PATIENCE) == ["A"]
    assert [outcome(error) for error in late.result(PATIENCE)] == [DeadlineExceeded]


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError])
def test_one_bad_item_fails_alone(
    kind: type[Exception], open_batcher: Open, decode: ManualDecode
) -> None:
    """A batch that fails is decoded again one by one; only what fails alone is answered so."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    tickets = [batcher.submit([A, B], OPTIONS), batcher.submit([C], OPTIONS)]
    busy.answer()
    whole = decode.next()
    whole.fail(kind("somewhere in this batch"))
    bad = kind("this one")
    for item in whole.items:
        single = decode.next()
        assert single.items == [item]
        if item == B:
            single.fail(bad)
        else:
            single.answer()
    first, error = tickets[0].result(PATIENCE)
    assert first == "A"
    assert isinstance(error, EngineFailure)
    assert error.__cause__ is bad
    assert tickets[1].result(PATIENCE) == ["C"]
    assert batcher.stats().failed == 1
    again = batcher.submit([B], OPTIONS)
    decode.next().answer()
    assert again.result(PATIENCE) == ["B"]


def test_wrong_number_of_results_is_a_failure(open_batcher: Open, decode: ManualDecode) -> None:
    """Results that cannot be matched with items are given to nobody."""
    ticket = open_batcher().submit([A], OPTIONS)
    call = decode.next()
    call.results = ["A", "one too many"]
    call.over.set()
    (error,) = ticket.result(PATIENCE)
    assert isinstance(error, EngineFailure)
    assert "2 results for 1" in str(error)


def test_the_models_own_words_reach_the_caller(open_batcher: Open, decode: ManualDecode) -> None:
    """An error of ours that the decoder raises keeps its message, and each caller has its own."""
    batcher = open_batcher()
    tickets = [batcher.submit([A], OPTIONS)]
    call = decode.next()
    tickets.append(batcher.submit([A], OPTIONS))
    call.fail(EngineFailure("starter failed on 1 sentence.", hint="The log says more."))
    errors = [ticket.result(PATIENCE)[0] for ticket in tickets]
    assert [str(error) for error in errors] == [
        "starter failed on 1 sentence. The log says more."
    ] * 2
    assert errors[0] is not errors[1]


def test_a_worker_that_dies_answers_what_it_held_and_is_replaced(
    open_batcher: Open, decode: ManualDecode, request: pytest.FixtureRequest
) -> None:
    """Everyone who waited for its batch, also who joined later, gets an error; others nothing."""
    batcher = open_batcher(batch_tokens=2)
    busy = occupied(batcher, decode)
    held = batcher.submit([A, B], OPTIONS)
    queued = batcher.submit([C], OPTIONS)
    busy.answer()
    call = decode.next()
    joined = batcher.submit([A], OPTIONS)
    death = SystemExit()
    call.fail(death)
    for ticket, held_items in ((held, 2), (joined, 1)):
        errors = ticket.result(PATIENCE)
        assert [outcome(error) for error in errors] == [EngineFailure] * held_items
    following = decode.next()
    assert following.items == [C]
    assert following.thread is not call.thread
    following.answer()
    assert queued.result(PATIENCE) == ["C"]
    call.thread.join(PATIENCE)
    assert batcher_threads(request.node.name) == [following.thread]
    assert batcher.stats().replaced_workers == 1


def test_a_worker_that_dies_on_a_single_retry_answers_the_rest_of_its_batch(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """What was answered before stays answered; what was still held gets the error."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)
    ticket = batcher.submit([A, B, C], OPTIONS)
    busy.answer()
    decode.next().fail(RuntimeError())
    decode.next().answer()
    decode.next().fail(KeyboardInterrupt())
    assert [outcome(o) for o in ticket.result(PATIENCE)] == ["A", EngineFailure, EngineFailure]


def test_a_worker_goes_on_itself_when_no_thread_can_take_its_place(
    open_batcher: Open, decode: ManualDecode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the system's limit of threads nobody is left waiting either."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    batcher = open_batcher()
    dying = occupied(batcher, decode)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    dying.fail(SystemExit())
    ticket = batcher.submit([A], OPTIONS)
    call = decode.next()
    assert call.thread is dying.thread
    call.answer()
    assert ticket.result(PATIENCE) == ["A"]


def test_a_callers_callback_cannot_take_the_others_answers(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Whatever a done-callback raises, the other tickets of the batch are delivered."""

    def raise_it(_: object) -> None:
        raise SystemExit

    batcher = open_batcher()
    busy = occupied(batcher, decode)
    tickets = [batcher.submit([item], OPTIONS) for item in (A, B)]
    tickets[0].add_done_callback(raise_it)
    busy.answer()
    decode.next().answer()
    assert [ticket.result(PATIENCE) for ticket in tickets] == [["A"], ["B"]]
    assert batcher.stats().replaced_workers == 0


def test_closing_answers_what_is_queued_and_lets_what_runs_end(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Queued items get `NotReady` at once, a running batch its results, and then close returns."""
    batcher = open_batcher(batch_tokens=1)
    ticket = batcher.submit([A, B], OPTIONS)
    call = decode.next()
    queued = batcher.submit([C], OPTIONS)
    closing = threading.Thread(target=batcher.close)
    closing.start()
    assert [outcome(error) for error in queued.result(PATIENCE)] == [NotReady]
    assert closing.is_alive()
    with pytest.raises(NotReady):
        batcher.submit([D], OPTIONS)
    call.answer()
    assert [outcome(o) for o in ticket.result(PATIENCE)] == ["A", NotReady]
    closing.join(PATIENCE)
    assert not closing.is_alive()
    batcher.close()


def test_closing_from_a_callback_does_not_wait_for_itself(
    open_batcher: Open, decode: ManualDecode, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker's own thread may close the batcher."""
    batcher = open_batcher()
    ticket = batcher.submit([A], OPTIONS)
    call = decode.next()
    ticket.add_done_callback(lambda _: batcher.close())
    call.answer()
    call.thread.join(PATIENCE)
    assert not call.thread.is_alive()
    assert not caplog.records
    with pytest.raises(NotReady):
        batcher.submit([A], OPTIONS)


def test_a_worker_that_dies_while_closing_is_not_replaced(
    open_batcher: Open, decode: ManualDecode, request: pytest.FixtureRequest
) -> None:
    """After close no thread is left, however the last batch ended."""
    batcher = open_batcher()
    call = occupied(batcher, decode)
    queued = batcher.submit([A], OPTIONS)
    closing = threading.Thread(target=batcher.close)
    closing.start()
    assert [outcome(error) for error in queued.result(PATIENCE)] == [NotReady]
    call.fail(SystemExit())
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert not batcher_threads(request.node.name)
    assert batcher._threads == {call.thread}


def test_nothing_submitted_is_answered_with_nothing(open_batcher: Open) -> None:
    """An empty request is complete at once."""
    assert open_batcher().submit([], OPTIONS).result(0) == []


def test_statistics_tell_what_waits_and_what_was_done(
    open_batcher: Open, decode: ManualDecode
) -> None:
    """Queue, running batches and padding can be read at any time."""
    batcher = open_batcher()
    assert batcher.stats().fill == 1.0
    busy = occupied(batcher, decode, ("one", "two"))
    batcher.submit([("x",), ("x", "y", "z")], OPTIONS)
    stats = batcher.stats()
    assert (stats.workers, stats.running, stats.batches) == (1, 1, 1)
    assert (stats.queued_items, stats.queued_tokens, stats.items) == (2, 4, 3)
    busy.answer()
    call = decode.next()
    stats = batcher.stats()
    assert (stats.queued_items, stats.queued_tokens, stats.batches) == (0, 0, 2)
    assert (stats.tokens, stats.padded_tokens) == (6, 8)
    assert math.isclose(stats.fill, 0.75)
    call.answer()


def test_statistics_tell_how_long_it_took(open_batcher: Open, decode: ManualDecode) -> None:
    """Each sentence has a time in the queue, each batch a size and a time in the model."""
    batcher = open_batcher()
    busy = occupied(batcher, decode, ("busy",))
    ticket = batcher.submit([A, B, A], OPTIONS)
    time.sleep(0.003)
    busy.answer()
    decode.next().answer()
    ticket.result(PATIENCE)
    stats = batcher.stats()
    assert (stats.waited.count, stats.sizes.count, stats.decoded.count) == (3, 2, 2)
    assert stats.sizes.total == 3
    assert stats.waited.total >= 2 * 0.003
    assert stats.decoded.total >= 0.003


def test_a_coroutine_can_await_a_ticket_and_leave(open_batcher: Open, decode: ManualDecode) -> None:
    """On an event loop a ticket is awaited as a future; cancelling the task leaves the queue."""
    batcher = open_batcher()
    busy = occupied(batcher, decode)

    async def callers() -> list[str | ServiceError]:
        staying = asyncio.wrap_future(batcher.submit([A], OPTIONS))
        ticket = batcher.submit([B], OPTIONS)
        left = asyncio.Event()
        ticket.add_done_callback(lambda _: left.set())
        asyncio.wrap_future(ticket).cancel()
        await left.wait()
        busy.answer()
        call = await asyncio.to_thread(decode.next)
        assert call.items == [A]
        call.answer()
        return await asyncio.wait_for(staying, PATIENCE)

    assert asyncio.run(callers()) == ["A"]


def test_interpreter_exits_though_a_batcher_was_never_closed(tmp_path: Path) -> None:
    """A forgotten batcher neither hangs nor crashes the exit, with batches running and queued.

    Python unwinds a daemon thread that returns from C++ to an interpreter that is gone, which
    aborts the process: without `atexit` this failed every time.
    """
    script = """
import sys, threading
import ctranslate2
from ai_translate.engine import DecodingOptions
from ai_translate.engine.batcher import Batcher

translator = ctranslate2.Translator(sys.argv[1], inter_threads=2, intra_threads=1)
entered = threading.Event()

def decode(items, options):
    entered.set()
    return translator.translate_batch(items, max_decoding_length=20)

batcher = Batcher(decode, workers=2, batch_tokens=4)
batcher.submit([(str(i), "x") for i in range(100_000)], DecodingOptions())
entered.wait()
print("end of the program")
"""
    artifact = starter_artifact(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", script, str(artifact.path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end of the program\n", "")


def perilous(items: list[Tokens], options: DecodingOptions) -> list[str]:
    """A model that some sentences make fail, and some kill."""
    if ("deadly",) in items:
        raise SystemExit
    if any(item[0] == "bad" for item in items):
        raise RuntimeError("bad")
    return [f"{options.beam_size} {translated(item)}" for item in items]


def some_request(shuffled: random.Random, *, deadly: bool) -> list[Tokens]:
    items: list[Tokens] = [
        (str(shuffled.randrange(60)), *["x"] * shuffled.randrange(12))
        for _ in range(shuffled.randrange(20))
    ]
    if shuffled.random() < 0.2:
        items.append(("bad", str(shuffled.randrange(5))))
    if deadly and shuffled.random() < 0.05:
        items.append(("deadly",))
    return items


@pytest.mark.parametrize("deadly", [False, True])
def test_every_ticket_ends_and_every_result_is_its_items_own(deadly: bool) -> None:
    """Under twelve threads nobody waits in vain or gets another's result.

    They send, leave and are late; items fail and, in the second run, kill the worker.
    """
    batcher = Batcher(perilous, workers=3, batch_tokens=40)
    start = threading.Barrier(12)
    wrong: list[object] = []

    def right(item: Tokens, options: DecodingOptions, answer: object, *, late: bool) -> bool:
        if isinstance(answer, DeadlineExceeded):
            return late
        if isinstance(answer, EngineFailure):
            return deadly or item[0] == "bad"
        return answer == f"{options.beam_size} {translated(item)}"

    def caller(seed: int) -> None:
        shuffled = random.Random(seed)
        start.wait(PATIENCE)
        for _ in range(150):
            items = some_request(shuffled, deadly=deadly)
            options = DecodingOptions(beam_size=shuffled.randint(1, 3))
            late = shuffled.random() < 0.1
            ticket = batcher.submit(items, options, Turn(LONG_AGO) if late else ANYTIME)
            if shuffled.random() < 0.2 and ticket.cancel():
                continue
            wrong.extend(
                (item, options, answer)
                for item, answer in zip(items, ticket.result(PATIENCE), strict=True)
                if not right(item, options, answer, late=late)
            )

    with ThreadPoolExecutor(12) as callers:
        list(callers.map(caller, range(12)))
    stats = batcher.stats()
    batcher.close()
    assert not wrong
    assert (stats.failed > 0, stats.replaced_workers > 0) == (True, deadly)
    assert not batcher._room._lanes
    assert len(batcher._threads) == 3


def test_many_threads_get_what_one_call_gives(tmp_path: Path) -> None:
    """With the real model, 64 threads get at least 99% of the translations of one large call.

    Not all: in int8 the company in a batch can turn a near tie.
    """
    artifact = starter_artifact(tmp_path)
    tokenizer = Tokenizer(artifact.path, artifact.manifest.part_tokens)
    parts = [tuple(p.tokens) for text in SENTENCES for p in tokenizer.encode(text)]
    translator = ctranslate2.Translator(str(artifact.path), inter_threads=2, intra_threads=1)

    def decode(items: list[Tokens], options: DecodingOptions) -> list[Tokens]:
        found = translator.translate_batch(
            items, beam_size=options.beam_size, max_decoding_length=120, disable_unk=True
        )
        return [tuple(result.hypotheses[0]) for result in found]

    expected = decode(parts, OPTIONS)
    batcher = Batcher(decode, workers=2, batch_tokens=512)
    with ThreadPoolExecutor(64) as callers:
        tickets = callers.map(lambda part: batcher.submit([part], OPTIONS).result(), parts)
        found = [answers[0] for answers in tickets]
    stats = batcher.stats()
    batcher.close()
    translator.unload_model()
    same = sum(a == b for a, b in zip(found, expected, strict=True))
    assert same >= 0.99 * len(parts)
    assert stats.batches < len(parts) / 2
