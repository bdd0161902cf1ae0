"""How large the next batch may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Budget"]

# Sentences of one batch differ in length: about a quarter of a batch under load is padding.
_FILL: Final = 0.75
# A batch of less than this much of the usual one costs more for each sentence than it saves.
_LEAST: Final = 0.5
# A larger batch than the usual is built only where so many of its size are outstanding that it
# keeps nobody waiting for long in comparison.
_MANY: Final = 12
# And never larger than this many usual ones.
_MOST: Final = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """Padded tokens of a batch, by how much work there is.

    Under steady load from callers who wait for their answers, a worker that took all that was
    queued would find next to nothing at its next turn, since those callers have only just been
    answered. So each worker takes its share and leaves as much again in the queue, from which
    the next batch can be chosen well.

    Attributes:
        usual: Size of a batch when there is enough to do.
        workers: How many batches are decoded at once.
    """

    usual: int
    workers: int

    @property
    def least(self) -> int:
        """The size of the smallest batch that does not wait for company in vain."""
        return int(self.usual * _LEAST)

    def next(self, outstanding: int, *, grow: bool = True) -> int:
        """The size of the next batch.

        Args:
            outstanding: Tokens that are queued or being decoded, without padding.
            grow: Whether it may be larger than usual: not where somebody waits for an answer,
                whom a large batch keeps waiting in it.
        """
        share = int(outstanding / (self.workers + 1) / _FILL)
        ordinary = min(self.usual, max(share, self.least))
        larger = min(_MOST * self.usual, outstanding // _MANY) if grow else 0
        return max(ordinary, larger)
