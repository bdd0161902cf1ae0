"""Refuses a request body that is over its limit, before it fills the memory."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import TooLarge

__all__ = ["BodyLimit"]


class BodyLimit:
    """Plain ASGI middleware that counts a body as it comes in.

    A length that is announced is judged before anything is read. The connection stays open: a
    client that is still sending reads the answer afterwards, where a closed connection would
    give it an error of the network instead. What it still sends is thrown away.

    Args:
        app: What takes the requests that pass.
        limit: Longest body, in bytes.

    Raises:
        TooLarge: To whatever reads the body, or to the middleware outside.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on that is within the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            # A number of more digits than the limit has is larger, and need not be parsed.
            if name == b"content-length" and (
                len(digits := value.lstrip(b"0")) > len(str(self._limit))
                or (digits.isdigit() and int(digits) > self._limit)
            ):
                raise self._too_large(f" of {digits[:20].decode('latin-1')} bytes")
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise self._too_large("")
            return message

        await self._app(scope, counted, send)

    def _too_large(self, size: str) -> TooLarge:
        return TooLarge(
            f"The request body{size} is over the limit of {self._limit} bytes.",
            hint="Send it in parts, or raise AIT_MAX_BODY_BYTES.",
        )
