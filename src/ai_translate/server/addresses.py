"""Which contract an address is of, and what stands at the root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ai_translate.server.door import Door, name_door

__all__ = ["NATIVE", "Addresses", "by_native", "moved"]

NATIVE: Final = "/native"
"""What stands before an address of our own contract that is that, whatever AIT_ROOT says."""


_PLACE: Final = "ai_translate.native"


def by_native(scope: Scope) -> bool:
    """Whether a request came below `/native`."""
    return bool(scope.get(_PLACE))


class Addresses:
    """Plain ASGI middleware that puts an address where its contract has it, and names its door.

    Args:
        app: What takes the requests.
        doors: Those that are open.
        root: Name of the door whose addresses are at the root, too; `native` for none.
    """

    def __init__(self, app: ASGIApp, doors: Sequence[Door], root: str) -> None:
        self._app = app
        self._by_prefix = {door.prefix: door for door in doors}
        self._at_root = {part: door for door in doors if door.name == root for part in door.roots}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] == "http":
            path = scope["path"]
            first = _first(path)
            if first == NATIVE:
                rest = path[len(NATIVE) :] or "/"
                # A door has an address of its own: by this one it would be none.
                if _first(rest) not in self._by_prefix:
                    scope["path"] = rest
                    scope[_PLACE] = True
            elif door := self._by_prefix.get(first):
                name_door(scope, door)
            elif door := self._at_root.get(first):
                scope["path"] = door.prefix + path
                name_door(scope, door)
        await self._app(scope, receive, send)


def _first(path: str) -> str:
    """The first part of a path, with the slash before it."""
    return path[: path.find("/", 1)] if "/" in path[1:] else path


def moved(paths: dict[str, Any], doors: Sequence[Door], root: str) -> dict[str, Any]:
    """The paths of OpenAPI with those of our own elsewhere that a door has taken at the root."""
    taken = {part for door in doors if door.name == root for part in door.roots}
    return {
        (NATIVE + path if "/" + path.split("/")[1] in taken else path): operations
        for path, operations in paths.items()
    }
