"""The requests of all callers, decoded together.

A worker builds its own batch at the moment when it is free: none is prepared ahead. Between two
batches of the starter, which take 25 to 45 ms, a worker loses 0.3 ms (median, 64 threads calling
on 2 CPUs). With one batch ahead for each worker the batches were a third smaller, for what had
left could not wait for company, and a sentence cost 5% more CPU time.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

from ai_translate.engine.budget import Budget
from ai_translate.engine.lane import Batch, Entry
from ai_translate.engine.pace import Pace
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.engine.stats import SIZES, BatcherStats, Histogram
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.turn import ANYTIME, Priority, Turn
from ai_translate.engine.waiting import Taken, WaitingRoom
from ai_translate.errors import EngineFailure, NotReady, ServiceError

__all__ = ["Batcher"]

R = TypeVar("R")

_log = logging.getLogger(__name__)

# Measured: a wider window pads less, which CTranslate2 hardly feels, and lets more overtake.
_BUDGET_FOR_EACH_CANDIDATE: Final = 8
_LEAST_WINDOW: Final = 16


class Batcher(Generic[R]):
    """One queue and its workers.

    - A batch leaves as soon as a worker is free; nothing waits for company.
    - Who goes next and with whom: see `WaitingRoom`.
    - Items with equal tokens and options are decoded once while the first is in flight.
    - If a batch fails, its sentences are decoded one by one, so that one bad sentence fails
      alone. If a worker dies, all that it held is answered with `EngineFailure` and another
      takes its place. Every ticket ends.

    Thread-safe. What was not closed is closed when the interpreter exits.

    Args:
        decode: Decodes a batch and returns as many results, in order. It may block and is called
            by several workers at once.
        workers: How many batches may be decoded at once.
        batch_tokens: Padded tokens in a usual batch, see `Budget`; a longer sentence goes alone.
        window: How many of the oldest sentences are candidates for a batch; 0 chooses.
        name: Goes into the names of the threads.

    Attributes:
        pace: How fast it is.
    """

    def __init__(
        self,
        decode: Callable[[list[tuple[str, ...]], DecodingOptions], Sequence[R]],
        *,
        workers: int,
        batch_tokens: int,
        window: int = 0,
        name: str = "model",
    ) -> None:
        self._decode = decode
        self._workers = workers
        self._budget = Budget(batch_tokens, workers)
        self._name = name
        self.pace = Pace(workers, self._budget.least * workers)
        self._room: WaitingRoom[R] = WaitingRoom(
            window or max(_LEAST_WINDOW, batch_tokens // _BUDGET_FOR_EACH_CANDIDATE)
        )
        self._changed = threading.Condition(threading.Lock())
        self._closed = False
        self._decoding: dict[threading.Thread, int] = {}
        self._items = self._joined = 0
        self._batches = self._tokens = self._padded_tokens = 0
        self._expired = self._abandoned = self._failed = self._replaced = 0
        self._waited, self._decoded, self._sizes = Histogram(), Histogram(), Histogram(SIZES)
        self._threads: set[threading.Thread] = set()
        # A daemon thread that returns from C++ while the interpreter goes away aborts the process.
        atexit.register(self.close)
        for _ in range(workers):
            self._start_worker()

    def submit(
        self,
        items: Sequence[tuple[str, ...]],
        options: DecodingOptions,
        turn: Turn = ANYTIME,
    ) -> Ticket[R]:
        """Puts items in the queue. Never waits for a worker, so it may be called on a loop.

        Args:
            items: Tokens of each sentence.
            options: How to decode them.
            turn: How they wait.

        Returns:
            A future of one result or error for each item, in order. The errors are not raised.

        Raises:
            NotReady: The batcher is closed.
        """
        ticket: Ticket[R] = Ticket(len(items), turn.deadline)
        if not items:
            ticket.deliver()
            return ticket
        with self._changed:
            if self._closed:
                raise _closing()
            new = self._room.add(items, options, ticket, turn)
            self._items += len(items)
            self._joined += len(items) - new
            self._changed.notify(new)
        return ticket

    def stats(self) -> BatcherStats:
        """A consistent reading; cheap."""
        with self._changed:
            return BatcherStats(
                workers=self._workers,
                running=len(self._decoding),
                queued_items=self._room.entries,
                queued_tokens=self._room.tokens,
                items=self._items,
                joined=self._joined,
                batches=self._batches,
                tokens=self._tokens,
                padded_tokens=self._padded_tokens,
                expired=self._expired,
                abandoned=self._abandoned,
                failed=self._failed,
                replaced_workers=self._replaced,
                waited=self._waited.reading(),
                decoded=self._decoded.reading(),
                sizes=self._sizes.reading(),
            )

    def close(self) -> None:
        """Answers all that is queued with `NotReady` and waits for what is being decoded.

        Idempotent.
        """
        with self._changed:
            self._closed = True
            queued = self._room.clear()
            threads = list(self._threads)
            self._changed.notify_all()
        self._fail(queued, _closing)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()
        atexit.unregister(self.close)

    def _start_worker(self) -> None:
        thread = threading.Thread(target=self._work, name=f"batcher-{self._name}", daemon=True)
        thread.start()
        self._threads.add(thread)

    def _work(self) -> None:
        while True:
            batch: Batch[R] | None = None
            try:
                while (taken := self._take()) is not None:
                    batch = taken.batch
                    _deliver(taken.complete)
                    if batch is not None:
                        self._serve(batch)
            except BaseException as error:  # noqa: BLE001  # whatever it was, callers wait
                _log.critical("A worker of %s died and is replaced.", self._name, exc_info=True)
                if batch is not None:
                    self._fail(batch.entries, partial(_failure, error))
            else:
                return
            if self._replaced_by_another():
                return

    def _take(self) -> Taken[R] | None:
        """Waits until something is queued. None when the batcher is closed."""
        with self._changed:
            self._decoding.pop(threading.current_thread(), None)
            while not self._room.entries:
                if self._closed:
                    return None
                self._changed.wait()
            held = sum(self._decoding.values())
            somebody_waits = self._room.tokens_of(Priority.INTERACTIVE) > 0
            budget = self._budget.next(self._room.tokens + held, grow=not somebody_waits)
            now = time.monotonic()
            taken = self._room.take(budget, now)
            self._expired += taken.expired
            self._abandoned += taken.abandoned
            if taken.batch is not None:
                self._decoding[threading.current_thread()] = taken.batch.tokens
                self._batches += 1
                self._tokens += taken.batch.tokens
                self._padded_tokens += taken.batch.padded_tokens
                self._sizes.observe(len(taken.batch.entries))
                for entry in taken.batch.entries:
                    self._waited.observe(now - entry.waiters[0][0].since)
            return taken

    def _serve(self, batch: Batch[R]) -> None:
        """Decodes a batch and answers everyone who waits for it."""
        entries = batch.entries
        began = time.monotonic()
        try:
            found = self._decode([entry.tokens for entry in entries], batch.options)
            if len(found) != len(entries):
                raise _miscounted(len(found), len(entries))  # noqa: TRY301  # fails like the rest
        except Exception as error:  # noqa: BLE001  # it is answered, and the worker lives on
            if len(entries) == 1:
                _log.exception("%s failed on a sentence of %d tokens.", self._name, batch.tokens)
                self._fail(entries, partial(_failure, error))
                return
            _log.warning("%s failed on %d sentences: one by one now.", self._name, len(entries))
            for entry in entries:
                self._serve(Batch(batch.options, [entry]))
            return
        seconds = time.monotonic() - began
        self.pace.decoded(batch.tokens, seconds)
        complete: list[Ticket[R]] = []
        with self._changed:
            self._decoded.observe(seconds)
            for entry, result in zip(entries, found, strict=True):
                for ticket, index in self._room.settle(entry):
                    if ticket.answer(index, result):
                        complete.append(ticket)
        _deliver(complete)

    def _fail(self, entries: Iterable[Entry[R]], error: Callable[[], ServiceError]) -> None:
        """Answers everyone who waits for these entries, each with an error of their own.

        One that is shared would gather the traces of all who raise it.
        """
        complete: list[Ticket[R]] = []
        with self._changed:
            for entry in entries:
                if entry.settled:
                    continue
                self._failed += 1
                for ticket, index in self._room.settle(entry):
                    if ticket.answer(index, error()):
                        complete.append(ticket)
        _deliver(complete)

    def _replaced_by_another(self) -> bool:
        """Starts a worker in the place of this one. False if this thread must go on itself."""
        with self._changed:
            self._replaced += 1
            self._decoding.pop(threading.current_thread(), None)
            if self._closed:
                return True
            try:
                self._start_worker()
            except RuntimeError:  # no more threads: the system's limit, or interpreter shutdown
                return False
            self._threads.discard(threading.current_thread())
            return True


def _deliver(tickets: Iterable[Ticket[R]]) -> None:
    for ticket in tickets:
        try:
            ticket.deliver()
        except BaseException:  # noqa: BLE001  # one caller's callback is not the others' fault
            _log.exception("A caller's callback failed.")


def _failure(error: BaseException) -> ServiceError:
    if isinstance(error, ServiceError):
        own = type(error)(error.message, hint=error.hint)
    else:
        own = EngineFailure(f"The model failed: {type(error).__name__}.", hint="The log says more.")
    own.__cause__ = error
    return own


def _miscounted(found: int, wanted: int) -> EngineFailure:
    return EngineFailure(f"The model gave {found} results for {wanted} sentences.")


def _closing() -> NotReady:
    return NotReady("The model is being closed.", hint="Try another instance, or again later.")
