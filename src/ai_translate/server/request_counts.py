"""How many requests came, what became of them, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass

from ai_translate.engine.stats import Distribution, Histogram

__all__ = ["Answered", "RequestCounts", "RouteCount"]


class Answered:
    """One answered request, as it is counted.

    Attributes:
        route: Template of its route, such as `/translate/document/{job_id}`; never its path.
        method: Its method.
        status: Its status.
        seconds: From its first byte to the last one of its answer.
        received: Bytes of its body that were read.
        sent: Bytes of the answer's body.
    """

    __slots__ = ("method", "received", "route", "seconds", "sent", "status")

    def __init__(
        self, route: str, method: str, status: int, seconds: float, received: int, sent: int
    ) -> None:
        self.route = route
        self.method = method
        self.status = status
        self.seconds = seconds
        self.received = received
        self.sent = sent


@dataclass(frozen=True, slots=True)
class RouteCount:
    """A reading for one route, method and status.

    Attributes:
        route: As in `Answered`.
        method: Likewise.
        status: Likewise.
        seconds: Of its requests.
        received: Bytes of their bodies.
        sent: Bytes of the answers' bodies.
    """

    route: str
    method: str
    status: int
    seconds: Distribution
    received: int
    sent: int


class RequestCounts:
    """Requests of one server since it was made. Written on its event loop alone.

    Attributes:
        in_flight: Requests that are not answered yet.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._counted: dict[tuple[str, str, int], _Count] = {}

    def add(self, answered: Answered) -> None:
        """Counts one request."""
        key = (answered.route, answered.method, answered.status)
        count = self._counted.get(key)
        if count is None:
            count = self._counted[key] = _Count()
        count.seconds.observe(answered.seconds)
        count.received += answered.received
        count.sent += answered.sent

    def reading(self) -> list[RouteCount]:
        """One for each route, method and status that there was. From any thread."""
        return [
            RouteCount(*key, count.seconds.reading(), count.received, count.sent)
            for key, count in list(self._counted.items())
        ]


class _Count:
    __slots__ = ("received", "seconds", "sent")

    def __init__(self) -> None:
        self.seconds = Histogram()
        self.received = self.sent = 0
