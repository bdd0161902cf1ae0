"""When to ask again, and how long to wait before."""

from __future__ import annotations

import email.utils
import random
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from ai_translate.errors import HubError

__all__ = ["Backoff", "Retries", "Stopped", "Transient", "retry_after"]


class Stopped(Exception):
    """Another thread has failed or the user has interrupted; nobody is told of this one."""


class Transient(Exception):
    """A failure that may pass.

    Args:
        error: What is raised if it does not pass.
        after: Seconds after which the server wants to be asked again, if it said so.
        at_once: It is worth waiting for only where bytes have come already: a name that cannot
            be resolved or a refused connection is mostly a wrong address.
    """

    def __init__(
        self, error: HubError, after: float | None = None, *, at_once: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after
        self.at_once = at_once


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and how slowly something is tried.

    Attributes:
        attempts: Most attempts in a row that bring nothing.
        first: Seconds before the second attempt; doubled before each further one.
        longest: Most seconds between two attempts.
        longest_asked: The same where the server asks for a wait.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    longest_asked: float = 120.0

    def seconds(self, failures: int, after: float | None) -> float:
        """The wait after so many failures in a row.

        Half of it is left to chance, so that many clients of one mirror do not come back at once.
        """
        if after is not None:
            return min(after, self.longest_asked)
        full: float = min(self.first * 2.0 ** (failures - 1), self.longest)
        return full * random.uniform(0.5, 1.0)  # noqa: S311  # no secret


class Retries:
    """Counts the failures of one undertaking.

    Args:
        backoff: The rules.
        stop: Ends every wait when it is set.
    """

    def __init__(self, backoff: Backoff, stop: threading.Event | None = None) -> None:
        self._backoff = backoff
        self._stop = stop or threading.Event()
        self._failures = 0
        self._began = False

    def progressed(self) -> None:
        """Something came: the count starts anew."""
        self._failures = 0
        self._began = True

    def failed(self, failure: Transient) -> None:
        """Waits until it is time for the next attempt.

        Raises:
            HubError: There have been enough attempts.
            Stopped: The wait was ended.
        """
        self._failures += 1
        if self._failures >= self._backoff.attempts or (failure.at_once and not self._began):
            raise failure.error from failure
        if self._stop.wait(self._backoff.seconds(self._failures, failure.after)):
            raise Stopped


def retry_after(value: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
