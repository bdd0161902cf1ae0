"""DeepL's addresses for glossaries, of one direction (v2) and of several (v3).

They are those of our own contract: the id is the name, which has a title beside it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.languages import LanguagePair
from ai_translate.server.answers import json_response
from ai_translate.server.deepl.door import TAG, fields_of, refusals
from ai_translate.server.deepl.glossary_shapes import (
    DeepLDictionary,
    DeepLDictionaryEntries,
    DeepLDirection,
    DeepLEntries,
    DeepLGlossary,
    DeepLGlossaryList,
    DeepLMultilingualGlossary,
    DeepLMultilingualGlossaryList,
    DeepLPairs,
    DirectionQuery,
    GlossaryChange,
    GlossaryFields,
    GlossaryFields3,
    Terms,
)
from ai_translate.server.deepl.shapes import content_of
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.reading import read_query
from ai_translate.server.routing import (
    Responses,
    answering,
    delete,
    get,
    patch,
    post,
    put,
    query_parameters,
)
from ai_translate.state.glossaries import Glossaries, GlossaryInfo
from ai_translate.text.glossary_files import MAX_ENTRIES, Entries

__all__ = ["DeepLGlossaries"]

_ID: Final[dict[str, Any]] = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The `glossary_id`; of a glossary of our own contract, its name.",
    "example": "products",
    "schema": {"type": "string"},
}
_TSV: Final[Responses] = {
    200: {
        "description": "Its terms, one a line.",
        "content": {
            "text/tab-separated-values": {"schema": {"type": "string"}, "example": "station\tgare"}
        },
    }
}
_GONE: Final[Responses] = {204: {"description": "It is gone."}}


class DeepLGlossaries:
    """The routes of one server.

    Args:
        lifecycle: Where the translator comes from.
        glossaries: Where they are kept.
    """

    def __init__(self, lifecycle: Lifecycle, glossaries: Glossaries) -> None:
        self._lifecycle = lifecycle
        self._glossaries = glossaries

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        every: dict[str, Any] = {"errors": refusals(), "tag": TAG}
        sent: dict[str, Any] = {"errors": refusals(400), "tag": TAG}
        one: dict[str, Any] = {"errors": refusals(404), "parameters": [_ID], "tag": TAG}
        changed: dict[str, Any] = {**one, "errors": refusals(400, 404)}
        of_pair = {**changed, "parameters": [_ID, *query_parameters(DirectionQuery)]}

        pairs = "/deepl/v2/glossary-language-pairs"
        get(app, pairs, self.pairs, DeepLPairs, errors=refusals(503), tag=TAG)
        path = "/deepl/v2/glossaries"
        made = answering(201, DeepLGlossary, "It is made.")
        post(app, path, self.create, content_of(GlossaryFields), made, **sent)
        get(app, path, self.list_all, DeepLGlossaryList, **every)
        path += "/{id}"
        get(app, path, self.read, DeepLGlossary, **one)
        get(app, f"{path}/entries", self.entries, _TSV, **one)
        delete(app, path, self.remove, _GONE, **one)

        path = "/deepl/v3/glossaries"
        made = answering(201, DeepLMultilingualGlossary, "It is made.")
        post(app, path, self.create3, content_of(GlossaryFields3), made, **sent)
        get(app, path, self.list_all3, DeepLMultilingualGlossaryList, **every)
        path += "/{id}"
        get(app, path, self.read3, DeepLMultilingualGlossary, **one)
        content = content_of(GlossaryChange)
        patch(app, path, self.change3, content, DeepLMultilingualGlossary, **changed)
        delete(app, path, self.forget3, _GONE, **one)
        get(app, f"{path}/entries", self.entries3, DeepLEntries, **of_pair)
        path += "/dictionaries"
        put(app, path, self.replace3, content_of(Terms), DeepLDictionary, **changed)
        delete(app, path, self.remove3, _GONE, **of_pair)

    async def pairs(self, _request: Request) -> Response:
        """The directions of which glossaries are honoured."""
        found = [DeepLDirection.of_pair(pair) for pair in self._lifecycle.translator.pairs]
        return json_response(DeepLPairs(supported_languages=found))

    async def create(self, request: Request) -> Response:
        """Makes a glossary of one direction."""
        wanted = await fields_of(request, GlossaryFields)
        info = await anyio.to_thread.run_sync(lambda: self._made(wanted.name, wanted.parsed()))
        return json_response(DeepLGlossary.of(info), HTTPStatus.CREATED)

    async def list_all(self, _request: Request) -> Response:
        """Every glossary of one direction, without its terms."""
        infos = await anyio.to_thread.run_sync(self._glossaries.infos)
        found = [DeepLGlossary.of(info) for info in infos if len(info.entries) == 1]
        return json_response(DeepLGlossaryList(glossaries=found))

    async def read(self, request: Request) -> Response:
        """A glossary of one direction, without its terms."""
        return json_response(DeepLGlossary.of((await self._of_one(request))[0]))

    async def entries(self, request: Request) -> Response:
        """The terms of a glossary of one direction."""
        [terms] = (await self._of_one(request))[1].values()
        return Response(_written(terms), media_type="text/tab-separated-values")

    async def remove(self, request: Request) -> Response:
        """Forgets a glossary."""
        await anyio.to_thread.run_sync(self._glossaries.delete, request.path_params["id"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def forget3(self, request: Request) -> Response:
        """Forgets a glossary."""
        return await self.remove(request)

    async def create3(self, request: Request) -> Response:
        """Makes a glossary of one direction or several."""
        wanted = await fields_of(request, GlossaryFields3)
        info = await anyio.to_thread.run_sync(
            lambda: self._made(wanted.name, _merged({}, wanted.dictionaries))
        )
        return json_response(DeepLMultilingualGlossary.of(info), HTTPStatus.CREATED)

    async def list_all3(self, _request: Request) -> Response:
        """Every glossary, without its terms."""
        infos = await anyio.to_thread.run_sync(self._glossaries.infos)
        found = [DeepLMultilingualGlossary.of(info) for info in infos]
        return json_response(DeepLMultilingualGlossaryList(glossaries=found))

    async def read3(self, request: Request) -> Response:
        """A glossary, without its terms."""
        return json_response(DeepLMultilingualGlossary.of((await self._found(request))[0]))

    async def change3(self, request: Request) -> Response:
        """Gives a glossary another name, adds terms, or gives terms other translations."""
        wanted = await fields_of(request, GlossaryChange)
        name = request.path_params["id"]
        info = await anyio.to_thread.run_sync(
            lambda: self._glossaries.change(
                name, lambda found: _merged(found, wanted.dictionaries), wanted.name
            )
        )
        return json_response(DeepLMultilingualGlossary.of(info))

    async def entries3(self, request: Request) -> Response:
        """The terms of one direction."""
        pair = read_query(request, DirectionQuery).pair
        terms = _of_pair((await self._found(request))[1], pair)
        told = DeepLDictionaryEntries(
            **DeepLDirection.of_pair(pair).model_dump(),
            entries=_written(terms),
            entries_format="tsv",
        )
        return json_response(DeepLEntries(dictionaries=[told]))

    async def replace3(self, request: Request) -> Response:
        """Puts terms in place of those of their direction."""
        wanted = await fields_of(request, Terms)
        name = request.path_params["id"]
        info = await anyio.to_thread.run_sync(
            lambda: self._glossaries.change(
                name, lambda found: _bounded({**found, **wanted.parsed()})
            )
        )
        return json_response(DeepLDictionary.of(wanted.pair, info.entries[wanted.pair]))

    async def remove3(self, request: Request) -> Response:
        """Forgets the terms of one direction; the last one goes with its glossary."""
        pair = read_query(request, DirectionQuery).pair
        name = request.path_params["id"]

        def without(found: Entries) -> Entries:
            _of_pair(found, pair)
            rest = {other: terms for other, terms in found.items() if other != pair}
            if not rest:
                raise InvalidRequest(
                    "A glossary has at least one dictionary.", hint="Delete the glossary."
                )
            return rest

        await anyio.to_thread.run_sync(lambda: self._glossaries.change(name, without))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _made(self, title: str, entries: Entries) -> GlossaryInfo:
        return self._glossaries.put(str(uuid.uuid4()), entries, title)

    async def _found(self, request: Request) -> tuple[GlossaryInfo, Entries]:
        return await anyio.to_thread.run_sync(self._glossaries.get, request.path_params["id"])

    async def _of_one(self, request: Request) -> tuple[GlossaryInfo, Entries]:
        info, entries = await self._found(request)
        if len(entries) != 1:
            raise NotFound(
                "The glossary has several dictionaries.", hint="Ask for it by /v3/glossaries."
            )
        return info, entries


def _merged(found: Entries, more: list[Terms]) -> Entries:
    """Terms with others, which go before those of the same."""
    merged = {pair: dict(terms) for pair, terms in found.items()}
    for terms in more:
        merged.setdefault(terms.pair, {}).update(terms.parsed()[terms.pair])
    return _bounded(merged)


def _bounded(entries: Entries) -> Entries:
    """Terms of all directions, which have the limit of a glossary together."""
    if sum(map(len, entries.values())) > MAX_ENTRIES:
        raise TooLarge(
            f"The glossary would have more than {MAX_ENTRIES} entries.", hint="Make several of it."
        )
    return entries


def _of_pair(entries: Entries, pair: LanguagePair) -> Mapping[str, str]:
    if pair not in entries:
        raise NotFound(f"The glossary has no dictionary for {pair}.", hint="Add one to it.")
    return entries[pair]


def _written(terms: Mapping[str, str]) -> str:
    """Terms as TSV; none has a tab in it, or a line's end."""
    return "\n".join(f"{term}\t{translation}" for term, translation in terms.items())
