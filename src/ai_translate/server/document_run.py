"""One document that is being translated by this process: what was asked, and how far it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ai_translate.document import Progress
from ai_translate.engine import DecodingOptions
from ai_translate.journey import How
from ai_translate.server.metering import Charge
from ai_translate.text.documents.protocol import Reading

__all__ = ["Order", "Run"]


@dataclass(frozen=True, slots=True)
class Order:
    """One document that is to be translated.

    Attributes:
        name: Of its file, which tells its kind.
        called: What the translated file is to be called.
        source: Language tag, or `auto`.
        target: Language tag.
        options: How to search.
        reading: How to read it.
        how: What else was asked for.
        charge: Where its characters are charged.
    """

    name: str
    called: str
    source: str
    target: str
    options: DecodingOptions
    reading: Reading
    how: How
    charge: Charge


@dataclass(slots=True)
class Run:
    """A job of this process, from its first moment to its last.

    Attributes:
        id: Name of the job.
        progress: How far it is.
        charged: Whether its characters are charged.
        noted: When that was last written down, in seconds of `time.monotonic()`.
        error: What it failed of.
        task: What does it.
        stopped: Whether the task was told to end.
    """

    id: str
    progress: Progress = field(default_factory=lambda: Progress(0, 0, 0))
    charged: bool = False
    noted: float = 0.0
    error: Exception | None = None
    task: asyncio.Task[None] | None = None
    stopped: bool = False

    def stop(self) -> None:
        """Ends the task: once, so that nothing disturbs its last steps."""
        if not self.stopped and self.task is not None:
            self.stopped = True
            self.task.cancel()

    @property
    def share(self) -> float:
        """How much of it is translated, from 0 to 1."""
        progress = self.progress
        return progress.done / progress.characters if progress.characters else 0.0

    async def over(self, seconds: float | None = None) -> None:
        """Waits for the end of the task, or for so long."""
        if self.task is not None:
            await asyncio.wait({self.task}, timeout=seconds)
