"""Waits for a condition, never for a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable

__all__ = ["until"]

_PATIENCE_SECONDS = 20.0


async def until(holds: Callable[[], object]) -> None:
    """Leaves the event loop to others until the condition, which may be a coroutine, holds."""

    async def held() -> object:
        answer = holds()
        return await answer if inspect.isawaitable(answer) else answer

    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await held():  # noqa: ASYNC110  # it looks at whatever a test can see
            await asyncio.sleep(0.001)
