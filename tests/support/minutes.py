"""When to begin a test that counts what comes in one minute."""

from __future__ import annotations

import time

from support.until import until

__all__ = ["early_in_a_minute"]


async def early_in_a_minute() -> None:
    """Waits for the next minute if this one is almost over: what it counts begins to fade then."""
    await until(lambda: time.time() % 60 < 50)
