"""The application in this process: its real life cycle, its real routes, no socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.types import ASGIApp

from ai_translate.server.app import create_app
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.settings import load_settings
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine

__all__ = ["Service", "error_of", "serving"]


class Service(httpx.AsyncClient):
    """A client of the application.

    Attributes:
        app: The application itself.
        engine: What it translates with.
        lifecycle: Where the application stands.
    """

    app: ASGIApp
    engine: FakeEngine
    lifecycle: Lifecycle


@asynccontextmanager
async def serving(
    *, load: Callable[[], Translator] | None = None, wait: bool = True, **settings: Any
) -> AsyncIterator[Service]:
    """Runs the application.

    Args:
        load: What loads; a fake engine by default.
        wait: Whether to wait until loading has ended.
        settings: What differs from the defaults.
    """
    engine = FakeEngine()
    app = create_app(load_settings(**settings), load or (lambda: Translator([engine])))
    # Faults must be answered, so that none may come through the transport either.
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with (
        app.router.lifespan_context(app),
        Service(transport=transport, base_url="http://service") as service,
    ):
        service.app = app
        service.engine = engine
        service.lifecycle = app.state.lifecycle
        if wait:
            await service.lifecycle.settled.wait()
        yield service


def error_of(response: httpx.Response) -> dict[str, str]:
    """The error in a response, held against the one shape that every error has."""
    body = response.json()
    assert set(body) == {"error", "detail"}, body
    error: dict[str, str] = body["error"]
    assert set(error) == {"code", "message", "hint"}, error
    assert all(isinstance(value, str) for value in error.values())
    if response.status_code == 422:
        assert body["detail"]
        assert all(set(entry) == {"loc", "msg", "type"} for entry in body["detail"])
    else:
        assert body["detail"] == error["message"]
    assert "Traceback" not in response.text
    return error
