"""A real server with the real model that is asked for more than it can do."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from support.server_process import starter_server

SENTENCE = "The old man with the red hat waited for the bus in front of the station"


async def answered(
    url: str, ask: Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]], requests: int
) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=requests)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        return await asyncio.gather(*(ask(client, number) for number in range(requests)))


def test_every_request_is_answered_though_most_are_refused(models: Path) -> None:
    """Of 400 at once, whole translations or 503 with Retry-After; afterwards all is as before."""

    async def ask(client: httpx.AsyncClient, number: int) -> httpx.Response:
        return await client.post("/translate", json={"text": f"{SENTENCE} {number} times."})

    with starter_server(models, AIT_MAX_WAIT="0.05") as server:
        # What the model can do is known from the first batches on.
        httpx.post(f"{server.url()}/translate", json={"text": SENTENCE}, timeout=60)
        found = asyncio.run(answered(server.url(), ask, 400))
        statuses = Counter(answer.status_code for answer in found)
        assert set(statuses) == {200, 503}, statuses
        for answer in found:
            if answer.status_code == 200:
                assert answer.json()["translated_text"]
            else:
                assert answer.json()["error"]["code"] == "busy"
                assert int(answer.headers["Retry-After"]) >= 1
        after = httpx.post(f"{server.url()}/translate", json={"text": "Good morning."})
        assert after.status_code == 200


def test_who_waits_for_an_answer_has_it_before_bulk_is_done(models: Path) -> None:
    """Sentences sent one after the other come back while a batch of thousands is translated."""

    async def both(url: str) -> tuple[float, list[float]]:
        ends = []
        async with httpx.AsyncClient(base_url=url, timeout=300) as client:

            async def batch() -> float:
                texts = [f"{SENTENCE} {number} times." for number in range(2_000)]
                answer = await client.post("/translate/batch", json={"texts": texts})
                assert answer.status_code == 200
                assert not any("error" in item for item in answer.json()["translations"])
                return time.monotonic()

            bulk = asyncio.create_task(batch())
            for number in range(10):
                body = {"text": f"Number {number} is here.", "cache": False}
                answer = await client.post("/translate", json=body)
                assert answer.status_code == 200
                ends.append(time.monotonic())
            return await bulk, ends

    with starter_server(models) as server:
        bulk, ends = asyncio.run(both(server.url()))
    assert max(ends) < bulk


def test_work_over_its_deadline_is_not_done(models: Path) -> None:
    """Behind much bulk, a request that has no time is a 504 or refused, and bulk goes on."""

    async def both(url: str) -> tuple[int, int]:
        async with httpx.AsyncClient(base_url=url, timeout=300) as client:
            texts = [f"{SENTENCE} {number} times." for number in range(1_000)]
            bulk = asyncio.create_task(client.post("/translate/batch", json={"texts": texts}))
            late = await client.post(
                "/translate/batch",
                json={"texts": ["Too late."], "priority": "bulk"},
                headers={"X-Request-Timeout": "0.000001"},
            )
            single = await client.post(
                "/translate", json={"text": "Too late."}, headers={"X-Request-Timeout": "0.000001"}
            )
            assert (await bulk).status_code == 200
            if late.status_code == 200:
                [item] = late.json()["translations"]
                assert item["error"]["code"] == "deadline_exceeded"
            else:
                assert late.status_code == 503
            return late.status_code, single.status_code

    with starter_server(models) as server:
        late, single = asyncio.run(both(server.url()))
    assert late in {200, 503}
    assert single in {503, 504}
