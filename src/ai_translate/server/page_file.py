"""A file of a page that the server has itself, and what a browser is told with it."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["MEDIA_TYPES", "PageFile"]

MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""By the end of a file's name."""

# Nothing but what this server has itself, and no text that becomes code or markup on its way.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class PageFile:
    """A file, read once.

    Args:
        where: The file; how its name ends tells what it is.
        varies: Name of the request's header that decides whether this is the answer, if one does.
    """

    def __init__(self, where: Traversable, *, varies: str | None = None) -> None:
        self._content = where.read_bytes()
        self._media_type = MEDIA_TYPES[PurePath(where.name).suffix]
        self._headers = {
            "Content-Security-Policy": _POLICY,
            # Asked for again each time, so that all files of a page are of one version.
            "Cache-Control": "no-cache",
            "ETag": f'"{hashlib.sha256(self._content).hexdigest()[:32]}"',
        }
        if varies is not None:
            self._headers["Vary"] = varies

    async def __call__(self, request: Request) -> Response:
        """The file, or 304 to whom has it."""
        known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
        if self._headers["ETag"] in {tag.removeprefix("W/") for tag in known}:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=self._headers)
        return Response(self._content, media_type=self._media_type, headers=self._headers)
