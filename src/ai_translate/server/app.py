"""Puts the server together: middleware, routes, errors and the life of the models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from ai_translate.config import Settings
from ai_translate.server.body_limit import BodyLimit
from ai_translate.server.documentation import add_pages
from ai_translate.server.failures import HANDLERS, LastResort
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.native import Native
from ai_translate.translator import Translator

__all__ = ["create_app"]


def create_app(settings: Settings, load: Callable[[], Translator]) -> FastAPI:
    """The application. Its `state.lifecycle` tells where it stands.

    Args:
        settings: Limits and defaults.
        load: Makes the translator; called once in a thread when the application starts, which
            does not wait for it. The application closes the translator when it ends.
    """
    lifecycle = Lifecycle(load)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with lifecycle.running():
            yield

    app = FastAPI(
        title="AI Translate",
        summary="Translates text with models that are pinned and verified.",
        version=version("ai-translate"),
        lifespan=lifespan,
        middleware=[
            Middleware(LastResort),
            Middleware(BodyLimit, limit=settings.max_body_bytes),
        ],
        exception_handlers=HANDLERS,
        docs_url=None,  # the page that comes with FastAPI loads its parts from another host
        redoc_url=None,
        redirect_slashes=False,  # a redirect names an address that a proxy may not pass
    )
    app.state.lifecycle = lifecycle
    Native(settings, lifecycle).add_to(app)
    add_pages(app)
    return app
