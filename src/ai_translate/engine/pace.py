"""How fast a model is on this machine, as it shows while it works."""

from __future__ import annotations

from typing import Final

__all__ = ["Pace"]

# What is older than this much work counts half.
_HALF_LIFE_SECONDS: Final = 10.0
_HALF_LIFE_BYTES: Final = 100_000
# Before anything is known: about what sentence pieces of European languages have.
_BYTES_OF_A_TOKEN: Final = 4.0


class Pace:
    """Tokens of source text: how many a second, and how many in a text.

    It is told from several threads without a lock: what gets lost between them is a grain of an
    average.

    Args:
        workers: Batches that are decoded at once.
        fill: Tokens in flight with which workers do well.
    """

    def __init__(self, workers: int = 1, fill: int = 0) -> None:
        self.fill = fill
        self._workers = workers
        self._tokens = self._seconds = 0.0
        self._bytes_read, self._tokens_read = _BYTES_OF_A_TOKEN, 1.0

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens that all workers decode in a second while they are busy; None before the first.

        That is the pace of the batches that there were: more at once go faster.
        """
        return self._workers * self._tokens / self._seconds if self._seconds else None

    def decoded(self, tokens: int, seconds: float) -> None:
        """A worker has decoded a batch in this time."""
        older = 0.5 ** (seconds / _HALF_LIFE_SECONDS)
        self._tokens = self._tokens * older + tokens
        self._seconds = self._seconds * older + seconds

    def read(self, size: int, tokens: int) -> None:
        """So many bytes of UTF-8 have become so many tokens."""
        older = 0.5 ** (size / _HALF_LIFE_BYTES)
        self._bytes_read = self._bytes_read * older + size
        self._tokens_read = self._tokens_read * older + tokens

    def tokens_of(self, size: int) -> int:
        """About how many tokens a text of so many bytes of UTF-8 becomes."""
        return 1 + int(size * self._tokens_read / self._bytes_read)
