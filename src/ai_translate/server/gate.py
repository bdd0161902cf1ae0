"""Lets in who has a key that is for what is asked with it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ai_translate.errors import Forbidden, Unauthorized
from ai_translate.server.caller import Access, name_caller
from ai_translate.server.door import Door, door_in
from ai_translate.server.error_examples import documented
from ai_translate.server.key_shelf import HINT, KeyShelf
from ai_translate.server.web_page import FOLDER

__all__ = ["Gate", "access_for", "describe_keys"]

_OPEN: Final = frozenset(
    {
        *("/", "/livez", "/readyz", "/health"),
        *("/openapi.json", "/docs", "/docs.js", "/docs.css"),
    }
)
_READING: Final = frozenset({"GET", "HEAD"})
# What stands before a key in `Authorization`.
_WORDS: Final = frozenset({b"bearer", b"deepl-auth-key"})
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key that `ai-translate keys create` made.",
    },
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, where `Authorization` is taken.",
    },
}


class Gate:
    """Plain ASGI middleware that asks for a key, and names the caller to what is further in.

    A key is read from `X-API-Key`, or else from `Authorization`, behind `Bearer` or behind what
    clients of DeepL write, and from nowhere else: addresses end up in logs and histories.

    Args:
        app: What takes the requests that pass.
        keys: Those that count.

    Raises:
        Unauthorized: To the middleware outside: there is no key that counts.
        Forbidden: To the middleware outside: it is not for what is asked.
    """

    def __init__(self, app: ASGIApp, keys: KeyShelf) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on that needs no key, or has one."""
        if scope["type"] == "http":
            door = door_in(scope)
            access = access_for if door is None else door.access
            needed = access(scope["method"], scope["path"])
            if needed is not None:
                self._name_caller(scope, needed)
        await self._app(scope, receive, send)

    def _name_caller(self, scope: Scope, needed: Access) -> None:
        caller = self._keys.find(_key(scope["headers"]))
        name_caller(scope, caller)  # the log names it, too, where it is refused
        if needed not in caller.access and Access.ADMIN not in caller.access:
            raise Forbidden(
                f"The key {caller.key} is for {', '.join(sorted(caller.access))}; "
                f"this needs {needed}.",
                hint=f"`ai-translate keys create NAME --access {needed}` makes one.",
            )


def access_for(method: str, path: str) -> Access | None:
    """What a key must be for that asks this; None where no key is needed."""
    if path in _OPEN or path.startswith(FOLDER):
        return None
    if path.startswith("/admin"):
        return Access.ADMIN
    if path.startswith("/metrics"):
        return Access.METRICS
    if path.startswith("/glossaries") and method not in _READING:
        return Access.GLOSSARIES
    return Access.TRANSLATE


def describe_keys(api: dict[str, Any], doors: Sequence[Door]) -> None:
    """Writes into an OpenAPI document which of its operations need a key, and for what.

    Args:
        api: The document.
        doors: Those that are open; what their errors are they have said themselves.
    """
    refusals = {
        str(status): _refusal(answer)
        for status, answer in documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN).items()
    }
    known = [scheme for door in doors for scheme in door.schemes.items()]
    api.setdefault("components", {})["securitySchemes"] = {**_SCHEMES, **dict(known)}
    for path, operations in api["paths"].items():
        door = next((one for one in doors if path.startswith(f"{one.prefix}/")), None)
        access = access_for if door is None else door.access
        schemes = _SCHEMES if door is None else door.schemes
        for method, operation in operations.items():
            needed = access(method.upper(), path)
            if needed is None:
                operation["security"] = []
                continue
            operation["security"] = [{scheme: [str(needed)]} for scheme in schemes]
            if door is None:
                operation["responses"] |= refusals


def _refusal(answer: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{answer['model'].__name__}"}
    [(media_type, shown)] = answer["content"].items()
    return {
        "description": answer["description"],
        "content": {media_type: {"schema": schema, **shown}},
    }


def _key(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The key that a request has.

    Raises:
        Unauthorized: It has none, or several.
    """
    found: bytes | None = None
    bearer: bytes | None = None
    for name, value in headers:
        if name == b"x-api-key":
            if found is not None:
                raise Unauthorized("The header X-API-Key was sent twice.", hint=HINT)
            found = value
        elif name == b"authorization":
            if bearer is not None:
                raise Unauthorized("The header Authorization was sent twice.", hint=HINT)
            bearer = value
    if found is not None:
        return found
    if bearer is None:
        raise Unauthorized("This needs a key.", hint=HINT)
    scheme, _, key = bearer.partition(b" ")
    if scheme.lower() not in _WORDS:
        raise Unauthorized("This needs a key, which follows the word Bearer.", hint=HINT)
    return key.strip(b" ")
