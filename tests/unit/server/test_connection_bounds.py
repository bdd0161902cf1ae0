from __future__ import annotations

import logging
import resource
from dataclasses import dataclass, field

import pytest

from ai_translate.server.connection_bounds import Bounds
from ai_translate.settings import load_settings


@dataclass
class Held:
    """A connection that remembers when it was judged."""

    due: float
    unread_due: float = float("inf")
    judged: list[float] = field(default_factory=list)

    def judge(self, now: float) -> None:
        """Remembers it."""
        self.judged.append(now)


def bounds(keep_alive: float = 75.0) -> Bounds:
    """Those of the defaults."""
    return Bounds.of(load_settings(keep_alive=keep_alive))


def test_only_those_are_judged_whose_time_has_come() -> None:
    """By either of their times."""
    late, unread, early = Held(5.0), Held(99.0, unread_due=5.0), Held(99.0)
    bounds().sweep([late, unread, early], 5.0)
    assert (late.judged, unread.judged, early.judged) == ([5.0], [5.0], [])


@pytest.mark.parametrize(("keep_alive", "looks"), [(75.0, 3), (0.4, 21)])
def test_looks_are_seldom(keep_alive: float, looks: int) -> None:
    """Once in a second, and four times within a time that is shorter."""
    held = Held(0.0)
    made = bounds(keep_alive)
    for tick in range(202):
        made.sweep([held], 10 + tick / 100)
    assert len(held.judged) == looks


def test_the_limit_of_files_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    """As far as the system lets us, and without a word where that is enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1_000), hard))
        with caplog.at_level(logging.WARNING):
            made = Bounds.of(load_settings(max_connections=64))
        assert made.most == 64
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
        assert not caplog.records
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_fewer_files_than_connections_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    """There are then no more connections than can be told that they are too many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this system has no limit")
    with caplog.at_level(logging.WARNING):
        made = Bounds.of(load_settings(max_connections=hard))
    assert made.most < hard
    assert f"AIT_MAX_CONNECTIONS is {hard}" in caplog.text
    assert "ulimit" in caplog.text
