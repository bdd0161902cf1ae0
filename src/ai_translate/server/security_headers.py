"""Tells browsers what they must not do with an answer."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeaders"]

_Headers = list[tuple[bytes, bytes]]

_ALWAYS: Final[_Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# What answers are but for pages and documents, which say so themselves: data, of which a browser
# that is led to it shows nothing but text. They are somebody's texts, which no cache may keep.
_POLICY: Final[_Headers] = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
]
_CACHING: Final[_Headers] = [(b"cache-control", b"no-store")]

# By whether an answer has a policy, and whether it has a rule for caches.
_MISSING: Final[dict[tuple[bool, bool], _Headers]] = {
    (False, False): _ALWAYS + _POLICY + _CACHING,
    (False, True): _ALWAYS + _POLICY,
    (True, False): _ALWAYS + _CACHING,
    (True, True): _ALWAYS,
}


class SecurityHeaders:
    """Plain ASGI middleware that adds them to every answer, also to errors.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = caching = False
                headers = message["headers"]
                for name, _ in headers:
                    if name == b"content-security-policy":
                        policy = True
                    elif name == b"cache-control":
                        caching = True
                message["headers"] = [*headers, *_MISSING[policy, caching]]
            await send(message)

        await self._app(scope, receive, with_headers)
