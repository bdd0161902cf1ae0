"""How fast a model shows itself to be."""

from __future__ import annotations

import pytest

from ai_translate.engine.pace import Pace


def test_nothing_is_known_before_the_first_batch() -> None:
    """Then tokens are estimated as those of European languages."""
    pace = Pace(2)
    assert pace.tokens_per_second is None
    assert pace.tokens_of(400) == 101


def test_workers_decode_at_once() -> None:
    """Two workers that take a second for 100 tokens each decode 200 a second."""
    pace = Pace(2)
    for _ in range(8):
        pace.decoded(100, 1.0)
    assert pace.tokens_per_second == pytest.approx(200)


def test_pace_follows_the_machine() -> None:
    """After a minute of work at another pace, the old one is forgotten."""
    pace = Pace(1)
    pace.decoded(1_000, 1.0)
    for _ in range(300):
        pace.decoded(20, 0.2)
    assert pace.tokens_per_second == pytest.approx(100, rel=0.02)


def test_tokens_are_estimated_from_what_was_read() -> None:
    """A language with two bytes in a token is known as such after a while."""
    pace = Pace()
    for _ in range(1_000):
        pace.read(1_000, 500)
    assert pace.tokens_of(1_000) == pytest.approx(501, rel=0.01)
