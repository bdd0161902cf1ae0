"""Readings of the engine's parts, for metrics and tests."""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

__all__ = [
    "SECONDS",
    "SIZES",
    "BatcherStats",
    "CacheStats",
    "Distribution",
    "EngineStats",
    "Histogram",
]

SECONDS: Final = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    120,
)
"""Bounds for times: from a lookup in the cache to a long wait."""

SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
"""Bounds for how many of something go together."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A reading of a histogram.

    Attributes:
        bounds: Upper ends of its buckets, ascending; each belongs to its bucket.
        counts: Observations in each bucket; one more than bounds, for what is above the last.
        total: Sum of all observations.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts)

    def with_all(self, other: Distribution) -> Distribution:
        """This and another one with the same bounds, together."""
        counts = tuple(map(operator.add, self.counts, other.counts))
        return Distribution(self.bounds, counts, self.total + other.total)

    @property
    def cumulative(self) -> list[tuple[float, int]]:
        """For each bound, and at last for infinity, how many observations are not above it."""
        told, so_far = [], 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            so_far += count
            told.append((bound, so_far))
        return told


class Histogram:
    """Counts observations by size. Not thread-safe: its owner holds a lock, or is one thread.

    Args:
        bounds: See `Distribution`.
    """

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def observe(self, value: float) -> None:
        """Counts one observation."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def reading(self) -> Distribution:
        """What it has counted so far."""
        return Distribution(self._bounds, tuple(self._counts), self._total)


@dataclass(frozen=True, slots=True)
class BatcherStats:
    """What a batcher does now, and what it has done since it was made.

    Attributes:
        workers: Threads that decode.
        running: Batches being decoded now.
        queued_items: Sentences that wait now, equal ones counted once.
        queued_tokens: Their tokens.
        items: Items that callers have sent.
        joined: Those of them that joined an equal one in flight.
        batches: Batches taken.
        tokens: Tokens in them.
        padded_tokens: The same with padding.
        expired: Items whose deadline had passed.
        abandoned: Sentences dropped because nobody waited for them any more.
        failed: Sentences answered with an error: by the model, a dying worker, or at close.
        replaced_workers: Workers that died.
        waited: Seconds for which sentences waited until a worker took them.
        decoded: Seconds that the model took for each batch.
        sizes: Sentences in each batch.
    """

    workers: int
    running: int
    queued_items: int
    queued_tokens: int
    items: int
    joined: int
    batches: int
    tokens: int
    padded_tokens: int
    expired: int
    abandoned: int
    failed: int
    replaced_workers: int
    waited: Distribution
    decoded: Distribution
    sizes: Distribution

    @property
    def fill(self) -> float:
        """The part of all padded tokens that was no padding; 1.0 before the first batch."""
        return self.tokens / self.padded_tokens if self.padded_tokens else 1.0


_NOW: Final = ("workers", "running", "queued_items", "queued_tokens")


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache holds now, and what it has done since it was made.

    Attributes:
        entries: Sentences held now.
        bytes: What they occupy.
        max_bytes: What they may occupy.
        hits: Sentences found.
        misses: Sentences looked for in vain.
        evictions: Sentences that made room for others.
    """

    entries: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int
    evictions: int


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What one loaded model does, and has done since it was loaded.

    Attributes:
        batcher: Of its queue and its workers.
        tokenized: Seconds for which groups of sentences were taken to tokens.
    """

    batcher: BatcherStats
    tokenized: Distribution

    @classmethod
    def none(cls) -> EngineStats:
        """Of a model that was never loaded."""
        seconds, sizes = Histogram().reading(), Histogram(SIZES).reading()
        nothing: dict[str, Any] = {field.name: 0 for field in fields(BatcherStats)}
        nothing |= {"waited": seconds, "decoded": seconds, "sizes": sizes}
        return cls(BatcherStats(**nothing), seconds)

    def after(self, earlier: EngineStats) -> EngineStats:
        """What it does now, and has done since it was first loaded, which was earlier."""
        sums: dict[str, Any] = {}
        for field in fields(BatcherStats):
            now, then = getattr(self.batcher, field.name), getattr(earlier.batcher, field.name)
            if isinstance(now, Distribution):
                sums[field.name] = now.with_all(then)
            elif field.name not in _NOW:
                sums[field.name] = now + then
        return EngineStats(
            replace(self.batcher, **sums), self.tokenized.with_all(earlier.tokenized)
        )

    def at_rest(self) -> EngineStats:
        """The same when it is not loaded any more."""
        still: dict[str, Any] = dict.fromkeys(_NOW, 0)
        return replace(self, batcher=replace(self.batcher, **still))
