"""The page at /docs. It asks nobody but this server: no network of others, no inline script."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI

from ai_translate.server.page_file import PageFile

__all__ = ["add_documentation"]

_FILES: Final = {"/docs": "docs.html", "/docs.js": "docs.js", "/docs.css": "docs.css"}


def add_documentation(app: FastAPI) -> None:
    """Adds the page and what it needs."""
    for path, name in _FILES.items():
        file = PageFile(files(__package__) / "pages" / name)
        app.add_route(path, file.__call__, include_in_schema=False)
