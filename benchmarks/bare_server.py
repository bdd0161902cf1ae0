"""Our server without keys, limits, metrics and logs: what these cost is beyond it."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from ai_translate.cli.main import main
from ai_translate.server import app
from ai_translate.server.body_limit import BodyLimit, Limit
from ai_translate.server.failures import HANDLERS, LastResort
from ai_translate.server.security_headers import SecurityHeaders


def _bare(server: FastAPI) -> ASGIApp:
    answered = ExceptionMiddleware(server.router, handlers=HANDLERS)
    bounded = BodyLimit(answered, limit=Limit(16_000_000), own={}, memory=64_000_000)
    return SecurityHeaders(LastResort(bounded))


if __name__ == "__main__":
    for_this_process = app._Lean  # noqa: SLF001  # nobody else may leave these out
    for_this_process.build_middleware_stack = _bare  # type: ignore[method-assign, assignment]
    main()
