"""Spans of requests by OpenTelemetry, for servers that are told where to send them.

The packages are an extra, `otel`, and imported only here and only when traces are asked for. How
they sample, batch and send is said by the standard variables (OTEL_…), which they read themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.types import Scope

from ai_translate.errors import ConfigurationError
from ai_translate.server.exchange import Exchange
from ai_translate.server.request_counts import Answered
from ai_translate.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

__all__ = ["Tracing", "opened_tracing"]

_SERVICE: Final = "ai-translate"
_UNNAMED: Final = "unknown_service"  # what the library says of one that has no name
_FAULT: Final = 500


def opened_tracing(settings: Settings, version: str) -> Tracing | None:
    """Who sends spans; None where nobody asks for traces.

    Raises:
        ConfigurationError: Traces are asked for, and the packages are not installed.
    """
    asked = settings.otel_exporter_otlp_endpoint or settings.otel_traces_exporter
    if not asked or settings.otel_traces_exporter == "none" or settings.otel_sdk_disabled:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # the same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # the same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # the same
    except ImportError as error:
        raise ConfigurationError(
            f"Traces are asked for by OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER, and "
            f"{error.name} is not installed.",
            hint="Install the extra with `pip install 'ai-translate[otel]'`, or unset these.",
        ) from error
    resource = Resource.create()  # of OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
    if str(resource.attributes["service.name"]).startswith(_UNNAMED):
        resource = resource.merge(Resource({"service.name": _SERVICE}))
    provider = TracerProvider(resource=Resource({"service.version": version}).merge(resource))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider, version)


class Tracing:
    """Makes a span of each request, and one below it for each group of texts that was translated.

    Args:
        provider: Where spans go.
        version: Of the service.
    """

    def __init__(self, provider: TracerProvider, version: str) -> None:
        from opentelemetry import propagate, trace  # noqa: PLC0415  # an extra

        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE, version)
        self._extract = propagate.extract
        self._within = trace.set_span_in_context
        self._server = trace.SpanKind.SERVER
        self._failed = trace.Status(trace.StatusCode.ERROR)

    def begin(self, scope: Scope, exchange: Exchange) -> Span:
        """The span of a request, below the one that its headers name, if they do."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        span = self._tracer.start_span(
            scope["method"], self._extract(headers), self._server, record_exception=False
        )
        exchange.trace_id = f"{span.get_span_context().trace_id:032x}"
        return span

    def end(self, span: Span, exchange: Exchange, answered: Answered) -> None:
        """Ends the span of an answered request. No text, path or address is in it."""
        if span.is_recording():
            span.update_name(f"{answered.method} {answered.route}")
            span.set_attributes(
                {
                    "http.request.method": answered.method,
                    "http.route": answered.route,
                    "http.response.status_code": answered.status,
                    "ai_translate.request_id": exchange.request_id,
                }
            )
            if answered.status >= _FAULT:
                span.set_status(self._failed)
            below = self._within(span)
            for done in exchange.done:
                self._tracer.start_span(
                    "translate",
                    below,
                    start_time=done.began,
                    attributes={
                        "ai_translate.model": done.model,
                        "ai_translate.source": done.pair.source,
                        "ai_translate.target": done.pair.target,
                        "ai_translate.texts": done.texts,
                        "ai_translate.sentences": done.sentences,
                        "ai_translate.characters": done.characters,
                        "ai_translate.warnings": len(done.warnings),
                    },
                ).end(done.ended)
        span.end()

    def close(self) -> None:
        """Sends what is left. Blocks, for some seconds where nobody takes it."""
        self._provider.shutdown()
