"""The page for people at `/`, and its parts below `/page/`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.errors import NotFound
from ai_translate.server.accepting import prefers_page
from ai_translate.server.page_file import MEDIA_TYPES, PageFile

__all__ = ["FOLDER", "WebPage"]

FOLDER: Final = "/page/"
"""What the addresses of the parts begin with."""

_FRONT: Final = "front.html"


class WebPage:
    """The files of the page, each read once."""

    def __init__(self) -> None:
        folder = files(__package__) / "pages" / "web"
        self._parts = {
            file.name: PageFile(file)
            for file in folder.iterdir()
            if file.name != _FRONT and PurePath(file.name).suffix in MEDIA_TYPES
        }
        self._front = PageFile(folder / _FRONT, varies="Accept")

    def add_to(self, app: FastAPI) -> None:
        """Adds the parts; the page itself shares its address with the overview."""
        app.add_route(f"{FOLDER}{{name}}", self.part, include_in_schema=False)

    async def front(self, request: Request) -> Response | None:
        """The page, where it is wanted more than JSON."""
        accept = ",".join(request.headers.getlist("accept"))
        return await self._front(request) if prefers_page(accept) else None

    async def part(self, request: Request) -> Response:
        """A part of the page."""
        name = request.path_params["name"]
        part = self._parts.get(name)
        if part is None:
            raise NotFound(f"The page has no part {name[:100]!r}.")
        return await part(request)
