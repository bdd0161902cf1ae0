"""Glossaries over HTTP: what each of their addresses does. Errors are answered in `failures`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.languages import LanguagePair
from ai_translate.server.answers import json_response
from ai_translate.server.error_examples import documented
from ai_translate.server.failures import Malformed, Mistake
from ai_translate.server.glossary_shapes import (
    GlossaryAnswer,
    GlossaryList,
    GlossaryQuery,
    GlossaryTerms,
    PairCount,
    TermsByDirection,
)
from ai_translate.server.reading import read_query
from ai_translate.server.routing import Responses, delete, get, put, query_parameters
from ai_translate.state.glossaries import Glossaries, GlossaryInfo
from ai_translate.text.glossary_files import Format, direction_name, parse

__all__ = ["GlossaryRoutes"]

_FORMATS: Final[Mapping[str, Format]] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
}
_EXAMPLES: Final = {
    "application/json": {"en-fr": {"station": "gare"}},
    "text/tab-separated-values": "station\tgare\n",
    "text/csv": "source,target\nstation,gare\n",
}
# The other form as JSON, a list, would leave makers of clients with a type that cannot be told
# from others; docs/glossaries.md has it.
_AS_JSON: Final = {"$ref": "#/components/schemas/TermsByDirection"}
_AS_FILE: Final = {"type": "string", "format": "binary"}
_NAME: Final[dict[str, Any]] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "Up to 64 letters, digits, hyphens, underscores and dots.",
    "example": "products",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
}


class GlossaryRoutes:
    """The routes of glossaries.

    Args:
        glossaries: Where they are kept.
    """

    def __init__(self, glossaries: Glossaries) -> None:
        self._glossaries = glossaries

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        path = "/glossaries/{name}"
        failing = documented(HTTPStatus.INTERNAL_SERVER_ERROR)
        missing = documented(HTTPStatus.NOT_FOUND) | failing
        refused = documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
        content = {
            kind: {"schema": _AS_JSON if kind == "application/json" else _AS_FILE}
            | {"example": example}
            for kind, example in _EXAMPLES.items()
        }
        get(app, "/glossaries", self.list_glossaries, GlossaryList, errors=failing)
        get(app, path, self.read_glossary, GlossaryTerms, errors=missing, parameters=[_NAME])
        put(
            app,
            path,
            self.put_glossary,
            content,
            GlossaryAnswer,
            errors=refused | failing,
            parameters=[_NAME, *query_parameters(GlossaryQuery)],
        )
        gone: Responses = {204: {"description": "It is gone."}}
        delete(app, path, self.remove_glossary, gone, errors=missing, parameters=[_NAME])

    async def list_glossaries(self, _request: Request) -> Response:
        """Every glossary, without its terms."""
        infos = await anyio.to_thread.run_sync(self._glossaries.infos)
        answers = [GlossaryAnswer(**self._described(info)) for info in infos]
        return json_response(GlossaryList(glossaries=answers))

    async def read_glossary(self, request: Request) -> Response:
        """One glossary with its terms."""
        return await anyio.to_thread.run_sync(self._read, request.path_params["name"])

    async def put_glossary(self, request: Request) -> Response:
        """Keeps a glossary under a name, whole, in place of the one that had it."""
        form = _format(request.headers.get("content-type", ""))
        pair = _pair(read_query(request, GlossaryQuery))
        body = await request.body()
        name = request.path_params["name"]
        return await anyio.to_thread.run_sync(self._write, name, body, form, pair)

    async def remove_glossary(self, request: Request) -> Response:
        """Forgets a glossary."""
        await anyio.to_thread.run_sync(self._glossaries.delete, request.path_params["name"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _read(self, name: str) -> Response:
        info, entries = self._glossaries.get(name)
        terms = {direction_name(pair): those for pair, those in entries.items()}
        return json_response(GlossaryTerms(**self._described(info), terms=TermsByDirection(terms)))

    def _write(self, name: str, body: bytes, form: Format, pair: LanguagePair | None) -> Response:
        info = self._glossaries.put(name, parse(body, form, pair))
        return json_response(GlossaryAnswer(**self._described(info)))

    def _described(self, info: GlossaryInfo) -> dict[str, Any]:
        pairs = [
            PairCount(source=pair.source, target=pair.target, entries=entries)
            for pair, entries in info.entries.items()
        ]
        return {
            "name": info.name,
            "updated": info.updated,
            "lasting": self._glossaries.lasting,
            "pairs": pairs,
        }


def _format(content_type: str) -> Format:
    essence = content_type.partition(";")[0].strip().lower()
    if essence not in _FORMATS:
        raise Malformed(
            [
                Mistake(
                    ("header", "content-type"), f"is none of {', '.join(_FORMATS)}", "content_type"
                )
            ],
            hint="Send the header Content-Type: text/csv, or what the glossary is.",
        )
    return _FORMATS[essence]


def _pair(query: GlossaryQuery) -> LanguagePair | None:
    source, target = query.source_lang, query.target_lang
    if source is None and target is None:
        return None
    if source is None or target is None:
        name = "target_lang" if target is None else "source_lang"
        raise Malformed(
            [Mistake(("query", name), "Field required", "missing")],
            hint="A direction has both source_lang and target_lang.",
        )
    return LanguagePair(source, target)
