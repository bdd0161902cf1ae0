"""Every metric that the server tells of: its name, its kind, its labels and what it means."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from ai_translate.engine.stats import Distribution

__all__ = [
    "ABANDONED",
    "ADMITTED",
    "ADMITTED_TOKENS",
    "BATCH_PADDED",
    "BATCH_SENTENCES",
    "BATCH_TOKENS",
    "BUILD",
    "CACHE_BYTES",
    "CACHE_ENTRIES",
    "CACHE_MOST",
    "CHARACTERS",
    "DURATION",
    "EVICTIONS",
    "EXPIRED",
    "FAILED",
    "FAMILIES",
    "HITS",
    "INFERENCE",
    "IN_FLIGHT",
    "JOBS",
    "JOINED",
    "MEMORY_LIMIT",
    "MISSES",
    "MODEL",
    "MODEL_BYTES",
    "PACE",
    "PROCESS",
    "QUEUED",
    "QUEUE_SECONDS",
    "QUEUE_SENTENCES",
    "QUEUE_TOKENS",
    "READY",
    "RECEIVED",
    "REFUSED",
    "REPLACED",
    "REQUESTS",
    "RUNNING",
    "SENT",
    "SENTENCES",
    "TEXTS",
    "TOKENIZATION",
    "WARNINGS",
    "WORKERS",
    "Family",
]

Value = float | Distribution


@dataclass(frozen=True, slots=True)
class Family:
    """One metric.

    Attributes:
        name: As it stands in /metrics, `_total` of counters included.
        kind: What may be done with it.
        labels: Names of its labels.
        meaning: One sentence.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str

    def of(self, samples: Iterable[tuple[tuple[str, ...], Value]]) -> Metric:
        """The metric as the library writes it, from values of its labels and what it has there."""
        if self.kind == "histogram":
            histogram = HistogramMetricFamily(self.name, self.meaning, labels=self.labels)
            for labels, value in samples:
                assert isinstance(value, Distribution)  # noqa: S101  # a mistake of ours
                buckets = [(_written(end), count) for end, count in value.cumulative]
                histogram.add_metric(labels, buckets, value.total)
            return histogram
        family = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        metric = family(self.name, self.meaning, labels=self.labels)
        for labels, value in samples:
            assert not isinstance(value, Distribution)  # noqa: S101  # the same
            metric.add_metric(labels, value)
        return metric


def _written(bound: float) -> str:
    """The end of a bucket as Prometheus has it."""
    return "+Inf" if math.isinf(bound) else str(float(bound))


BUILD: Final = Family(
    "ai_translate_build_info", "gauge", ("version",), "1 for the version that runs."
)
READY: Final = Family(
    "ai_translate_ready",
    "gauge",
    (),
    "1 if the server takes translations, as `/readyz` tells; otherwise 0.",
)
REQUESTS: Final = Family(
    "ai_translate_http_requests_total",
    "counter",
    ("route", "method", "status"),
    "Requests that were answered; status 499: the client left before.",
)
DURATION: Final = Family(
    "ai_translate_http_request_duration_seconds",
    "histogram",
    ("route", "method", "status"),
    "Time from a request to the end of its answer; status is a class such as `2xx`.",
)
IN_FLIGHT: Final = Family(
    "ai_translate_http_requests_in_flight", "gauge", (), "Requests that are not answered yet."
)
RECEIVED: Final = Family(
    "ai_translate_http_request_bytes_total",
    "counter",
    ("route",),
    "Bytes of the bodies of requests that were read.",
)
SENT: Final = Family(
    "ai_translate_http_response_bytes_total",
    "counter",
    ("route",),
    "Bytes of the bodies of answers.",
)
ADMITTED: Final = Family(
    "ai_translate_admitted_requests",
    "gauge",
    (),
    "Translations that have begun and not ended, queued ones included.",
)
ADMITTED_TOKENS: Final = Family(
    "ai_translate_admitted_tokens", "gauge", (), "About how many tokens they have."
)
REFUSED: Final = Family(
    "ai_translate_refused_total",
    "counter",
    ("limit",),
    "Translations refused with 503 since there was no room, by the limit that was reached.",
)
MODEL: Final = Family(
    "ai_translate_model_info",
    "gauge",
    ("model", "digest", "quantization"),
    "1 for each model that is loaded.",
)
MODEL_BYTES: Final = Family(
    "ai_translate_model_bytes",
    "gauge",
    ("model",),
    "Bytes of the files of each model that is loaded, about what it takes in memory.",
)
WORKERS: Final = Family("ai_translate_model_workers", "gauge", ("model",), "Threads that decode.")
RUNNING: Final = Family(
    "ai_translate_model_batches_running", "gauge", ("model",), "Batches that are decoded now."
)
PACE: Final = Family(
    "ai_translate_model_tokens_per_second",
    "gauge",
    ("model",),
    "Tokens that its workers decode in a second while they are busy; not there before the first.",
)
QUEUE_SENTENCES: Final = Family(
    "ai_translate_queue_sentences",
    "gauge",
    ("model",),
    "Sentences that wait for a worker, equal ones counted once.",
)
QUEUE_TOKENS: Final = Family("ai_translate_queue_tokens", "gauge", ("model",), "Their tokens.")
QUEUE_SECONDS: Final = Family(
    "ai_translate_queue_seconds",
    "histogram",
    ("model",),
    "Time that sentences waited until a worker took them.",
)
TOKENIZATION: Final = Family(
    "ai_translate_tokenization_seconds",
    "histogram",
    ("model",),
    "Time to take a group of at most 128 sentences to tokens.",
)
INFERENCE: Final = Family(
    "ai_translate_inference_seconds", "histogram", ("model",), "Time to decode a batch."
)
BATCH_SENTENCES: Final = Family(
    "ai_translate_batch_sentences", "histogram", ("model",), "Sentences in a batch."
)
BATCH_TOKENS: Final = Family(
    "ai_translate_batch_tokens_total", "counter", ("model",), "Tokens in batches."
)
BATCH_PADDED: Final = Family(
    "ai_translate_batch_padded_tokens_total",
    "counter",
    ("model",),
    "The same with padding: tokens divided by it are the fill of batches.",
)
QUEUED: Final = Family(
    "ai_translate_queue_entered_total",
    "counter",
    ("model",),
    "Sentences that callers have put in the queue.",
)
JOINED: Final = Family(
    "ai_translate_queue_joined_total",
    "counter",
    ("model",),
    "Those of them that joined an equal one in flight.",
)
EXPIRED: Final = Family(
    "ai_translate_queue_expired_total",
    "counter",
    ("model",),
    "Sentences whose time had passed before a worker took them.",
)
ABANDONED: Final = Family(
    "ai_translate_queue_abandoned_total",
    "counter",
    ("model",),
    "Sentences dropped because nobody waited for them any more.",
)
FAILED: Final = Family(
    "ai_translate_sentences_failed_total",
    "counter",
    ("model",),
    "Sentences answered with an error.",
)
REPLACED: Final = Family(
    "ai_translate_workers_replaced_total",
    "counter",
    ("model",),
    "Workers that died and were replaced.",
)
CACHE_ENTRIES: Final = Family("ai_translate_cache_entries", "gauge", (), "Sentences in the cache.")
CACHE_BYTES: Final = Family("ai_translate_cache_bytes", "gauge", (), "Bytes that they take.")
CACHE_MOST: Final = Family("ai_translate_cache_max_bytes", "gauge", (), "Bytes that they may take.")
HITS: Final = Family(
    "ai_translate_cache_hits_total", "counter", (), "Sentences found in the cache."
)
MISSES: Final = Family(
    "ai_translate_cache_misses_total", "counter", (), "Sentences looked for in vain."
)
EVICTIONS: Final = Family(
    "ai_translate_cache_evictions_total", "counter", (), "Sentences that made room for others."
)
TEXTS: Final = Family(
    "ai_translate_texts_total",
    "counter",
    ("source", "target"),
    "Texts that were translated, or parts of documents.",
)
SENTENCES: Final = Family(
    "ai_translate_sentences_total",
    "counter",
    ("source", "target"),
    "Their sentences, those from the cache included.",
)
CHARACTERS: Final = Family(
    "ai_translate_characters_total",
    "counter",
    ("source", "target"),
    "Their characters (code points of Unicode).",
)
WARNINGS: Final = Family(
    "ai_translate_warnings_total", "counter", ("kind",), "Doubts about translations, by their code."
)
JOBS: Final = Family(
    "ai_translate_document_jobs",
    "gauge",
    ("status",),
    "Jobs of documents that are remembered; of every process on one AIT_STATE_DIR.",
)
MEMORY_LIMIT: Final = Family(
    "ai_translate_memory_limit_bytes",
    "gauge",
    (),
    "What the container may take of memory; not there where nothing binds it.",
)

FAMILIES: Final = (
    BUILD,
    READY,
    REQUESTS,
    DURATION,
    IN_FLIGHT,
    RECEIVED,
    SENT,
    ADMITTED,
    ADMITTED_TOKENS,
    REFUSED,
    MODEL,
    MODEL_BYTES,
    WORKERS,
    RUNNING,
    PACE,
    QUEUE_SENTENCES,
    QUEUE_TOKENS,
    QUEUE_SECONDS,
    TOKENIZATION,
    INFERENCE,
    BATCH_SENTENCES,
    BATCH_TOKENS,
    BATCH_PADDED,
    QUEUED,
    JOINED,
    EXPIRED,
    ABANDONED,
    FAILED,
    REPLACED,
    CACHE_ENTRIES,
    CACHE_BYTES,
    CACHE_MOST,
    HITS,
    MISSES,
    EVICTIONS,
    TEXTS,
    SENTENCES,
    CHARACTERS,
    WARNINGS,
    JOBS,
    MEMORY_LIMIT,
)
"""All that are ours, in their order."""

PROCESS: Final = (
    Family("process_resident_memory_bytes", "gauge", (), "Memory of the process that is in RAM."),
    Family("process_virtual_memory_bytes", "gauge", (), "Its address space."),
    Family("process_cpu_seconds_total", "counter", (), "Processor time, of user and system."),
    Family("process_open_fds", "gauge", (), "Open files and connections."),
    Family("process_max_fds", "gauge", (), "How many there may be."),
    Family(
        "process_start_time_seconds",
        "gauge",
        (),
        "When the process began, in seconds of the Unix epoch.",
    ),
)
"""Those that the library reads from the system."""
