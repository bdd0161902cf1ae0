"""Traces, as a collector receives them from a real server."""

from __future__ import annotations

import json
import signal

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from support.collector import Collector, attributes
from support.server_process import ServerProcess, fake_server

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "Sesame9"


def traced(**environment: str) -> tuple[Collector, list[dict[str, object]]]:
    """What a collector got of two requests, one of them a fault, and the lines of the log."""
    with Collector() as collector:
        with fake_server(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.address, AIT_LOG_FORMAT="json", **environment
        ) as server:
            with httpx.Client(base_url=server.url()) as client:
                client.post(
                    f"/translate?{SECRET}",
                    json={"text": f"{SECRET} is here. And there."},
                    headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
                )
                client.post("/translate", json={"text": "BUG"})
            server.signal(signal.SIGTERM)
            ended = server.ended()
        assert ended.status == 0, ended
    return collector, [json.loads(line) for line in ended.errors.splitlines()]


def test_a_request_is_a_span_with_what_was_translated_below_it() -> None:
    """The span has the route's name and the caller's trace, and no text, path or query."""
    collector, lines = traced()
    [request] = [span for span in collector.spans if span.trace_id.hex() == TRACE][-1:]
    below = [span for span in collector.spans if span.parent_span_id == request.span_id]
    assert request.parent_span_id.hex() == PARENT
    assert (request.name, request.kind) == ("POST /translate", Span.SPAN_KIND_SERVER)
    told = attributes(request.attributes)
    asked = [line for line in lines if line["logger"] == "ai_translate.access"]
    assert told == {
        "http.request.method": "POST",
        "http.route": "/translate",
        "http.response.status_code": 200,
        "ai_translate.request_id": asked[0]["request_id"],
    }
    assert [line["trace_id"] == TRACE for line in asked] == [True, False]
    [translate] = below
    assert translate.name == "translate"
    made = attributes(translate.attributes)
    assert str(made.pop("ai_translate.model")).startswith("fake-en-fr@")
    assert made == {
        "ai_translate.source": "en",
        "ai_translate.target": "fr",
        "ai_translate.texts": 1,
        "ai_translate.sentences": 2,
        "ai_translate.characters": len(f"{SECRET} is here. And there."),
        "ai_translate.warnings": 0,
    }
    assert request.start_time_unix_nano <= translate.start_time_unix_nano
    assert translate.end_time_unix_nano <= request.end_time_unix_nano
    assert not any(SECRET in str(span) for span in collector.spans)
    assert collector.services == {"ai-translate"}


def test_a_fault_is_a_span_that_failed() -> None:
    """A status of 500 makes an error of the span; what failed is in the log."""
    collector, _ = traced(OTEL_SERVICE_NAME="ours")
    faults = [span for span in collector.spans if span.status.code == Status.STATUS_CODE_ERROR]
    assert [attributes(span.attributes)["http.response.status_code"] for span in faults] == [500]
    assert not any("secret of the inside" in str(span) for span in collector.spans)
    assert collector.services == {"ours"}


@pytest.mark.parametrize(
    "environment",
    [{"OTEL_TRACES_SAMPLER": "always_off"}, {"OTEL_TRACES_EXPORTER": "none"}],
    ids=["sampler", "exporter"],
)
def test_the_standard_variables_hold(environment: dict[str, str]) -> None:
    """A sampler that takes nothing, or no exporter, sends nothing."""
    collector, _ = traced(**environment)
    assert collector.spans == []


def test_a_collector_that_is_away_disturbs_nobody() -> None:
    """Requests are answered and the server ends well, whether or not anybody takes its traces."""
    with fake_server(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as server:
        answer = httpx.post(f"{server.url()}/translate", json={"text": "Hello."})
        server.signal(signal.SIGTERM)
        ended = server.ended()
    assert answer.status_code == 200
    assert ended.status == 0


def test_without_the_extra_the_start_says_what_is_missing() -> None:
    """Traces that are asked for and cannot be made stop the start; the hint names the extra."""
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None; "
        "from support.fake_server import main; sys.argv = ['serve']; sys.exit(main())"
    )
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with ServerProcess("-c", code, environment=asked) as server:
        ended = server.ended()
    assert ended.status == 1
    assert "opentelemetry" in ended.errors
    assert "ai-translate[otel]" in ended.errors


def test_nothing_of_it_is_loaded_where_nobody_asks() -> None:
    """A server without traces imports neither the SDK nor an exporter."""
    code = (
        "import sys; from ai_translate.server.app import create_app; "
        "from ai_translate.settings import load_settings; "
        "create_app(load_settings(), lambda: None); "
        "print('loaded:', sorted(n for n in sys.modules if n.startswith('opentelemetry.')))"
    )
    with ServerProcess("-c", code) as process:
        loaded = process.line("loaded: (.*)")[1]
    assert "opentelemetry.sdk" not in loaded
    assert "opentelemetry.exporter" not in loaded
