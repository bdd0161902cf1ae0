"""Refuses requests that are more than their caller may send in a minute."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple, Protocol

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import TooManyRequests
from ai_translate.server.door import door_in
from ai_translate.server.failures import rate_headers
from ai_translate.server.metering import Meter

__all__ = ["Counting", "Left", "RateLimit"]

# What translates, beside what doors say. All else passes: probes above all, and asking how far a
# document is.
_COUNTED: Final = frozenset(
    {
        ("POST", "/translate"),
        ("GET", "/translate"),
        ("HEAD", "/translate"),
        ("POST", "/translate/batch"),
        ("POST", "/translate/stream"),
        ("POST", "/translate/document"),
    }
)


class Left(NamedTuple):
    """What a limit leaves a caller after a request.

    Attributes:
        allowed: Whether the request is within it.
        remaining: How many more are.
        reset: Seconds until there are more than that.
    """

    allowed: bool
    remaining: int
    reset: int


class Counting(Protocol):
    """Who counts requests: `Rates`, which is loaded only where there is something to count."""

    async def take(self, who: str, limit: int) -> Left:
        """Counts a request if it is within the limit."""
        ...


class RateLimit:
    """Plain ASGI middleware that counts requests to translate, before their bodies are read.

    It also gives back the characters of a request that is answered with an error.

    Args:
        app: What takes the requests that pass.
        rates: How many a caller has sent; None where nobody has a limit.
        meter: What callers may, and have used.

    Raises:
        TooManyRequests: To the middleware outside.
    """

    def __init__(self, app: ASGIApp, rates: Counting | None, meter: Meter) -> None:
        self._app = app
        self._rates = rates
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on that is within its caller's limit."""
        door = door_in(scope)
        counted = _COUNTED if door is None else door.counted
        if scope["type"] != "http" or (scope["method"], scope["path"]) not in counted:
            await self._app(scope, receive, send)
            return
        charge = self._meter.charge(scope)
        payer = charge.payer
        headers: list[tuple[bytes, bytes]] = []
        if payer.requests_per_minute is not None and self._rates is not None:
            left = await self._rates.take(payer.name, payer.requests_per_minute)
            if not left.allowed:
                raise _refused(payer.requests_per_minute, left)
            headers = _headers(payer.requests_per_minute, left)
        charge.count_request()
        started = False

        async def told(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *headers]
                if message["status"] >= HTTPStatus.BAD_REQUEST:
                    await charge.give_back()
            await send(message)

        try:
            await self._app(scope, receive, told)
        except ClientDisconnect:
            raise  # it was begun, and it is not our fault
        except Exception:
            if not started:
                await charge.give_back()
            raise


def _refused(limit: int, left: Left) -> TooManyRequests:
    seconds = max(1, left.reset)
    return TooManyRequests(
        f"{limit} requests in a minute are allowed, and were sent.",
        hint=f"Send the next one in {seconds} s, or several texts in one request.",
        limit=limit,
        retry_after=seconds,
    )


def _headers(limit: int, left: Left) -> list[tuple[bytes, bytes]]:
    told = rate_headers(limit, left.remaining, left.reset)
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]
