"""A decoder whose calls the test answers itself, one by one, as a model would."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import Final

from ai_translate.engine import DecodingOptions

__all__ = ["PATIENCE", "Call", "ManualDecode", "Tokens", "translated"]

Tokens = tuple[str, ...]

# Seconds after which a test that waits for something that does not come has failed.
PATIENCE: Final = 20.0


def translated(tokens: Tokens) -> str:
    """What the pretended model makes of tokens."""
    return " ".join(tokens).upper()


@dataclass
class Call:
    """A batch that a worker is busy with, until the test says how it ends."""

    items: list[Tokens]
    options: DecodingOptions
    thread: threading.Thread
    error: BaseException | None = None
    results: list[str] | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> None:
        """The model has translated the batch."""
        self.results = [translated(item) for item in self.items]
        self.over.set()

    def fail(self, error: BaseException) -> None:
        """The model raises."""
        self.error = error
        self.over.set()


class ManualDecode:
    """Blocks every worker until the test has answered its call."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()

    def __call__(self, items: list[Tokens], options: DecodingOptions) -> list[str]:
        """What the batcher calls."""
        call = Call(items, options, threading.current_thread())
        self._calls.put(call)
        assert call.over.wait(PATIENCE), f"the test never answered {items}"
        if call.error is not None:
            raise call.error
        assert call.results is not None
        return call.results

    def next(self) -> Call:
        """The next batch that a worker decodes; waits for it."""
        return self._calls.get(timeout=PATIENCE)

    @property
    def idle(self) -> bool:
        """No worker has come that the test has not seen."""
        return self._calls.empty()
