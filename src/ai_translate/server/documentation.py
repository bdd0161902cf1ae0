"""The page at /docs. It asks nobody but this server: no network of others, no inline script."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["add_pages"]

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
_PAGES: Final = {
    "/docs": ("docs.html", "text/html"),
    "/docs.js": ("docs.js", "text/javascript"),
    "/docs.css": ("docs.css", "text/css"),
}


def add_pages(app: FastAPI) -> None:
    """Adds the page and what it needs. Each file is read once."""
    for path, (name, media_type) in _PAGES.items():
        content = (files(__package__) / "pages" / name).read_bytes()
        app.add_route(path, _serving(content, media_type), include_in_schema=False)


def _serving(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)

    return page
