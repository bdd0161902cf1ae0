"""Waits for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["until"]

_PATIENCE_SECONDS = 20.0


async def until(holds: Callable[[], object]) -> None:
    """Leaves the event loop to others until the condition holds."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110  # it looks at whatever a test can see
            await asyncio.sleep(0.001)
