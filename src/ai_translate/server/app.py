"""Puts the server together: middleware, routes, errors and the life of the models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import version
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ai_translate.server.addresses import Addresses, moved
from ai_translate.server.admin import Admin
from ai_translate.server.admission import Admission
from ai_translate.server.body_limit import BodyLimit, Limit
from ai_translate.server.components import gather
from ai_translate.server.cors import Cors
from ai_translate.server.deepl.documents import DeepLDocuments
from ai_translate.server.deepl.door import DOOR as DEEPL
from ai_translate.server.deepl.glossaries import DeepLGlossaries
from ai_translate.server.deepl.translating import DeepLTexts
from ai_translate.server.dispatch import Dispatch
from ai_translate.server.document_desk import DocumentDesk
from ai_translate.server.document_jobs import DocumentJobs
from ai_translate.server.documentation import add_documentation
from ai_translate.server.documents import ADDRESS, Documents
from ai_translate.server.door import Door
from ai_translate.server.failures import HANDLERS, LastResort
from ai_translate.server.gate import Gate, describe_keys
from ai_translate.server.glossaries import GlossaryRoutes
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.key_shelf import KeyShelf
from ai_translate.server.libretranslate.contract import CONTRACT as LIBRETRANSLATE
from ai_translate.server.libretranslate.files import LibreTranslateFiles
from ai_translate.server.libretranslate.key_in_body import KeyInBody
from ai_translate.server.libretranslate.routes import LibreTranslate
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.limits import Limits
from ai_translate.server.metrics import Metrics
from ai_translate.server.native import Native
from ai_translate.server.observation import Observation
from ai_translate.server.proxies import TrustedProxies
from ai_translate.server.rate_limit import RateLimit
from ai_translate.server.reception import Reception
from ai_translate.server.request_counts import RequestCounts
from ai_translate.server.route_templates import RouteTemplates
from ai_translate.server.routing import NATIVE, Direct
from ai_translate.server.security_headers import SecurityHeaders
from ai_translate.server.status import StatusRoute
from ai_translate.server.streaming import Streaming
from ai_translate.server.tracing import Tracing, opened_tracing
from ai_translate.server.usage import UsageRoutes
from ai_translate.server.web_page import WebPage
from ai_translate.settings import Settings
from ai_translate.state.database import Database
from ai_translate.state.glossaries import Glossaries
from ai_translate.translator import Translator

__all__ = ["create_app"]

# What a form has beside its file.
_FORM_BYTES: Final = 1_000_000

_DOORS: Final[Mapping[str, Door]] = {door.name: door for door in (LIBRETRANSLATE, DEEPL)}


def create_app(settings: Settings, load: Callable[[], Translator]) -> FastAPI:
    """The application. Its `state.lifecycle` tells where it stands, `state.metrics` all figures.

    Args:
        settings: Limits and defaults.
        load: Makes the translator; called once in a thread when the application starts, which
            does not wait for it. The application closes the translator when it ends.

    Raises:
        ConfigurationError: The database of AIT_STATE_DIR cannot be opened, or there is none and
            keys are asked for; or traces are, whose packages are not installed.
    """
    tracing = opened_tracing(settings, version("ai-translate"))
    counts = RequestCounts()
    lifecycle = Lifecycle(load)
    database = Database.open_to_serve(settings.state_dir)
    glossaries = Glossaries(database)
    jobs = DocumentJobs(settings, database, lifecycle.using)
    keys = KeyShelf.open(settings) if settings.auth == "keys" else None
    limits = Limits.of(settings, database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Documents end first: they are translated by what is freed then.
        kept_up = keys.running() if keys else nullcontext()
        async with kept_up, limits.running(), lifecycle.running(), jobs.running():
            yield
        database.close()
        if tracing is not None:
            await anyio.to_thread.run_sync(tracing.close)

    doors = [door for name, door in _DOORS.items() if name in (settings.doors or ())]
    app = _Lean(
        settings,
        doors,
        keys,
        counts,
        tracing,
        limits,
        title="AI Translate",
        summary="Translates text with models that are pinned and verified.",
        version=version("ai-translate"),
        lifespan=lifespan,
        docs_url=None,  # the page that comes with FastAPI loads its parts from another host
        redoc_url=None,
        redirect_slashes=False,  # a redirect names an address that a proxy may not pass
    )
    app.state.lifecycle = lifecycle
    shelf = GlossaryShelf(glossaries)
    admission = Admission(settings)
    reception = Reception(settings, shelf, admission, limits.meter)
    page = WebPage()
    Native(settings, lifecycle, reception, page).add_to(app)
    Streaming(settings, lifecycle, reception).add_to(app)
    GlossaryRoutes(glossaries).add_to(app)
    desk = DocumentDesk(settings, jobs, shelf, limits.meter)
    Documents(lifecycle, desk).add_to(app)
    if LIBRETRANSLATE in doors:
        LibreTranslate(settings, lifecycle, reception).add_to(app)
        LibreTranslateFiles(lifecycle, desk).add_to(app)
    if DEEPL in doors:
        DeepLTexts(settings, lifecycle, reception, limits).add_to(app)
        DeepLDocuments(lifecycle, desk).add_to(app)
        DeepLGlossaries(lifecycle, glossaries).add_to(app)
    app.state.metrics = metrics = Metrics(lifecycle, jobs, counts, admission)
    if settings.metrics_port is None:
        metrics.add_to(app)
    Admin(lifecycle).add_to(app)
    UsageRoutes(limits).add_to(app)
    StatusRoute(lifecycle, counts, admission).add_to(app)
    add_documentation(app)
    page.add_to(app)
    return app


class _Lean(FastAPI):
    """FastAPI for its routes and its document, with our own way of a request.

    Four of its layers serve what is not used here (dependencies, telemetry, another body limit,
    another last resort) and took a tenth of the processor time of a request.

    Args:
        settings: How long a request body may be, who may ask from where, and what is logged.
        doors: Those that are open.
        keys: Those that count; None where nobody needs one.
        counts: Where requests are counted.
        tracing: Who sends spans, if anybody.
        limits: How many requests a caller may send.
        described: What FastAPI is told.
    """

    def __init__(
        self,
        settings: Settings,
        doors: Sequence[Door],
        keys: KeyShelf | None,
        counts: RequestCounts,
        tracing: Tracing | None,
        limits: Limits,
        **described: Any,
    ) -> None:
        super().__init__(**described)
        self._settings = settings
        self._doors = doors
        self._keys = keys
        self._counts = counts
        self._tracing = tracing
        self._limits = limits
        self._limit = Limit(settings.max_body_bytes)
        self._memory = settings.max_body_memory
        self._longest = longest = settings.max_document_bytes + _FORM_BYTES
        paths = [ADDRESS, *(path for door in doors for path in door.uploads)]
        self._own = dict.fromkeys(paths, Limit(longest, "AIT_MAX_DOCUMENT_BYTES"))

    def build_middleware_stack(self) -> ASGIApp:
        """What a request passes on its way to the routes, from the outside in."""
        app: ASGIApp = ExceptionMiddleware(Dispatch(self.router), handlers=HANDLERS)
        app = RateLimit(app, self._limits.rates, self._limits.meter)
        if self._keys is not None:
            app = Gate(app, self._keys)
            if LIBRETRANSLATE in self._doors:
                # What a caller that is not known yet may take is little.
                app = KeyInBody(app, memory=self._memory // 4, disk=4 * self._longest)
        bounded = BodyLimit(app, limit=self._limit, own=self._own, memory=self._memory)
        app = LastResort(bounded)
        if self._settings.cors_origins:
            app = Cors(app, self._settings.cors_origins)
        app = SecurityHeaders(app)
        templates = RouteTemplates(self.routes)
        app = Observation(app, self._settings, self._counts, templates, self._tracing)
        app = Addresses(app, self._doors, self._settings.root)
        if self._settings.trusted_proxies:
            app = TrustedProxies(app, self._settings.trusted_proxies)
        return app

    def openapi(self) -> dict[str, Any]:
        """The document of OpenAPI, made once; it says which operations need a key."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        for route in self.routes:
            if isinstance(route, Direct):
                route.describe()
        api = super().openapi()
        gather(api, NATIVE)
        if self._keys is not None:
            describe_keys(api, self._doors)
        api["paths"] = moved(api["paths"], self._doors, self._settings.root)
        return api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes by FastAPI's own, which looks for telemetry at each request."""
        await Starlette.__call__(self, scope, receive, send)
