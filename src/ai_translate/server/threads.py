"""The one place where blocking calls leave the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread

__all__ = ["Threads"]

# More calls than the engine has workers, so that tokenization overlaps with the model, and few
# enough that their threads cost no memory to speak of.
_CALLS_AT_ONCE: Final = 16

_Result = TypeVar("_Result")


class Threads:
    """Runs blocking calls of one server, a limited number at once; the others wait in order."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(_CALLS_AT_ONCE)

    async def run(self, call: Callable[..., _Result], *arguments: object) -> _Result:
        """The result of `call(*arguments)`, or what it raised."""
        return await anyio.to_thread.run_sync(call, *arguments, limiter=self._limiter)
