"""What a request may ask for beyond text and languages."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping

import pytest
from starlette.types import ASGIApp, Message

from ai_translate.translator import Translator
from support.fake_engine import FakeEngine
from support.serving import error_of, serving

pytestmark = pytest.mark.anyio


async def test_language_is_detected_for_each_text_alone() -> None:
    """With `auto` every text says what it was found to be; one without a model fails alone."""
    engine = FakeEngine(pairs=[("en", "fr"), ("de", "fr")])
    texts = ["Where is the railway station?", "Wo ist denn hier der Bahnhof?", "Où est la gare ?"]
    async with serving(load=lambda: Translator([engine])) as service:
        body = {"texts": texts, "source_lang": "auto"}
        batch = (await service.post("/translate/batch", json=body)).json()["translations"]
        single = await service.post("/translate", json={"text": texts[2], "source_lang": "auto"})
    assert [item.get("detected_language", {}).get("language") for item in batch] == [
        "en",
        "de",
        None,
    ]
    assert [item.get("source_lang") for item in batch] == ["en", "de", None]
    assert batch[2]["error"]["code"] == "unsupported_language_pair"
    assert single.status_code == 400
    assert "French" in error_of(single)["message"]
    assert "de→fr, en→fr" in error_of(single)["message"]


async def test_candidates_bound_the_detection() -> None:
    """A caller who knows the languages names them; a malformed one is a 422."""
    async with serving() as service:
        body = {"text": "Wo ist der Bahnhof?", "source_lang": "auto"}
        bound = await service.post("/translate", json={**body, "source_candidates": ["en"]})
        wrong = await service.post("/translate", json={**body, "source_candidates": ["no tag"]})
    assert bound.json()["detected_language"] == {"language": "en", "confidence": 1.0}
    assert wrong.status_code == 422
    assert "source_candidates" in error_of(wrong)["message"]


async def test_no_language_is_detected_unless_asked() -> None:
    """A named language is believed, and the field is left out."""
    async with serving() as service:
        response = await service.post("/translate", json={"text": "Wo ist der Bahnhof?"})
    assert "detected_language" not in response.json()


async def test_cache_and_deadline_reach_the_engine() -> None:
    """`cache: false` is passed on, and every request has the server's deadline."""
    async with serving(request_timeout=5) as service:
        await service.post("/translate", json={"text": "a", "cache": False})
        await service.post("/translate/batch", json={"texts": ["a"]})
        await service.get("/translate", params={"text": "a", "cache": "false"})
        terms = service.engine.terms
    assert [cached for _, cached in terms] == [False, True, False]
    assert all(turn.deadline < math.inf for turn, _ in terms)


async def test_text_that_waited_too_long_is_a_504() -> None:
    """A passed deadline is told as such, alone or in a batch."""
    async with serving() as service:
        single = await service.post("/translate", json={"text": "LATE"})
        batch = await service.post("/translate/batch", json={"texts": ["LATE", "fine"]})
    assert single.status_code == 504
    assert error_of(single)["code"] == "deadline_exceeded"
    first, second = batch.json()["translations"]
    assert first["error"]["code"] == "deadline_exceeded"
    assert second["translated_text"] == "FINE"


async def test_doubts_are_told() -> None:
    """A sentence that the guard still suspects has its warning in the answer."""
    async with serving() as service:
        answer = (await service.post("/translate", json={"text": "LOOP here."})).json()
    assert [w["code"] for w in answer["warnings"]] == ["repetition"]
    assert answer["confidence"] < 0.5


async def test_client_that_leaves_gives_up_its_work() -> None:
    """What nobody waits for any more is taken out of the queue, and the server goes on."""
    async with serving() as service:
        for path, body in (
            ("/translate", {"text": "WAIT"}),
            ("/translate/batch", {"texts": ["WAIT"]}),
        ):
            left = await left_before_the_answer(service.app, path, body)
            assert left
        assert service.engine.given_up == 2
        assert service.lifecycle.in_flight == 0
        assert (await service.post("/translate", json={"text": "a"})).status_code == 200
        service.engine.release.set()


async def left_before_the_answer(app: ASGIApp, path: str, body: Mapping[str, object]) -> bool:
    """Sends a request and closes the connection. Whether nothing was answered."""
    events: list[Message] = [
        {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        if len(events) == 1:
            await asyncio.sleep(0)
        return events.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"host", b"service")],
        "server": ("service", 80),
        "client": ("client", 1),
    }
    await app(scope, receive, send)
    return not sent
