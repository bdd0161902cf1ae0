"""Finds the key that a client of LibreTranslate sends among its fields."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import Busy
from ai_translate.server.door import door_in
from ai_translate.server.fields import read_fields
from ai_translate.server.libretranslate.contract import CONTRACT
from ai_translate.server.libretranslate.shapes import Keyed
from ai_translate.server.reading import is_form

__all__ = ["KeyInBody", "as_read"]

# Each may have a megabyte in memory before it is kept on disk.
_MOST_FILES: Final = 8
_PLACE: Final = "ai_translate.libretranslate.request"


def as_read(request: Request) -> Request:
    """The request whose body may have been read already for its key."""
    read: Request = request.scope.get(_PLACE, request)
    return read


class _Room:
    """What bodies take up in which keys are looked for.

    Args:
        size: Most bytes of them together.
        callers: Most of them.
    """

    def __init__(self, size: int, callers: float = math.inf) -> None:
        self._size = size
        self._callers = callers
        self._held = 0
        self._inside = 0

    @contextmanager
    def counting(self, receive: Receive) -> Iterator[Receive]:
        """Gives what receives a body of which every byte is counted until the block is left.

        Raises:
            Busy: There is no room; also by what is given.
        """
        if self._inside >= self._callers:
            raise _busy()
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held += size
            if self._held > self._size:
                raise _busy()
            return message

        self._inside += 1
        try:
            yield counted
        finally:
            self._inside -= 1
            self._held -= received


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
        self._texts = _Room(memory)
        self._files = _Room(disk, _MOST_FILES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if (
            door_in(scope) is not CONTRACT
            or (scope["method"], scope["path"]) not in CONTRACT.counted
            or _has_key(scope)
        ):
            await self._app(scope, receive, send)
            return
        source = receive

        async def receiving() -> Message:
            return await source()

        request = scope[_PLACE] = Request(scope, receiving)
        # Only files of forms are kept on disk.
        upload = scope["path"] in CONTRACT.uploads and is_form(
            request.headers.get("content-type", "")
        )
        room = self._files if upload else self._texts
        try:
            with room.counting(receive) as source:
                asked = await read_fields(request, Keyed, files=int(upload))
            source = receive
            if asked.api_key:
                key = asked.api_key.encode()
                scope["headers"] = [*scope["headers"], (b"x-api-key", key)]
            await self._app(scope, receive, send)
        finally:
            await request.close()


def _busy() -> Busy:
    return Busy(
        "The bodies in which keys are looked for are too many, or too long together.",
        hint="Try again after Retry-After, or send the key in a header.",
    )


def _has_key(scope: Scope) -> bool:
    return any(
        name == b"x-api-key"
        or (name == b"authorization" and value[:7].lower() in {b"bearer ", b"deepl-a"})
        for name, value in scope["headers"]
    )
