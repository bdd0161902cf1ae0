from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from ai_translate.server.caller import Access, Caller, name_caller
from ai_translate.server.exchange import EXCHANGE
from ai_translate.server.log_lines import JSONLines
from ai_translate.server.observation import LEFT, Observation
from ai_translate.server.request_counts import RequestCounts
from ai_translate.server.route_templates import RouteTemplates
from ai_translate.settings import load_settings
from support.serving import Service, serving

pytestmark = pytest.mark.anyio

SECRET = "Sesame9"


@pytest.fixture
def access(caplog: pytest.LogCaptureFixture) -> Any:
    """Reads what was logged of requests so far, as JSON."""
    caplog.set_level(logging.DEBUG, "ai_translate.access")
    lines = JSONLines()

    def read() -> list[dict[str, Any]]:
        return [
            json.loads(lines.format(record))
            for record in caplog.records
            if record.name == "ai_translate.access"
        ]

    return read


async def counted(service: Service) -> dict[tuple[str, ...], float]:
    text = (await service.get("/metrics")).text
    name = "ai_translate_http_requests_total{"
    rows = [line.removeprefix(name) for line in text.splitlines() if line.startswith(name)]
    found: dict[tuple[str, ...], float] = {}
    for row in rows:
        labels, _, value = row.rpartition("} ")
        parts = sorted(label.partition("=") for label in labels.split(","))
        found[tuple(part[2].strip('"') for part in parts)] = float(value)
    return found


async def test_every_request_has_a_line_with_what_it_was(access: Any) -> None:
    """The line has method, route, status, time, characters and model, and nothing that was said."""
    async with serving() as service:
        answer = await service.post(
            f"/translate?{SECRET}",
            json={"text": f"Hello {SECRET}."},
            headers={"Authorization": SECRET, "X-Request-ID": "mine"},
        )
    assert answer.headers["x-request-id"] == "mine"
    [line] = access()
    assert line.pop("duration_ms") > 0
    assert line.pop("time")
    assert line.pop("model").startswith("fake-en-fr@")
    assert line == {
        "level": "info",
        "logger": "ai_translate.access",
        "message": "POST /translate 200",
        "method": "POST",
        "route": "/translate",
        "status": 200,
        "characters": len(f"Hello {SECRET}."),
    }
    assert SECRET not in json.dumps(line)


async def test_lines_name_their_requests(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A line that is written while a request is answered has the name that the client was told."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines())
    caplog.set_level(logging.INFO)
    logging.getLogger("ai_translate").addHandler(handler)
    try:
        async with serving() as service:
            fault = await service.post("/translate", json={"text": "BUG"})
    finally:
        logging.getLogger("ai_translate").removeHandler(handler)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["message"] for line in lines][-1] == "POST /translate 500"
    assert {line["request_id"] for line in lines} == {fault.headers["x-request-id"]}
    assert any("exception" in line for line in lines)


async def test_texts_are_quoted_only_on_demand(access: Any) -> None:
    """AIT_LOG_TEXTS has the beginning of each text logged."""
    text = "Hello. " * 100
    async with serving(log_texts=True) as service:
        await service.post("/translate", json={"text": text})
        await service.post("/translate", json={"text": "FAIL"})
    assert [line["text"] for line in access()] == [text[:200], "FAIL"]


async def test_requests_need_not_be_logged(access: Any) -> None:
    """AIT_ACCESS_LOG=false logs none; they are counted all the same."""
    async with serving(access_log=False) as service:
        await service.post("/translate", json={"text": "Hello."})
        assert await counted(service) == {("POST", "/translate", "200"): 1}
    assert access() == []


async def test_probes_that_succeed_are_details(access: Any) -> None:
    """What is asked every few seconds is logged at the level of details, unless it fails."""
    async with serving() as service:
        await service.get("/livez")
        await service.get("/metrics")
        service.lifecycle.drain()
        await service.get("/readyz")
    assert [(line["route"], line["level"]) for line in access()] == [
        ("/livez", "debug"),
        ("/metrics", "debug"),
        ("/readyz", "info"),
    ]


async def test_routes_are_told_by_their_template() -> None:
    """Unknown paths are one, and so are names in paths, also where a request is refused early."""
    async with serving(max_body_bytes=100, max_document_bytes=100) as service:
        for number in range(5):
            await service.get(f"/nothing/{number}")
            await service.get(f"/translate/document/{number}")
            await service.put(f"/glossaries/{number}", content=b"x" * 200)
        await service.post("/translate", content=b"x" * 200)
        await service.request("PURGE", "/translate")
        found = await counted(service)
    assert found == {
        ("GET", "unmatched", "404"): 5,
        ("GET", "/translate/document/{id}", "404"): 5,
        ("PUT", "/glossaries/{name}", "413"): 5,
        ("POST", "/translate", "413"): 1,
        ("other", "/translate", "405"): 1,
    }


async def test_the_key_of_a_caller_is_logged_by_its_name(access: Any) -> None:
    """The identifier of a key is in the line."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        name_caller(scope, Caller("key-7", frozenset(Access)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    await called(app)
    assert access()[0]["key"] == "key-7"


async def test_an_answer_that_is_cut_off_says_so(access: Any) -> None:
    """A client that leaves is status 499 before the answer, and a cut-off line within it."""
    counts = RequestCounts()

    async def leaving(scope: Scope, receive: Receive, send: Send) -> None:
        """Ends without an answer, as when the client has left."""

    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("a fault")

    begun = asyncio.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        begun.set()
        await asyncio.Event().wait()

    await called(leaving, counts)
    with pytest.raises(RuntimeError):
        await called(breaking, counts)
    task = asyncio.ensure_future(called(waiting, counts))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(line["status"], line["cut_off"]) for line in access()] == [
        (LEFT, True),
        (200, True),
        (LEFT, True),
    ]
    assert counts.in_flight == 0
    assert EXCHANGE.get() is None


async def called(app: Any, counts: RequestCounts | None = None) -> None:
    """Sends one request through the middleware around an application."""
    observation = Observation(
        app, load_settings(), counts or RequestCounts(), RouteTemplates([]), None
    )
    scope: Scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        """Takes what comes."""

    await observation(scope, receive, send)
