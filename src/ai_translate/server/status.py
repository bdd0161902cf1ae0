"""`/status`: what is loaded, what it is worth, and what it has to do now."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Engine
from ai_translate.server.admission import Admission
from ai_translate.server.answers import json_response
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.request_counts import RequestCounts
from ai_translate.server.routing import get
from ai_translate.server.status_shapes import (
    CacheFigures,
    ModelStatus,
    Origin,
    Quality,
    Queue,
    ServerStatus,
)
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.sources import FolderSource
from ai_translate.translator import Translator

__all__ = ["StatusRoute"]


class StatusRoute:
    """The route of one server.

    Args:
        lifecycle: Where the server stands, and its models.
        counts: Where requests are counted.
        admission: Who has let in those that translate.
    """

    def __init__(self, lifecycle: Lifecycle, counts: RequestCounts, admission: Admission) -> None:
        self._lifecycle = lifecycle
        self._counts = counts
        self._admission = admission

    def add_to(self, app: FastAPI) -> None:
        """Adds the route to the app."""
        get(app, "/status", self.status, ServerStatus)

    async def status(self, _request: Request) -> Response:
        """The models with their scores, their queues and the cache, at this moment."""
        translator = self._lifecycle.loaded
        return json_response(
            ServerStatus(
                status=self._lifecycle.status,
                version=version("ai-translate"),
                requests=self._counts.in_flight,
                translating=self._admission.requests,
                models=_models(translator) if translator else [],
                cache=_cache(translator) if translator else None,
            )
        )


def _models(translator: Translator) -> list[ModelStatus]:
    return [_model(engine, translator.locked(engine)) for engine in translator.engines]


def _model(engine: Engine, locked: LockedModel | None) -> ModelStatus:
    artifact = engine.artifact
    manifest = artifact.manifest
    return ModelStatus(
        name=engine.name,
        digest=artifact.digest,
        origin=_origin(locked) if locked else None,
        architecture=manifest.architecture,
        quantization=manifest.quantization,
        licence=manifest.licence,
        bytes=artifact.size,
        sources=sorted({pair.source for pair in manifest.pairs}),
        targets=sorted({pair.target for pair in manifest.pairs}),
        directions=len(manifest.pairs),
        resident=engine.resident,
        quality=_quality(locked.evaluation) if locked and locked.evaluation else None,
        queue=_queue(engine),
    )


def _origin(locked: LockedModel) -> Origin:
    source = locked.source
    if isinstance(source, FolderSource):
        return Origin(repository=None, revision=None, commit=None, folder=source.folder)
    return Origin(
        repository=source.repo, revision=source.revision, commit=source.commit, folder=None
    )


def _quality(found: LockedEvaluation) -> Quality:
    return Quality(
        source=found.pair.source,
        target=found.pair.target,
        against=found.against,
        sentences=found.sentences,
        chrf=found.chrf,
        bleu=found.bleu,
        chrf_float32=found.chrf_float32,
        bleu_float32=found.bleu_float32,
    )


def _queue(engine: Engine) -> Queue:
    now = engine.stats().batcher
    pace = engine.pace.tokens_per_second
    return Queue(
        workers=now.workers,
        running=now.running,
        sentences=now.queued_items,
        tokens=now.queued_tokens,
        tokens_per_second=pace,
        wait_seconds=now.queued_tokens / pace if pace else None,
    )


def _cache(translator: Translator) -> CacheFigures:
    stats = translator.cache_stats()
    return CacheFigures(
        entries=stats.entries,
        bytes=stats.bytes,
        max_bytes=stats.max_bytes,
        hits=stats.hits,
        misses=stats.misses,
    )
