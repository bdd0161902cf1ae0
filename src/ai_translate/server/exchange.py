"""One request and what is learnt about it on its way, for its lines of the log and its span."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

from ai_translate.tally import Done

__all__ = ["EXCHANGE", "Exchange", "request_id"]

_LONGEST_ID: Final = 128
_ALLOWED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

# A long document goes to the model in thousands of groups.
_MOST_DONE: Final = 32


class Exchange:
    """A request while it is answered.

    Args:
        headers: Of the request.

    Attributes:
        request_id: What the client calls it, if that is well formed; otherwise made here.
        trace_id: Of its trace, in hexadecimal digits; empty without one.
        characters: How many characters have been translated for it.
        model: Name and shortened digest of the model that did most lately; empty before.
        sample: The beginning of what was to be translated.
        done: What was translated, as far as it is told apart.
    """

    __slots__ = ("characters", "done", "model", "request_id", "sample", "trace_id")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.request_id = _request_id(headers)
        self.trace_id = ""
        self.characters = 0
        self.model = ""
        self.sample = ""
        self.done: list[Done] = []

    def add(self, done: Done) -> None:
        """Notes that something was translated. May come from any thread."""
        self.characters += done.characters
        self.model = done.model
        self.sample = self.sample or done.sample
        if len(self.done) < _MOST_DONE:
            self.done.append(done)


EXCHANGE: Final[ContextVar[Exchange | None]] = ContextVar("exchange", default=None)
"""The request for which this task, or the thread that it has started, works."""


def request_id() -> str:
    """What the request is called that is answered here; a new name where there is none."""
    exchange = EXCHANGE.get()
    return _made() if exchange is None else exchange.request_id


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id":
            if 0 < len(value) <= _LONGEST_ID and not value.translate(None, _ALLOWED):
                return value.decode("ascii")
            break
    return _made()


def _made() -> str:
    return secrets.token_hex(8)
