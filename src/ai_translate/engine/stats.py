"""Readings of the engine's parts, for metrics and tests."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BatcherStats", "CacheStats"]


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

    @property
    def fill(self) -> float:
        """The part of all padded tokens that was no padding; 1.0 before the first batch."""
        return self.tokens / self.padded_tokens if self.padded_tokens else 1.0


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
