"""An answer that is sent event by event, as long as somebody reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ai_translate.server.departure import unless_left
from ai_translate.server.events import HEARTBEAT, MEDIA_TYPE, event
from ai_translate.server.failures import body_of

__all__ = ["EventStream"]

_HEARTBEAT_SECONDS: Final = 15.0
# A reader that takes nothing for so long is gone, though its connection is not. Between, little
# waits for it: an event is made when the one before it has been handed on.
_PATIENCE_SECONDS: Final = 60.0


class EventStream(Response):
    """Sends events as they come to be, and nothing else while the reader is slow.

    An error among them is sent as an `error` event and ends the answer, whose status was sent
    long before.

    Args:
        request: Whose body has been read.
        events: Events in their form; closed at the end, also when the client leaves.
        held: What must be held until the answer has ended.
        heartbeat: Seconds without an event after which a comment is sent.
        patience: Seconds after which a reader that takes nothing is given up.
    """

    def __init__(
        self,
        request: Request,
        events: AsyncGenerator[bytes],
        held: AbstractAsyncContextManager[object],
        *,
        heartbeat: float = _HEARTBEAT_SECONDS,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        # Not to be stored by a cache, nor gathered by a proxy.
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}, media_type=MEDIA_TYPE
        )
        del self.headers["content-length"]
        self._request = request
        self._events = events
        self._held = held
        self._heartbeat = heartbeat
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it all.

        Raises:
            ClientDisconnect: The client left, or reads no more.
        """
        del scope, receive
        async with self._held:
            await unless_left(self._request, self._sent(send))

    async def _sent(self, send: Send) -> None:
        async def hand_on(message: Message) -> None:
            try:
                async with asyncio.timeout(self._patience):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        await hand_on(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        async with aclosing(self._with_heartbeats()) as pieces:
            async for piece in pieces:
                await hand_on({"type": "http.response.body", "body": piece, "more_body": True})
        await hand_on({"type": "http.response.body", "body": b"", "more_body": False})

    async def _with_heartbeats(self) -> AsyncGenerator[bytes]:
        async with aclosing(self._events) as events:
            while True:
                coming = asyncio.ensure_future(anext(events, None))
                try:
                    while not (await asyncio.wait({coming}, timeout=self._heartbeat))[0]:
                        yield HEARTBEAT
                    piece = coming.result()
                except (asyncio.CancelledError, GeneratorExit):
                    coming.cancel()
                    await asyncio.wait({coming})
                    raise
                except Exception as error:  # noqa: BLE001  # the last event tells of it
                    yield event("error", body_of(error))
                    return
                if piece is None:
                    return
                yield piece
