"""Lets pages of other sites ask, where AIT_CORS_ORIGINS names them.

Cookies are none of our business, and so no answer ever allows credentials: a page sends its key in
a header.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Cors"]

_Headers = list[tuple[bytes, bytes]]

_VARY: Final[_Headers] = [(b"vary", b"Origin")]
_READABLE: Final = (
    b"Content-Disposition, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
    b"X-RateLimit-Reset, X-Request-ID"
)
_EXPOSED: Final[_Headers] = [(b"access-control-expose-headers", _READABLE)]
_PREFLIGHT: Final[_Headers] = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, X-API-Key, X-Request-Timeout",
    ),
    (b"access-control-max-age", b"7200"),  # the most that a browser honours
]


_ALLOWED: Final = "ai_translate.origin_allowed"


def may_ask(scope: Scope) -> bool:
    """Whether a request comes from a page of a site that is allowed to ask."""
    return bool(scope.get(_ALLOWED))


class Cors:
    """Plain ASGI middleware that answers preflights, and marks answers to those who may read them.

    A preflight has no key, and so is answered before one is asked for.

    Args:
        app: What answers everything else.
        origins: Whose pages may read answers: exact origins, or `*` for all.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        anyone = (b"access-control-allow-origin", b"*")
        self._everybody = [anyone] if "*" in origins else None
        self._allowed: dict[bytes | None, _Headers] = {
            origin: [(b"access-control-allow-origin", origin), *_VARY]
            for origin in (one.encode("ascii") for one in origins)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is no preflight."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin: bytes | None = None
        asked = False
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"access-control-request-method":
                asked = True
        allowed = self._everybody or self._allowed.get(origin)
        if asked and origin is not None and scope["method"] == "OPTIONS":
            told = [*allowed, *_PREFLIGHT] if allowed else _VARY
            await send({"type": "http.response.start", "status": 204, "headers": told})
            await send({"type": "http.response.body", "body": b""})
            return
        marks = [*allowed, *_EXPOSED] if allowed else _VARY
        scope[_ALLOWED] = bool(allowed)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *marks]
            await send(message)

        await self._app(scope, receive, marked)
