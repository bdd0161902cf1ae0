"""Refuses a request body over its limit, and any for which there is no memory left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import Busy, TooLarge

__all__ = ["BodyLimit", "Limit"]


class Limit(NamedTuple):
    """The longest body, in bytes, and the setting that says so."""

    size: int
    setting: str = "AIT_MAX_BODY_BYTES"


class BodyLimit:
    """Plain ASGI middleware that counts a body as it comes in.

    A length that is announced is judged before anything is read. The connection stays open: a
    client that is still sending reads the answer afterwards, where a closed connection would
    give it an error of the network instead. What it still sends is thrown away.

    Args:
        app: What takes the requests that pass.
        limit: Of every path that has none of its own.
        own: Of some paths, whose bodies are not held in memory.
        memory: Most bytes of all other bodies that are held at once.

    Raises:
        TooLarge: To whatever reads the body, or to the middleware outside.
        Busy: Likewise, where this body and those that are held are more than there is memory for.
    """

    def __init__(self, app: ASGIApp, limit: Limit, own: Mapping[str, Limit], memory: int) -> None:
        self._app = app
        self._limit = limit
        self._own = own
        self._memory = memory
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on that is within the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = self._own.get(scope["path"])
        limit = own or self._limit
        for name, value in scope["headers"]:
            # A number of more digits than the limit has is larger, and need not be parsed.
            if name == b"content-length" and (
                len(digits := value.lstrip(b"0")) > len(str(limit.size))
                or (digits.isdigit() and int(digits) > limit.size)
            ):
                raise _too_large(limit, f" of {digits[:20].decode('latin-1')} bytes")
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            if own is None:
                self._held += size
            if received > limit.size:
                raise _too_large(limit, "")
            if self._held > self._memory and own is None:
                raise _no_memory(self._memory)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            if own is None:
                self._held -= received


def _no_memory(memory: int) -> Busy:
    return Busy(
        f"The bodies of all requests that are being answered are over {memory} bytes together.",
        hint="Try again after Retry-After. The limit is AIT_MAX_BODY_MEMORY.",
    )


def _too_large(limit: Limit, size: str) -> TooLarge:
    return TooLarge(
        f"The request body{size} is over the limit of {limit.size} bytes.",
        hint=f"Send it in parts, or raise {limit.setting}.",
    )
