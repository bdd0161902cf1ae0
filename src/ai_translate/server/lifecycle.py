"""From start to end of one server: loading, healthy, draining, or failed.

    starting ──loaded──▶ healthy ──signal──▶ draining
        │ │                 │
        │ └──signal─────────┼──▶ draining
        └──load fails──▶ unhealthy ◀──self-check fails

The port is bound before models load, so that a probe finds a process that answers; nothing is
translated before `healthy`. While healthy, models may be changed (`reload`). A draining server
finishes what it has begun and takes nothing new.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

import anyio.to_thread

from ai_translate.engine import Engine
from ai_translate.errors import AITranslateError, NotReady, ReloadFailed
from ai_translate.server.generations import Generations
from ai_translate.translator import Translator

__all__ = ["Lifecycle", "Reloaded", "Status"]


_log = logging.getLogger(__name__)


class Status(StrEnum):
    """What a probe is told."""

    STARTING = "starting"
    HEALTHY = "healthy"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload has changed.

    Attributes:
        added: Models that serve from now on.
        kept: Those that go on.
        removed: Those that serve no more, and are freed after the last request that uses them.
        seconds: How long it took.
    """

    added: tuple[Engine, ...]
    kept: tuple[Engine, ...]
    removed: tuple[Engine, ...]
    seconds: float

    def __str__(self) -> str:
        changes = [
            f"{what} {', '.join(f'{e.name}@{e.artifact.digest[:12]}' for e in engines) or 'none'}"
            for what, engines in (
                ("added", self.added),
                ("kept", self.kept),
                ("removed", self.removed),
            )
        ]
        return f"Models are reloaded in {self.seconds:.2f} s: {'; '.join(changes)}."


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
        self._load = load
        self._generations = Generations()
        self._turn = asyncio.Lock()

    @property
    def loaded(self) -> Translator | None:
        """The translator, whether it may be used now or not; None before there is one."""
        return self._generations.current

    @property
    def translator(self) -> Translator:
        """The loaded translator.

        Raises:
            NotReady: Models are loading, could not be loaded, or the server is draining.
        """
        translator = self._generations.current
        if self.status is Status.HEALTHY and translator is not None:
            return translator
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

        Its translator stays what it is for the block, whatever is reloaded meanwhile.

        Raises:
            NotReady: See `translator`.
        """
        translator = self.translator
        self.in_flight += 1
        try:
            with self.using(translator):
                yield translator
        finally:
            self.in_flight -= 1

    def using(self, translator: Translator) -> AbstractContextManager[None]:
        """Keeps a translator that a request has, also beyond the request, from being freed.

        It does not keep a draining server alive.
        """
        return self._generations.using(translator)

    async def reload(self) -> Reloaded:
        """Changes the models to those of the lock as it stands; those that stayed go on.

        One at a time: a second call waits for the first. If anything is wrong, all stays as it is.

        Raises:
            NotReady: See `translator`.
            ReloadFailed: See `Translator.renewed`.
        """
        async with self._turn:
            began = time.monotonic()
            old = self.translator
            with self.using(old):
                try:
                    new = await anyio.to_thread.run_sync(old.renewed)
                except AITranslateError as error:
                    raise ReloadFailed(
                        f"The models stay as they are: {error.message}", hint=error.hint
                    ) from None
                before, now = old.engines, new.engines
                added = tuple(engine for engine in now if engine not in before)
                try:
                    self.translator  # noqa: B018  # a server that was stopped meanwhile changes nothing
                except NotReady:
                    for engine in added:
                        await anyio.to_thread.run_sync(engine.close)
                    raise
                self._generations.replace(new)
        reloaded = Reloaded(
            added,
            tuple(engine for engine in now if engine in before),
            tuple(engine for engine in before if engine not in now),
            time.monotonic() - began,
        )
        _log.info("%s", reloaded)
        return reloaded

    def drain(self) -> None:
        """Takes no more requests. Safe to call from a signal handler, and more than once."""
        if self.status is not Status.UNHEALTHY:
            self.status = Status.DRAINING

    async def give_up(self) -> None:
        """Closes the models while requests use them: what is queued ends with `NotReady`."""
        await self._generations.close()

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
            # Of a reload that goes on nothing is left behind.
            async with self._turn:
                await self._generations.closed()
                # After a forced exit some thread may still be inside the model: then the end of
                # the process frees it.
                if not self.in_flight:
                    await self._generations.close()

    async def _loading(self) -> None:
        try:
            self._generations.replace(await anyio.to_thread.run_sync(self._load))
        except Exception as error:  # noqa: BLE001  # whatever it is, the server must say so and end
            self.fail(error)
        else:
            if self.status is Status.STARTING:
                self.status = Status.HEALTHY
        finally:
            self.settled.set()
