from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys
from support.minutes import early_in_a_minute
from support.serving import Service, error_of, serving

pytestmark = pytest.mark.anyio

TEXT = {"text": "Where is the station?"}
LIMIT, LEFT, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


def at(service: Service, address: str) -> httpx.AsyncClient:
    """A client at another address."""
    transport = httpx.ASGITransport(service.app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def never() -> dict[str, Any]:
    raise AssertionError("the body was asked for")


async def test_one_request_too_many_is_refused() -> None:
    """Up to the limit each answer tells what is left; then it is a 429 that says when."""
    await early_in_a_minute()
    async with serving(requests_per_minute=2) as service:
        answers = [await service.post("/translate", json=TEXT) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert [answer.headers[LEFT] for answer in answers] == ["1", "0", "0", "0"]
        assert {answer.headers[LIMIT] for answer in answers} == {"2"}
        assert all(1 <= int(answer.headers[RESET]) <= 60 for answer in answers)
        error = error_of(answers[-1])
        assert error["code"] == "too_many_requests"
        assert error["message"] == "2 requests in a minute are allowed, and were sent."
        assert answers[-1].headers["Retry-After"] == answers[-1].headers[RESET]
        assert len(service.engine.calls) == 2


async def test_every_way_to_translate_counts() -> None:
    """Texts, batches, streams, documents, and those that are wrong; each as one request."""
    await early_in_a_minute()
    async with serving(requests_per_minute=6) as service:
        answers = [
            await service.post("/translate", json=TEXT),
            await service.get("/translate", params=TEXT),
            await service.post("/translate/batch", json={"texts": ["a", "b"]}),
            await service.post("/translate/stream", json=TEXT),
            await service.post("/translate/document", files={"file": ("a.txt", b"One.")}),
            await service.post("/translate", json={"text": 1}),
        ]
        assert [answer.status_code for answer in answers] == [200] * 5 + [422]
        assert [answer.headers[LEFT] for answer in answers] == ["5", "4", "3", "2", "1", "0"]
        assert (await service.head("/translate", params=TEXT)).status_code == 429


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/livez", "/readyz", "/health", "/languages", "/docs", "/openapi.json"),
        *("/glossaries", "/usage", "/translate/document/x", "/translate/document/x/result"),
    ],
)
async def test_nothing_else_is_limited(path: str) -> None:
    """Whoever has no request left is still told all that costs nothing, above all to probes."""
    async with serving(requests_per_minute=1) as service:
        for _ in range(3):
            await service.post("/translate", json=TEXT)
        for _ in range(3):
            answer = await service.get(path)
            assert answer.status_code in {200, 404}
            assert LIMIT not in answer.headers


async def test_without_a_limit_nothing_is_told() -> None:
    """There is nothing to say of what may be any number."""
    async with serving() as service:
        answer = await service.post("/translate", json=TEXT)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


async def test_addresses_are_counted_apart() -> None:
    """Nobody keeps others out, but whoever has a network of IPv6 is one."""
    await early_in_a_minute()
    async with serving(requests_per_minute=1) as service:
        statuses = []
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"):
            async with at(service, address) as client:
                statuses.append((await client.post("/translate", json=TEXT)).status_code)
    assert statuses == [200, 200, 429, 200, 429]


async def test_keys_are_counted_apart_from_wherever_they_come(tmp_path: Path) -> None:
    """A key's own limit counts; one without has that of the settings; addresses do not count."""
    database = Database.open(tmp_path)
    keys = Keys(database)
    own = keys.create("own", {Access.TRANSLATE}, requests_per_minute=1).text
    other = keys.create("other", {Access.TRANSLATE}).text
    database.close()
    await early_in_a_minute()
    async with serving(auth="keys", state_dir=tmp_path, requests_per_minute=2) as service:
        statuses = []
        for text, address in [(own, "192.0.2.1"), (own, "192.0.2.2"), *[(other, "192.0.2.1")] * 3]:
            async with at(service, address) as client:
                headers = {"X-API-Key": text}
                answer = await client.post("/translate", json=TEXT, headers=headers)
                statuses.append(answer.status_code)
        assert statuses == [200, 429, 200, 200, 429]
        refused = await service.post("/translate", json=TEXT)
        assert (refused.status_code, LIMIT in refused.headers) == (401, False)


async def test_a_body_is_not_read_for_a_refusal() -> None:
    """Who may not send is told so before anything of a long body is taken."""
    await early_in_a_minute()
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async with serving(requests_per_minute=1) as service:
        await service.post("/translate", json=TEXT)
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/translate",
            "query_string": b"",
            "headers": [(b"content-length", b"1000000")],
            "client": ("127.0.0.1", 123),
        }
        await service.app(scope, never, send)
    assert sent[0]["status"] == 429


async def test_a_stream_tells_what_is_left_at_its_beginning() -> None:
    """It has headers like any other answer."""
    await early_in_a_minute()
    async with (
        serving(requests_per_minute=5) as service,
        service.stream("POST", "/translate/stream", json=TEXT) as answer,
    ):
        assert answer.headers[LEFT] == "4"
        lines: AsyncIterator[str] = answer.aiter_lines()
        assert (await anext(lines)) == "event: start"


@pytest.mark.parametrize("end", ["%0A", "%0D%0A", "/", "%00"])
async def test_no_other_spelling_of_an_address_goes_by_the_limit(end: str) -> None:
    """What is not counted is not served either."""
    async with serving(requests_per_minute=1) as service:
        for path in ("/translate", "/translate/batch", "/translate/stream"):
            answer = await service.post(path + end, json={"text": "a"})
            assert answer.status_code == 404, path
