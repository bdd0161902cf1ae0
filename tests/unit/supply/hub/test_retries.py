"""When it is tried again, and after which wait."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ai_translate.errors import HubUnreachable
from ai_translate.supply.hub.retries import Backoff, Retries, Stopped, Transient, retry_after

NO_WAIT = Backoff(attempts=3, first=0.0, longest=0.0, longest_asked=0.0)


def passing(*, at_once: bool = False) -> Transient:
    return Transient(HubUnreachable("gone"), at_once=at_once)


def test_waits_double_up_to_a_limit_with_some_chance() -> None:
    """Each wait is between half and all of a doubled one, and none is longer than the limit."""
    backoff = Backoff(first=1.0, longest=5.0)
    for failures, full in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (20, 5.0)):
        waits = [backoff.seconds(failures, None) for _ in range(50)]
        assert all(full / 2 <= wait <= full for wait in waits)
        assert len(set(waits)) > 1


def test_the_servers_own_wish_is_kept_up_to_a_limit() -> None:
    """Retry-After is waited for exactly, unless it is absurd."""
    backoff = Backoff(longest=5.0, longest_asked=60.0)
    assert backoff.seconds(1, 42.0) == 42.0
    assert backoff.seconds(1, 86400.0) == 60.0


def test_attempts_are_bounded() -> None:
    """The last failure is the one that people read."""
    retries = Retries(NO_WAIT)
    retries.failed(passing())
    retries.failed(passing())
    with pytest.raises(HubUnreachable, match="gone"):
        retries.failed(passing())


def test_progress_starts_the_count_anew() -> None:
    """A slow but steady mirror is not given up."""
    retries = Retries(NO_WAIT)
    for _ in range(10):
        retries.failed(passing())
        retries.progressed()


def test_wrong_address_is_told_at_once_but_a_restart_is_waited_for() -> None:
    """A refused connection is retried only where bytes have come before."""
    retries = Retries(NO_WAIT)
    with pytest.raises(HubUnreachable):
        retries.failed(passing(at_once=True))
    retries = Retries(NO_WAIT)
    retries.progressed()
    retries.failed(passing(at_once=True))


def test_stop_ends_a_wait() -> None:
    """Nobody waits for a retry after another thread has failed."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        Retries(Backoff(first=3600.0, longest=3600.0), stop).failed(passing())


def test_retry_after_is_read_in_both_forms() -> None:
    """Seconds and dates are understood, anything else is as if it were not there."""
    assert retry_after(" 120 ") == 120.0
    soon = retry_after(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert soon is not None
    assert 3500 < soon <= 3600
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    for nonsense in (None, "", "-1", "soon", "1.5", "٣"):
        assert retry_after(nonsense) is None
