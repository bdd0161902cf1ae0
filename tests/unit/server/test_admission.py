"""Who may begin."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest

from ai_translate.engine import Priority
from ai_translate.engine.pace import Pace
from ai_translate.errors import Busy
from ai_translate.journey import How
from ai_translate.server.admission import Admission, size_of
from ai_translate.settings import load_settings
from support.fake_engine import FakeEngine

INTERACTIVE, BULK = Priority.INTERACTIVE, Priority.BULK


def model(tokens_per_second: float = 1_000, fill: int = 0) -> FakeEngine:
    """A model that has shown this pace, and has four bytes in a token."""
    engine = FakeEngine()
    engine.pace = Pace(1, fill)
    engine.pace.decoded(int(tokens_per_second), 1.0)
    return engine


def how(priority: Priority = INTERACTIVE, caller: str = "") -> How:
    return How(priority=priority, caller=caller)


class Crowd:
    """Requests that have begun and not ended."""

    def __init__(self, admission: Admission, engine: FakeEngine | None) -> None:
        self.admission = admission
        self.engine = engine
        self.held = ExitStack()

    def enter(self, tokens: int, asked: How) -> Busy | None:
        """One more; what it is refused with."""
        try:
            self.held.enter_context(
                self.admission.admitted(
                    [self.engine] if self.engine else [], asked, 4 * (tokens - 1)
                )
            )
        except Busy as refused:
            return refused
        return None

    def fill(self, tokens: int, asked: How, most: int = 1_000) -> int:
        """How many enter before the first is refused."""
        for entered in range(most):
            if self.enter(tokens, asked) is not None:
                return entered
        raise AssertionError("never full")


def test_interactive_requests_are_let_in_while_they_need_not_wait_for_long() -> None:
    """At 1,000 tokens a second and a wait of half a second, 500 tokens are in the line."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5)), model())
    assert crowd.fill(10, how()) == 50
    crowd.held.close()
    assert crowd.admission.requests == crowd.admission.tokens == 0
    assert crowd.fill(10, how()) == 50


def test_retry_after_is_the_time_until_there_is_room() -> None:
    """Whoever is a second of work too much is told to come back in a second."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5)), model())
    assert crowd.fill(100, how()) == 5
    refused = crowd.enter(1_000, how())
    assert refused is not None
    assert refused.retry_after == pytest.approx(1.0)
    assert re.search(r"About 500 tokens .* 0\.5 s; .* waits for 0\.5 s", refused.message)
    assert crowd.admission.refused == {"requests": 0, "tokens": 0, "wait": 2}


def test_line_is_never_full_below_what_keeps_workers_busy() -> None:
    """A slow model has full batches, though they take longer than the wait."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5)), model(100, fill=400))
    assert crowd.fill(10, how()) == 40


def test_whoever_comes_to_an_empty_line_is_let_in() -> None:
    """A text that takes longer than the wait is translated where nothing is before it."""
    crowd = Crowd(Admission(load_settings(max_bulk_wait=1)), model(10))
    assert crowd.enter(500_000, how(BULK)) is None
    assert crowd.enter(1, how(BULK)) is not None


def test_long_text_is_bulk_whatever_it_says() -> None:
    """Nobody can wait for an answer that takes minutes, and it keeps nobody back who does."""
    crowd = Crowd(Admission(load_settings(interactive_tokens=1_000)), model())
    asked = how(INTERACTIVE)
    assert crowd.enter(1_001, asked) is None
    assert asked["priority"] is BULK
    assert crowd.enter(700, how()) is None


def test_bulk_may_wait_longer_and_leaves_interactive_requests_their_share() -> None:
    """Four fifths of the pace are theirs while bulk is there, and the fifth is its own."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5, max_bulk_wait=60)), model())
    assert crowd.fill(1_000, how(BULK)) == 60
    assert crowd.fill(10, how()) == 40
    crowd = Crowd(Admission(load_settings(max_wait=0.5, max_bulk_wait=60)), model())
    crowd.fill(10, how())
    assert crowd.fill(1_000, how(BULK)) == 12


def test_callers_share_a_full_line() -> None:
    """One who has filled it keeps no other out, and gets no more until the others have theirs."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5)), model())
    assert crowd.fill(10, how(caller="a")) == 50
    assert crowd.fill(10, how(caller="b")) == 25
    assert crowd.fill(10, how(caller="c")) == 16
    assert crowd.enter(10, how(caller="a")) is not None


def test_nobody_is_let_in_who_would_not_be_served_in_time() -> None:
    """A request that has a tenth of a second is refused at once where more is before it."""
    crowd = Crowd(Admission(load_settings(max_wait=5)), model())
    crowd.enter(200, how())
    assert crowd.enter(10, How(timeout=0.1)) is not None
    assert crowd.enter(10, How(timeout=1.0)) is None


def test_requests_and_tokens_of_all_models_are_bounded() -> None:
    """Whatever the model, and where it is not known yet."""
    crowd = Crowd(Admission(load_settings(max_requests=3)), None)
    assert crowd.fill(10, how()) == 3
    crowd = Crowd(Admission(load_settings(max_queue_tokens=1_000)), None)
    assert crowd.fill(300, how()) == 3
    crowd.engine = model()
    assert crowd.enter(300, how()) is not None
    assert crowd.admission.refused == {"requests": 0, "tokens": 2, "wait": 0}


def test_models_have_lines_of_their_own() -> None:
    """One that has much to do keeps nobody from another."""
    crowd = Crowd(Admission(load_settings(max_wait=0.5)), model())
    crowd.fill(10, how())
    crowd.engine = model()
    crowd.engine.name = "another"
    assert crowd.fill(10, how()) == 50


def test_failed_requests_leave_their_place() -> None:
    """However a request ends, what it held is free."""
    admission = Admission(load_settings())
    with pytest.raises(ZeroDivisionError), admission.admitted([model()], how(), 100):
        raise ZeroDivisionError
    assert admission.requests == admission.tokens == 0


def test_size_is_in_bytes_of_utf_8() -> None:
    """Of every text, whatever its script."""
    assert size_of(["abc", "é", "駅", ""]) == 3 + 2 + 3


def test_text_of_which_several_models_may_be_counts_for_each() -> None:
    """It is let in while one of them has room, and stands before what comes for either."""
    admission = Admission(load_settings(max_wait=0.5))
    german, french = model(), model()
    french.name = "another"
    with ExitStack() as held:
        for _ in range(50):
            held.enter_context(admission.admitted([german], how(), 4 * 9))
        for _ in range(50):
            held.enter_context(admission.admitted([german, french], how(), 4 * 9))
        with pytest.raises(Busy):
            held.enter_context(admission.admitted([german, french], how(), 4 * 9))
        with pytest.raises(Busy):
            held.enter_context(admission.admitted([french], how(), 4 * 9))
    assert admission.requests == admission.tokens == 0
