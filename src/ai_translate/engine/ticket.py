"""What a caller holds while its sentences are on their way."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Generic, TypeVar

from ai_translate.errors import ServiceError

__all__ = ["Ticket"]

R = TypeVar("R")


class Ticket(Future[list[R | ServiceError]], Generic[R]):
    """The future of one request: for each of its items, in order, a result or an error.

    One future for each request and none for each item: creating and resolving a
    `concurrent.futures.Future` costs several times what all else costs for an item, and an
    event loop is woken once. From a coroutine: `await asyncio.wrap_future(ticket)`; there as in
    a thread, `cancel()` means that the caller has left.

    `answer` is called under the batcher's lock, `deliver` without it: callbacks run there.

    Args:
        items: How many answers make it complete.
        deadline: In seconds of `time.monotonic()`; infinity for none.

    Attributes:
        since: When it was made, likewise.
        left: Whether the caller has left.
    """

    def __init__(self, items: int, deadline: float) -> None:
        super().__init__()
        self.deadline = deadline
        self.since = time.monotonic()
        self.left = False
        self._answers: list[R | ServiceError | None] = [None] * items
        self._missing = items

    def cancel(self) -> bool:
        """The caller leaves: what is still queued for it alone is not translated.

        Returns:
            False if the answers were there already.
        """
        cancelled = super().cancel()
        # Read once for each queued item and batch: `cancelled()` would take a lock each time.
        self.left = self.left or cancelled
        return cancelled

    def answer(self, index: int, outcome: R | ServiceError | None) -> bool:
        """Takes the answer for one item, None if nobody will read it. True for the last one."""
        self._answers[index] = outcome
        self._missing -= 1
        return not self._missing

    def deliver(self) -> None:
        """Resolves the future; to be called once, after the last answer."""
        if self.set_running_or_notify_cancel():
            self.set_result(self._answers)  # type: ignore[arg-type]  # none is missing
