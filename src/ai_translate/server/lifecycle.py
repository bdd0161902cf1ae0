"""From start to end of one server: loading, healthy, draining, or failed.

    starting ──loaded──▶ healthy ──signal──▶ draining
        │ │                 │
        │ └──signal─────────┼──▶ draining
        └──load fails──▶ unhealthy ◀──self-check fails

The port is bound before models load, so that a probe finds a process that answers; nothing is
translated before `healthy`. A draining server finishes what it has begun and takes nothing new.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum

import anyio.to_thread

from ai_translate.errors import NotReady
from ai_translate.translator import Translator

__all__ = ["Lifecycle", "Status"]


class Status(StrEnum):
    """What a probe is told."""

    STARTING = "starting"
    HEALTHY = "healthy"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"


class Lifecycle:
    """The state of one server and the translator that it has, once it has one.

    Args:
        load: Makes the translator; blocks, so it is called in a thread, once.

    Attributes:
        status: Where the server stands.
        failure: Why it is unhealthy.
        in_flight: Requests that were taken and not yet answered.
        settled: Set when loading has ended, well or badly.
    """

    def __init__(self, load: Callable[[], Translator]) -> None:
        self.status = Status.STARTING
        self.failure: Exception | None = None
        self.in_flight = 0
        self.settled = asyncio.Event()
        self.loaded: Translator | None = None
        self._load = load

    @property
    def translator(self) -> Translator:
        """The loaded translator.

        Raises:
            NotReady: Models are loading, could not be loaded, or the server is draining.
        """
        if self.status is Status.HEALTHY and self.loaded is not None:
            return self.loaded
        raise NotReady(
            {
                Status.DRAINING: "The server is shutting down.",
                Status.UNHEALTHY: "The models could not be loaded.",
            }.get(self.status, "The models are still loading."),
            hint="Try again in a moment; GET /readyz answers 200 when it is time.",
        )

    @contextmanager
    def request(self) -> Iterator[Translator]:
        """Takes one request, which keeps a draining server alive until it leaves the block.

        Raises:
            NotReady: See `translator`.
        """
        translator = self.translator
        self.in_flight += 1
        try:
            yield translator
        finally:
            self.in_flight -= 1

    def drain(self) -> None:
        """Takes no more requests. Safe to call from a signal handler, and more than once."""
        if self.status is not Status.UNHEALTHY:
            self.status = Status.DRAINING

    def fail(self, error: Exception) -> None:
        """Declares the server broken for good."""
        self.failure = error
        self.status = Status.UNHEALTHY

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Loads in the background while the block runs; frees the translator after it."""
        loading = asyncio.create_task(self._loading())
        try:
            yield
        finally:
            await loading
            # After a forced exit some thread may still be inside the model: then the end of the
            # process frees it.
            if self.loaded is not None and not self.in_flight:
                await anyio.to_thread.run_sync(self.loaded.close)

    async def _loading(self) -> None:
        try:
            self.loaded = await anyio.to_thread.run_sync(self._load)
        except Exception as error:  # noqa: BLE001  # whatever it is, the server must say so and end
            self.fail(error)
        else:
            if self.status is Status.STARTING:
                self.status = Status.HEALTHY
        finally:
            self.settled.set()
