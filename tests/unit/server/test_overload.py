"""A server that is asked for more than it can do, through its routes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from ai_translate.engine import Priority
from ai_translate.engine.pace import Pace
from support.fake_engine import FakeEngine
from support.serving import Service, error_of, serving

pytestmark = pytest.mark.anyio

SLOW = {"text": "WAIT for it."}


async def until_waiting(engine: FakeEngine) -> None:
    await asyncio.to_thread(engine.waiting.wait, 30)


async def test_full_server_refuses_at_once_and_says_when_to_come_back() -> None:
    """503 with Retry-After from the model's own pace; those before it get their answers."""
    async with serving(max_wait=0.01) as service:
        service.engine.pace = Pace()
        service.engine.pace.decoded(1, 1.0)
        first = asyncio.create_task(service.post("/translate", json=SLOW))
        await until_waiting(service.engine)
        for path, body in (
            ("/translate", {"text": "One more."}),
            ("/translate/stream", {"text": "One more."}),
        ):
            refused = await service.post(path, json=body)
            assert refused.status_code == 503
            assert error_of(refused)["code"] == "busy"
            assert 3 <= int(refused.headers["Retry-After"]) <= 10
        service.engine.release.set()
        assert (await first).status_code == 200
        assert (await service.post("/translate", json={"text": "Now."})).status_code == 200


async def test_more_requests_than_allowed_are_refused() -> None:
    """AIT_MAX_REQUESTS counts texts, streams and batches; probes are answered."""
    async with serving(max_requests=1) as service:
        first = asyncio.create_task(service.post("/translate", json=SLOW))
        await until_waiting(service.engine)
        refused = await service.post("/translate/batch", json={"texts": ["a"]})
        assert refused.status_code == 503
        assert "AIT_MAX_REQUESTS" in error_of(refused)["hint"]
        assert (await service.get("/readyz")).status_code == 200
        service.engine.release.set()
        await first
        assert (await service.post("/translate", json={"text": "a"})).status_code == 200


async def test_client_that_leaves_gives_its_place_back() -> None:
    """A request that is given up counts no longer, and no more does a stream."""
    async with serving(max_requests=1) as service:
        for path in ("/translate", "/translate/stream"):
            service.engine.waiting.clear()
            gone = asyncio.create_task(service.post(path, json=SLOW))
            await until_waiting(service.engine)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            answer = await service.post("/translate", json={"text": "a"})
            assert answer.status_code == 200


@pytest.mark.parametrize("by", ["field", "header"])
async def test_passed_deadline_is_a_504_and_its_work_is_given_up(by: str) -> None:
    """Whether a field or X-Request-Timeout says it, nobody waits longer."""
    async with serving() as service:
        body: dict[str, object] = dict(SLOW)
        headers = {}
        if by == "field":
            body["timeout"] = 0.05
        else:
            headers["X-Request-Timeout"] = "0.05"
        answer = await service.post("/translate", json=body, headers=headers)
        assert answer.status_code == 504
        error = error_of(answer)
        assert error["code"] == "deadline_exceeded"
        assert "0.05 s" in error["message"]
        assert service.engine.given_up == 1


async def test_shorter_of_field_header_and_setting_counts() -> None:
    """And all of them reach the engine as one deadline."""
    async with serving(request_timeout=100) as service:
        for field, header in ((50.0, "70"), (70.0, "50"), (None, "50"), (50.0, None)):
            began = time.monotonic()
            await service.post(
                "/translate",
                json={"text": "a", **({} if field is None else {"timeout": field})},
                headers={} if header is None else {"X-Request-Timeout": header},
            )
            turn, _ = service.engine.terms[-1]
            assert began + 50 <= turn.deadline <= time.monotonic() + 50
        await service.post("/translate", json={"text": "a", "timeout": 1_000.0})
        assert service.engine.terms[-1][0].deadline <= time.monotonic() + 100


@pytest.mark.parametrize("value", ["", "soon", "0", "-1", "nan", "inf", "1e9", "1;2"])
async def test_senseless_timeout_is_refused_by_name(value: str) -> None:
    """422 that names the header, never a guess."""
    async with serving() as service:
        answer = await service.post(
            "/translate", json={"text": "a"}, headers={"X-Request-Timeout": value}
        )
    assert answer.status_code == 422
    assert error_of(answer)["message"].startswith("x-request-timeout: must be a number of seconds")


@pytest.fixture
async def limited() -> AsyncIterator[Service]:
    async with serving(interactive_tokens=10, state_dir=None) as service:
        yield service


async def test_priority_is_what_the_request_says_or_is_usual(limited: Service) -> None:
    """Texts are interactive, batches bulk; long texts are bulk whatever they say."""
    asked: list[tuple[str, dict[str, object], Priority]] = [
        ("/translate", {"text": "a"}, Priority.INTERACTIVE),
        ("/translate", {"text": "a", "priority": "bulk"}, Priority.BULK),
        ("/translate", {"text": "long " * 20, "priority": "interactive"}, Priority.BULK),
        ("/translate/stream", {"text": "a"}, Priority.INTERACTIVE),
        ("/translate/batch", {"texts": ["a"]}, Priority.BULK),
        ("/translate/batch", {"texts": ["a"], "priority": "interactive"}, Priority.INTERACTIVE),
    ]
    for path, body, priority in asked:
        answer = await limited.post(path, json={**body, "cache": False})
        assert answer.status_code == 200, answer.text
        turn, _ = limited.engine.terms[-1]
        assert (turn.priority, turn.caller) == (priority, "127.0.0.1"), (path, body)
    await limited.post("/translate/document", files={"file": ("a.txt", b"A text.")})
    turn, _ = limited.engine.terms[-1]
    assert (turn.priority, turn.caller) == (Priority.BULK, "127.0.0.1")


async def test_unknown_priority_is_refused() -> None:
    """422 that names those that there are."""
    async with serving() as service:
        answer = await service.post("/translate", json={"text": "a", "priority": "urgent"})
    assert answer.status_code == 422
    assert "'interactive' or 'bulk'" in error_of(answer)["message"]


async def test_bodies_that_memory_does_not_hold_are_refused() -> None:
    """All that are being read or answered count together, and what has ended counts no more."""
    async with serving(max_body_memory=3_000, max_body_bytes=2_000) as service:
        body = {"text": "WAIT " + "x" * 1_500}
        first = asyncio.create_task(service.post("/translate", json=body))
        await until_waiting(service.engine)
        refused = await service.post("/translate", json={"text": "x" * 1_600})
        assert refused.status_code == 503
        assert "AIT_MAX_BODY_MEMORY" in error_of(refused)["hint"]
        small: httpx.Response = await service.post("/translate", json={"text": "Small."})
        assert small.status_code == 200
        service.engine.release.set()
        assert (await first).status_code == 200
        assert (await service.post("/translate", json={"text": "x" * 1_600})).status_code == 200
