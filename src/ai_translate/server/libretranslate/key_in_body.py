"""Finds the key that a client of LibreTranslate sends among its fields."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import Busy
from ai_translate.server.door import door_in
from ai_translate.server.fields import read_fields
from ai_translate.server.libretranslate.contract import CONTRACT
from ai_translate.server.libretranslate.shapes import Keyed

__all__ = ["KeyInBody", "as_read"]

_PLACE: Final = "ai_translate.libretranslate.request"


def as_read(request: Request) -> Request:
    """The request whose body may have been read already for its key."""
    read: Request = request.scope.get(_PLACE, request)
    return read


class KeyInBody:
    """Plain ASGI middleware that puts the field `api_key` where a key is looked for.

    It stands before who asks is known, and so takes little: bodies of unknown callers share a
    room, beyond which those with a key in a header still come in.

    Args:
        app: What asks for keys.
        memory: Most bytes of bodies in which keys are looked for at once.
        disk: The same, of documents, which are kept on disk.

    Raises:
        Busy: To the middleware outside: the room is taken.
        Malformed: Likewise: the body cannot be read.
    """

    def __init__(self, app: ASGIApp, *, memory: int, disk: int) -> None:
        self._app = app
        self._rooms = {False: memory, True: disk}
        self._held = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if (
            door_in(scope) is not CONTRACT
            or (scope["method"], scope["path"]) not in CONTRACT.counted
            or _has_key(scope)
        ):
            await self._app(scope, receive, send)
            return
        upload = scope["path"] in CONTRACT.uploads
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            if not known:
                size = len(message.get("body", b""))
                received += size
                self._held[upload] += size
                if self._held[upload] > self._rooms[upload]:
                    raise Busy(
                        f"Bodies in which a key is looked for are over {self._rooms[upload]} bytes "
                        "together.",
                        hint="Try again after Retry-After, or send the key in a header.",
                    )
            return message

        known = False
        request = scope[_PLACE] = Request(scope, counted)
        try:
            try:
                asked = await read_fields(request, Keyed, files=int(upload))
            finally:
                known = True
                self._held[upload] -= received
            if asked.api_key:
                key = asked.api_key.encode()
                scope["headers"] = [*scope["headers"], (b"x-api-key", key)]
            await self._app(scope, receive, send)
        finally:
            await request.close()


def _has_key(scope: Scope) -> bool:
    return any(
        name == b"x-api-key"
        or (name == b"authorization" and value[:7].lower() in {b"bearer ", b"deepl-a"})
        for name, value in scope["headers"]
    )
