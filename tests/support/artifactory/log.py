"""What came and what went, for tests to look at."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from support.artifactory.messages import Request

__all__ = ["Exchange", "Log"]

_PATIENCE_SECONDS = 20.0


@dataclass
class Exchange:
    """A request and what became of it. It is filled in while the answer goes.

    Attributes:
        request: What came.
        status: What was answered; 0 until then.
        sent: Bytes of the body that went.
    """

    request: Request
    status: int = 0
    sent: int = 0

    def is_for(self, path: str, method: str | None = None) -> bool:
        """Whether it is for a path in which this regular expression is found."""
        return method in {None, self.request.method} and bool(re.search(path, self.request.path))


class Log:
    """All exchanges in the order in which they began."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._changed = threading.Condition()

    def __iter__(self) -> Iterator[Exchange]:
        with self._changed:
            return iter(tuple(self._exchanges))

    def __len__(self) -> int:
        with self._changed:
            return len(self._exchanges)

    def begun(self, request: Request) -> Exchange:
        """Notes a request."""
        exchange = Exchange(request)
        with self._changed:
            self._exchanges.append(exchange)
            self._changed.notify_all()
        return exchange

    def clear(self) -> None:
        """Forgets all."""
        with self._changed:
            self._exchanges.clear()

    def of(self, path: str = "", method: str | None = None) -> list[Exchange]:
        """Those for a path in which this regular expression is found."""
        return [exchange for exchange in self if exchange.is_for(path, method)]

    def wait(self, path: str = "", method: str | None = None, count: int = 1) -> list[Exchange]:
        """Waits until so many such requests have come; fails if they do not come."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: sum(e.is_for(path, method) for e in self._exchanges) >= count,
                _PATIENCE_SECONDS,
            )
        assert came, f"No {count} requests for {path!r} came."
        return self.of(path, method)
