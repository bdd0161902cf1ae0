"""Memory of a real server, whatever comes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from support.open_load import Answered, Ask, closed_load, open_load
from support.server_process import ServerProcess, starter_server

SENTENCE = "The old man with the red hat waited for the bus, and %d people came along."
SOAK_SECONDS = 40.0
# Of what the allocator keeps for itself, and of caches that fill.
SLACK_MEGABYTES = 60


def resident_megabytes(server: ServerProcess) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1_000


def test_huge_bodies_at_once_do_not_fill_the_memory(models: Path) -> None:
    """Of twenty bodies of 14 MB, 290 MB in all, most are refused; then all is as before."""
    text = "".join(SENTENCE % number for number in range(25_000))[:1_800_000]
    body = json.dumps({"texts": [f"{text}{number}" for number in range(8)]}).encode()

    async def crowd(url: str) -> Counter[int]:
        headers = {"Content-Type": "application/json", "X-Request-Timeout": "5"}
        async with httpx.AsyncClient(base_url=url, timeout=120, headers=headers) as client:

            async def one() -> int:
                return (await client.post("/translate/batch", content=body)).status_code

            return Counter(await asyncio.gather(*(one() for _ in range(20))))

    with starter_server(models) as server:
        before = resident_megabytes(server)
        found = asyncio.run(crowd(server.url()))
        assert found[503] >= 10, found
        assert set(found) <= {200, 503}, found
        assert resident_megabytes(server) < before + 600
        after = httpx.post(f"{server.url()}/translate", json={"text": "All is well."}, timeout=60)
        assert after.status_code == 200


def test_mixed_load_at_twice_capacity_leaves_memory_as_it_is(models: Path) -> None:
    """Every request is answered, with 200 or 503, and the process does not grow by them."""
    with starter_server(models, AIT_CACHE_BYTES="1000000") as server:
        port = int(server.url().rpartition(":")[2])
        asks = mixed()
        warm = closed_load(port, asks, 16, 5.0)
        rate = 2 * warm.count(200) / warm.seconds
        statuses(open_load(port, asks, rate, SOAK_SECONDS / 2))
        before = resident_megabytes(server)
        found = statuses(open_load(port, asks, rate, SOAK_SECONDS))
        assert found[200] > 0
        assert resident_megabytes(server) < before + SLACK_MEGABYTES
        after = httpx.post(f"{server.url()}/translate", json={"text": "All is well."}, timeout=60)
        assert after.status_code == 200


def mixed() -> Iterator[Ask]:
    """Sentences, pages, streams, long texts and batches, none of which comes twice."""
    for number in itertools.count(step=100):
        some = [SENTENCE % (number + i) for i in range(20)]
        yield Ask("sentence", "/translate", {"text": some[0]})
        page = f"<p>{some[1]} <b>{some[2]}</b></p>"
        yield Ask("page", "/translate", {"text": page, "format": "html"})
        yield Ask("stream", "/translate/stream", {"text": " ".join(some[3:6])})
        yield Ask("text", "/translate", {"text": " ".join(some[6:12]), "source_lang": "auto"})
        yield Ask("batch", "/translate/batch", {"texts": some[12:]})


def statuses(answered: Answered) -> Counter[int]:
    """How many ended in which way; fails if one was not answered."""
    found = Counter(outcome.status for outcome in answered.outcomes)
    assert set(found) <= {200, 503}, found
    return found
