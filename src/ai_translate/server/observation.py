"""Looks on while requests are answered: gives them a name, counts them, and writes them down."""

from __future__ import annotations

import logging
import time
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.server.caller import caller_of
from ai_translate.server.exchange import EXCHANGE, Exchange
from ai_translate.server.log_lines import with_fields
from ai_translate.server.request_counts import Answered, RequestCounts
from ai_translate.server.route_templates import RouteTemplates
from ai_translate.server.tracing import Tracing
from ai_translate.settings import Settings
from ai_translate.tally import watched

__all__ = ["LEFT", "Observation"]

_log = logging.getLogger("ai_translate.access")

LEFT: Final = 499
"""The status of a request whose client left before it was answered; nobody has seen it."""

# Any other word that a client invents would be a label of its own.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"

# They are asked every few seconds, and their answers are known from elsewhere.
_PROBES: Final = frozenset({"/livez", "/readyz", "/health", "/metrics"})

_QUOTED: Final = 200


class Observation:
    """Plain ASGI middleware, outside of all that answers.

    Neither the address of a client nor a path, a query, a key or a text is written or counted: a
    text is quoted only where AIT_LOG_TEXTS asks for it.

    Args:
        app: What answers.
        settings: What is logged.
        counts: Where requests are counted.
        templates: Which route a request is for.
        tracing: Who sends spans, if anybody.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        counts: RequestCounts,
        templates: RouteTemplates,
        tracing: Tracing | None,
    ) -> None:
        self._app = app
        self._logs = settings.access_log
        self._quotes = settings.log_texts
        self._counts = counts
        self._templates = templates
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on, and gives the answer its `X-Request-ID`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        exchange = Exchange(scope["headers"])
        name = exchange.request_id.encode()
        span = None if self._tracing is None else self._tracing.begin(scope, exchange)
        status, received, sent, whole = LEFT, 0, 0, False

        async def receiving() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status, sent, whole
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", name)]
            else:
                sent += len(message.get("body", b""))
                whole = not message.get("more_body", False)
            await send(message)

        self._counts.in_flight += 1
        token = EXCHANGE.set(exchange)
        try:
            with watched(exchange.add):
                await self._app(scope, receiving, sending)
        finally:
            self._counts.in_flight -= 1
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            answered = Answered(
                *(self._templates.of(scope), method, status),
                *(time.perf_counter() - began, received, sent),
            )
            self._counts.add(answered)
            if self._logs:
                self._write(scope, exchange, answered, whole=whole)
            if self._tracing is not None and span is not None:
                self._tracing.end(span, exchange, answered)
            EXCHANGE.reset(token)

    def _write(self, scope: Scope, exchange: Exchange, answered: Answered, *, whole: bool) -> None:
        usual = answered.route in _PROBES and answered.status < 400
        level = logging.DEBUG if usual else logging.INFO
        if not _log.isEnabledFor(level):
            return
        fields: dict[str, object] = {
            "method": answered.method,
            "route": answered.route,
            "status": answered.status,
            "duration_ms": round(answered.seconds * 1000, 3),
        }
        if exchange.model:
            fields["characters"] = exchange.characters
            fields["model"] = exchange.model
        key = caller_of(Request(scope)).key
        if key:
            fields["key"] = key
        if not whole:
            fields["cut_off"] = True
        if self._quotes and exchange.sample:
            fields["text"] = exchange.sample[:_QUOTED]
        _log.handle(
            with_fields(
                *(_log.name, level),
                f"{answered.method} {answered.route} {answered.status}",
                fields,
            )
        )
