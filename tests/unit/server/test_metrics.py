from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from starlette.requests import Request

from ai_translate.errors import StateFailure
from ai_translate.server.admission import Admission
from ai_translate.server.document_jobs import DocumentJobs
from ai_translate.server.metric_families import FAMILIES, PROCESS
from ai_translate.server.metrics import Metrics
from ai_translate.server.request_counts import RequestCounts
from ai_translate.settings import load_settings
from ai_translate.state.database import Database
from ai_translate.state.jobs import JobStatus
from support.exposition import families, openmetrics_families, samples
from support.serving import Service, serving

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
PAGE = Path(__file__).parents[3] / "docs/observing.md"


async def read(service: Service) -> dict[str, float]:
    """Every sample of /metrics; see `samples`."""
    return samples((await service.get("/metrics")).text)


async def test_the_docs_name_every_metric_and_no_other() -> None:
    """The table of docs/observing.md has what /metrics has: names, kinds and labels."""
    async with serving() as service:
        await service.post("/translate", json={"text": "LOOP."})
        text = (await service.get("/metrics")).text
    told = {}
    for family in families(text):
        name = family.name + "_total" * (family.type == "counter")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        if family.samples:
            told[name] = (family.type, labels)
    rows = re.findall(
        r"(?m)^\| `((?:ai_translate|process)_\w+)` \| (\w+) \| ([^|]*) \|",
        PAGE.read_text(encoding="utf-8"),
    )
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert listed == {
        family.name: (family.kind, set(family.labels)) for family in (*FAMILIES, *PROCESS)
    }
    # A limit of memory is told where there is one, and the pace of a model once it is known.
    missing = set(listed) - set(told)
    assert missing <= {"ai_translate_memory_limit_bytes", "ai_translate_model_tokens_per_second"}
    assert told == {name: row for name, row in listed.items() if name not in missing}


async def test_both_formats_are_spoken() -> None:
    """OpenMetrics goes to who asks for it, by any version; all others get Prometheus's own."""
    async with serving() as service:
        plain = await service.get("/metrics")
        other = await service.get(
            "/metrics", headers={"Accept": "application/openmetrics-text; version=odd, */*"}
        )
        head = await service.head("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert other.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert other.text.endswith("# EOF\n")
    names = {family.name for family in families(plain.text)}
    assert {family.name for family in openmetrics_families(other.text)} == names
    assert (head.status_code, head.headers["cache-control"]) == (200, "no-store")


async def test_figures_move_with_what_happens() -> None:
    """Texts, sentences, characters, warnings, requests and bytes are those that were sent."""
    async with serving() as service:
        first = await read(service)
        body = b'{"texts": ["One. Two.", "LOOP.", "FAIL."]}'
        answer = await service.post("/translate/batch", content=body, headers=JSON)
        last = await read(service)
    assert first["ai_translate_http_requests_in_flight"] == 1
    for name, value in {
        "ai_translate_texts_total en fr": 2,
        "ai_translate_sentences_total en fr": 3,
        "ai_translate_characters_total en fr": 14,
        "ai_translate_warnings_total repetition": 1,
        "ai_translate_queue_entered_total fake-en-fr": 4,
        "ai_translate_http_requests_total POST /translate/batch 200": 1,
        "ai_translate_http_request_duration_seconds_count POST /translate/batch 2xx": 1,
        "ai_translate_http_request_bytes_total /translate/batch": len(body),
        "ai_translate_http_response_bytes_total /translate/batch": len(answer.content),
        "ai_translate_ready": 1,
    }.items():
        assert last[name] - (0 if name.endswith("ready") else first.get(name, 0)) == value, name
    assert last["process_resident_memory_bytes"] > 0


async def test_who_may_begin_is_told() -> None:
    """What is on its way counts while it is, and what was refused is counted by its limit."""
    async with serving(max_requests=1) as service, asyncio.TaskGroup() as group:
        waiting = group.create_task(service.post("/translate", json={"text": "WAIT"}))
        await asyncio.to_thread(service.engine.waiting.wait)
        busy = await service.post("/translate", json={"text": "Hello."})
        found = await read(service)
        service.engine.release.set()
        await waiting
        after = await read(service)
    assert busy.status_code == 503
    assert found["ai_translate_admitted_requests"] == 1
    assert found["ai_translate_admitted_tokens"] > 0
    assert found["ai_translate_refused_total requests"] == 1
    assert found["ai_translate_refused_total wait"] == 0
    assert after["ai_translate_admitted_requests"] == after["ai_translate_admitted_tokens"] == 0


async def test_what_is_not_ready_says_so() -> None:
    """A server that drains, or has nothing loaded yet, is read all the same."""
    async with serving(wait=False) as service:
        service.lifecycle.drain()
        found = await read(service)
    assert found["ai_translate_ready"] == 0


class NoDisk(DocumentJobs):
    """Jobs whose database cannot be read."""

    def counts(self) -> dict[JobStatus, int]:
        """Fails."""
        raise StateFailure("The disk is gone.")


async def test_a_state_that_fails_hides_no_other_metric() -> None:
    """Where the database cannot be read, all that is not in it is told."""
    async with serving() as service:
        database = Database.open(None)
        settings = load_settings()
        jobs = NoDisk(settings, database, service.lifecycle.using)
        metrics = Metrics(service.lifecycle, jobs, RequestCounts(), Admission(settings))
        answer = await metrics.metrics(Request({"type": "http", "headers": []}))
        database.close()
    text = bytes(answer.body).decode()
    assert "ai_translate_document_jobs" not in text
    assert "ai_translate_ready 1.0" in text


async def test_on_a_port_of_its_own_it_is_not_on_the_other() -> None:
    """AIT_METRICS_PORT takes /metrics off the port of the service, and out of its document."""
    async with serving(metrics_port=0) as service:
        assert (await service.get("/metrics")).status_code == 404
        paths = (await service.get("/openapi.json")).json()["paths"]
    assert "/metrics" not in paths
