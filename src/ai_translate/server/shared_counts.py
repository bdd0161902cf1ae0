"""Counts that several servers share, in Redis; without it while it is away.

No request waits long for Redis, or fails of it. The first one that it does not answer in time
declares it away; from then on nobody asks it but one task, once a second, until it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

__all__ = ["SharedCounts"]

T = TypeVar("T")

_log = logging.getLogger(__name__)

_PREFIX: Final = "ai-translate"
_PATIENCE_SECONDS: Final = 0.25
_ASK_AGAIN_SECONDS: Final = 1.0
_CONNECTIONS: Final = 32


class SharedCounts:
    """One Redis, there or away.

    Args:
        address: As `redis://`, `rediss://` or `unix://`; may hold a password and is never shown.

    Attributes:
        storage: Redis, as the library `limits` uses it: only within `ask`.
        away: Whether it is not asked for now.
    """

    def __init__(self, address: str) -> None:
        # Most servers have none, and need not load what speaks to it.
        from limits.aio.storage import RedisStorage  # noqa: PLC0415
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        self._failures = (RedisError, OSError, TimeoutError)
        self._pool = BlockingConnectionPool.from_url(
            address,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE_SECONDS,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that lay idle may be none any more
        )
        self.storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix=_PREFIX,
            connection_pool=self._pool,  # type: ignore[arg-type]  # its annotation names plain options only
        )
        self.away = False
        self._watch: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tries it, and has it while the block runs; frees its connections after it."""
        await self.ask(self._try)
        try:
            yield
        finally:
            if self._watch is not None:
                self._watch.cancel()
                await asyncio.gather(self._watch, return_exceptions=True)
            await self._pool.aclose()

    async def ask(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """What comes of work with `storage`; None if Redis is away, or goes away meanwhile."""
        if self.away:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await work()
        except self._failures as error:
            self._lost(error)
            return None

    def _lost(self, error: Exception) -> None:
        if self.away:
            return
        self.away = True
        # The text of some errors names the address with all that it holds.
        _log.warning(
            "The Redis of AIT_LIMITS_REDIS does not answer (%s). Until it does, limits are judged "
            "by this process alone.",
            type(error).__name__,
        )
        self._watch = asyncio.create_task(self._wait_for_it())

    async def _wait_for_it(self) -> None:
        while True:
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
            try:
                # Those that lie idle may still be to one that is no more.
                await self._pool.disconnect(inuse_connections=False)
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._try()
            except self._failures as error:
                _log.debug("Redis is still away: %s.", type(error).__name__)
            else:
                self.away = False
                _log.info("Redis answers again. Limits are shared again.")
                return

    async def _try(self) -> int:
        """Writes: one that can only be read, or is full, is of no use."""
        return await self.storage.incr("alive", 60)
