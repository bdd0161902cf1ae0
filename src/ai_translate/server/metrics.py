"""`GET /metrics`: what Prometheus reads. Everything is counted elsewhere and gathered here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import anyio
import anyio.to_thread
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector, exposition
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ai_translate.engine import Engine
from ai_translate.engine.cgroups import memory_limit
from ai_translate.engine.stats import Distribution, EngineStats
from ai_translate.errors import StateFailure
from ai_translate.server import metric_families as families
from ai_translate.server.admission import Admission
from ai_translate.server.document_jobs import DocumentJobs
from ai_translate.server.lifecycle import Lifecycle, Status
from ai_translate.server.request_counts import RequestCounts
from ai_translate.server.routing import get
from ai_translate.translator import Translator

__all__ = ["ADDRESS", "Metrics"]

ADDRESS: Final = "/metrics"

_OPENMETRICS: Final = "application/openmetrics-text"
_EXAMPLE: Final = """\
# HELP ai_translate_ready 1 if the server takes translations, as `/readyz` tells; otherwise 0.
# TYPE ai_translate_ready gauge
ai_translate_ready 1.0
"""


class Metrics:
    """All metrics of one server, in a registry of its own.

    Args:
        lifecycle: Where the server stands, and its translator.
        jobs: Documents that are translated.
        counts: Of requests.
        admission: Who may begin.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        jobs: DocumentJobs,
        counts: RequestCounts,
        admission: Admission,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Gathered(lifecycle, jobs, counts, admission))
        ProcessCollector(registry=self._registry)
        # One reading at a time, which waits for no thread that translates.
        self._turn = anyio.CapacityLimiter(1)

    def add_to(self, app: FastAPI) -> None:
        """Adds the route to the app."""
        content = {"text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE}}
        get(app, ADDRESS, self.metrics, {200: {"description": "Metrics.", "content": content}})

    async def metrics(self, request: Request) -> Response:
        """What the server does and has done, in the format of Prometheus or OpenMetrics."""
        write: Callable[[Collector], bytes] = exposition.generate_latest
        media_type = exposition.CONTENT_TYPE_PLAIN_0_0_4
        if _OPENMETRICS in request.headers.get("accept", ""):
            write, media_type = openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST
        text = await anyio.to_thread.run_sync(write, self._registry, limiter=self._turn)
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    async def alone(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An application that has this one address, for a port of its own."""
        if scope["path"] != ADDRESS:
            answer: Response = PlainTextResponse("See /metrics.\n", HTTPStatus.NOT_FOUND)
        elif scope["method"] not in {"GET", "HEAD"}:
            allow = {"Allow": "GET, HEAD"}
            answer = PlainTextResponse("GET it.\n", HTTPStatus.METHOD_NOT_ALLOWED, allow)
        else:
            answer = await self.metrics(Request(scope))
        await answer(scope, receive, send)


class _Gathered(Collector):
    """Reads all that is counted, at the moment when it is asked."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        jobs: DocumentJobs,
        counts: RequestCounts,
        admission: Admission,
    ) -> None:
        self._lifecycle = lifecycle
        self._jobs = jobs
        self._counts = counts
        self._admission = admission
        self._version = version("ai-translate")

    def describe(self) -> Iterator[Metric]:
        """What there may be, without reading anything."""
        return (family.of(()) for family in families.FAMILIES)

    def collect(self) -> Iterator[Metric]:
        """All metrics, as the library writes them."""
        ready = self._lifecycle.status is Status.HEALTHY
        yield families.BUILD.of([((self._version,), 1)])
        yield families.READY.of([((), int(ready))])
        yield from self._of_requests()
        yield families.ADMITTED.of([((), self._admission.requests)])
        yield families.ADMITTED_TOKENS.of([((), self._admission.tokens)])
        refused = self._admission.refused
        yield families.REFUSED.of([((limit,), count) for limit, count in refused.items()])
        translator = self._lifecycle.loaded
        if translator is not None:
            yield from _of_models(translator)
            yield from _of_translations(translator)
        with suppress(StateFailure):  # which whoever needs the database is told of
            counted = self._jobs.counts()
            yield families.JOBS.of([((status,), count) for status, count in counted.items()])
        limit = memory_limit()
        if limit is not None:
            yield families.MEMORY_LIMIT.of([((), limit)])

    def _of_requests(self) -> Iterator[Metric]:
        counted = self._counts.reading()
        yield families.IN_FLIGHT.of([((), self._counts.in_flight)])
        yield families.REQUESTS.of(
            [((one.route, one.method, str(one.status)), one.seconds.count) for one in counted]
        )
        classes: dict[tuple[str, ...], Distribution] = {}
        received: Counter[str] = Counter()
        sent: Counter[str] = Counter()
        for one in counted:
            key = (one.route, one.method, f"{one.status // 100}xx")
            known = classes.get(key)
            classes[key] = one.seconds if known is None else known.with_all(one.seconds)
            received[one.route] += one.received
            sent[one.route] += one.sent
        yield families.DURATION.of(list(classes.items()))
        yield families.RECEIVED.of([((route,), size) for route, size in received.items()])
        yield families.SENT.of([((route,), size) for route, size in sent.items()])


def _of_models(translator: Translator) -> Iterator[Metric]:
    # By name: while models change there may be two of one name for a moment.
    engines: dict[str, Engine] = {engine.name: engine for engine in translator.engines}
    artifacts = {name: engine.artifact for name, engine in engines.items()}
    yield families.MODEL.of(
        [((name, a.digest, a.manifest.quantization), 1) for name, a in artifacts.items()]
    )
    yield families.MODEL_BYTES.of(
        [
            ((name,), sum(file.size for file in a.manifest.files.values()))
            for name, a in artifacts.items()
        ]
    )
    paces = {(name,): engine.pace.tokens_per_second for name, engine in engines.items()}
    yield families.PACE.of([(name, pace) for name, pace in paces.items() if pace is not None])
    stats = {(name,): engine.stats() for name, engine in engines.items()}
    for family, read in _BY_MODEL:
        yield family.of([(labels, read(one)) for labels, one in stats.items()])


_BY_MODEL: Final[
    tuple[tuple[families.Family, Callable[[EngineStats], float | Distribution]], ...]
] = (
    (families.WORKERS, lambda stats: stats.batcher.workers),
    (families.RUNNING, lambda stats: stats.batcher.running),
    (families.QUEUE_SENTENCES, lambda stats: stats.batcher.queued_items),
    (families.QUEUE_TOKENS, lambda stats: stats.batcher.queued_tokens),
    (families.QUEUE_SECONDS, lambda stats: stats.batcher.waited),
    (families.TOKENIZATION, lambda stats: stats.tokenized),
    (families.INFERENCE, lambda stats: stats.batcher.decoded),
    (families.BATCH_SENTENCES, lambda stats: stats.batcher.sizes),
    (families.BATCH_TOKENS, lambda stats: stats.batcher.tokens),
    (families.BATCH_PADDED, lambda stats: stats.batcher.padded_tokens),
    (families.QUEUED, lambda stats: stats.batcher.items),
    (families.JOINED, lambda stats: stats.batcher.joined),
    (families.EXPIRED, lambda stats: stats.batcher.expired),
    (families.ABANDONED, lambda stats: stats.batcher.abandoned),
    (families.FAILED, lambda stats: stats.batcher.failed),
    (families.REPLACED, lambda stats: stats.batcher.replaced_workers),
)


def _of_translations(translator: Translator) -> Iterator[Metric]:
    cache = translator.cache_stats()
    yield families.CACHE_ENTRIES.of([((), cache.entries)])
    yield families.CACHE_BYTES.of([((), cache.bytes)])
    yield families.CACHE_MOST.of([((), cache.max_bytes)])
    yield families.HITS.of([((), cache.hits)])
    yield families.MISSES.of([((), cache.misses)])
    yield families.EVICTIONS.of([((), cache.evictions)])
    totals = translator.tally.totals()
    done = totals.directions
    yield families.TEXTS.of([(pair, one.texts) for pair, one in done.items()])
    yield families.SENTENCES.of([(pair, one.sentences) for pair, one in done.items()])
    yield families.CHARACTERS.of([(pair, one.characters) for pair, one in done.items()])
    yield families.WARNINGS.of([((kind,), count) for kind, count in totals.warnings.items()])
