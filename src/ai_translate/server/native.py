"""The native contract: what each address does. Errors are answered in `failures`."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Engine, Priority
from ai_translate.languages import LanguagePair, name_of
from ai_translate.server.about import (
    Health,
    Languages,
    LoadedModel,
    Overview,
    Pair,
    Probe,
    SupportedLanguages,
)
from ai_translate.server.addresses import by_native
from ai_translate.server.answers import batched, json_response, translated
from ai_translate.server.asking import TIMEOUT, in_time, too_long, too_many
from ai_translate.server.departure import unless_left
from ai_translate.server.error_examples import documented
from ai_translate.server.lifecycle import Lifecycle, Status
from ai_translate.server.reading import read_body, read_query
from ai_translate.server.reception import Reception
from ai_translate.server.routing import answering, get, post, query_parameters
from ai_translate.server.schemas import (
    BatchRequest,
    BatchResponse,
    TranslateQuery,
    TranslateRequest,
    TranslateResponse,
)
from ai_translate.server.web_page import WebPage
from ai_translate.settings import Settings
from ai_translate.translator import Translator

__all__ = ["Native"]


class Native:
    """The routes of one server.

    Args:
        settings: Limits.
        lifecycle: Where the translator comes from.
        reception: Where requests come in.
        page: What browsers get at `/`.
    """

    def __init__(
        self, settings: Settings, lifecycle: Lifecycle, reception: Reception, page: WebPage
    ) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._reception = reception
        self._page = page

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        errors = documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.GATEWAY_TIMEOUT,
        )
        not_ready = documented(HTTPStatus.SERVICE_UNAVAILABLE)
        unhealthy = answering(503, Health, "Not healthy: see `status`.")
        unready = answering(503, Probe, "Not ready: see `status`.")
        # Routes are tried one after the other: first those that are asked most.
        post(
            app,
            "/translate",
            self.translate,
            TranslateRequest,
            TranslateResponse,
            errors=errors,
            parameters=[TIMEOUT],
        )
        post(
            app,
            "/translate/batch",
            self.translate_batch,
            BatchRequest,
            BatchResponse,
            errors=errors,
            parameters=[TIMEOUT],
        )
        get(
            app,
            "/translate",
            self.translate_query,
            TranslateResponse,
            errors=errors,
            parameters=[*query_parameters(TranslateQuery), TIMEOUT],
        )
        get(app, "/", self.overview, Overview)
        get(app, "/health", self.health, Health, errors=unhealthy)
        get(app, "/livez", self.livez, Probe)
        get(app, "/readyz", self.readyz, Probe, errors=unready)
        get(app, "/languages", self.languages, Languages, errors=not_ready)

    async def overview(self, request: Request) -> Response:
        """What answers here, and with which models; a browser gets the page for people."""
        # Below /native, where programs ask, the page would not find its parts.
        if not by_native(request.scope) and (page := await self._page.front(request)):
            return page
        models = [
            LoadedModel(
                name=engine.name,
                digest=engine.artifact.digest,
                pairs=_pairs(engine.artifact.manifest.pairs),
                quantization=engine.artifact.manifest.quantization,
                licence=engine.artifact.manifest.licence,
                resident=engine.resident,
            )
            for engine in self._engines()
        ]
        message = "AI Translate answers here. See /docs."
        response = json_response(
            Overview(message=message, version=version("ai-translate"), models=models)
        )
        response.headers["Vary"] = "Accept"
        return response

    async def health(self, _request: Request) -> Response:
        """The state of the server: 200 when healthy, otherwise 503."""
        names = [engine.name for engine in self._engines()]
        resident = [engine.name for engine in self._engines() if engine.resident]
        status = self._lifecycle.status
        return _probed(
            Health(
                status=status,
                model_loaded=bool(names),
                models_loaded=names,
                models_resident=resident,
            ),
            ready=status is Status.HEALTHY,
        )

    async def livez(self, _request: Request) -> Response:
        """Whether the process lives: 200 for as long as it can answer."""
        return _probed(Probe(status="alive"), ready=True)

    async def readyz(self, _request: Request) -> Response:
        """Whether to send requests here: 200 when healthy, otherwise 503."""
        status = self._lifecycle.status
        return _probed(Probe(status=status), ready=status is Status.HEALTHY)

    async def languages(self, _request: Request) -> Response:
        """The languages and directions that the loaded models translate."""
        pairs = self._lifecycle.translator.pairs
        sources = sorted({pair.source for pair in pairs})
        targets = sorted({pair.target for pair in pairs})
        return json_response(
            Languages(
                supported_languages=SupportedLanguages(source=sources, target=targets),
                pairs=_pairs(pairs),
                names={tag: name_of(tag) for tag in sorted({*sources, *targets})},
            )
        )

    async def translate(self, request: Request) -> Response:
        """Translates one text."""
        with self._lifecycle.request() as translator:
            wanted = await read_body(request, TranslateRequest)
            return await unless_left(request, self._one(request, translator, wanted))

    async def translate_query(self, request: Request) -> Response:
        """Translates one text that is given in the address."""
        with self._lifecycle.request() as translator:
            wanted = read_query(request, TranslateQuery)
            return await unless_left(request, self._one(request, translator, wanted))

    async def translate_batch(self, request: Request) -> Response:
        """Translates several texts; one that fails does not fail the others."""
        with self._lifecycle.request() as translator:
            wanted = await read_body(request, BatchRequest)
            if error := too_many(self._settings, "texts", wanted.texts):
                raise error
            return await unless_left(request, self._batch(request, translator, wanted))

    async def _one(
        self, request: Request, translator: Translator, wanted: TranslateQuery
    ) -> Response:
        if error := too_long(self._settings, "text", wanted.text):
            raise error
        received = self._reception.received(
            request, translator, wanted, [wanted.text], Priority.INTERACTIVE
        )
        async with received as (languages, options, how):
            translation = await in_time(
                how, translator.translate_async(wanted.text, *languages, options, **how)
            )
        return json_response(translated(wanted.text, translation))

    async def _batch(
        self, request: Request, translator: Translator, wanted: BatchRequest
    ) -> Response:
        errors = [
            too_long(self._settings, f"texts[{i}]", text) for i, text in enumerate(wanted.texts)
        ]
        sound = [text for text, error in zip(wanted.texts, errors, strict=True) if error is None]
        received = self._reception.received(request, translator, wanted, sound, Priority.BULK)
        async with received as (languages, options, how):
            results = await translator.translate_batch_async(sound, *languages, options, **how)
        # Thousands of results take their time to write down.
        return await anyio.to_thread.run_sync(batched, wanted.texts, errors, results)

    def _engines(self) -> Sequence[Engine]:
        loaded = self._lifecycle.loaded
        return loaded.engines if loaded else ()


def _pairs(pairs: Sequence[LanguagePair]) -> list[Pair]:
    return [Pair(source=pair.source, target=pair.target) for pair in pairs]


def _probed(body: Health | Probe, *, ready: bool) -> Response:
    response = json_response(body, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Cache-Control"] = "no-store"
    return response
