"""When whose sentences go to a worker."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

__all__ = ["ANYTIME", "Priority", "Turn"]


class Priority(IntEnum):
    """Who goes first when there is more than the workers can do; see `WaitingRoom`."""

    INTERACTIVE = 0
    """Somebody waits for the answer."""
    BULK = 1
    """Much, and nobody in a hurry."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How sentences wait for a worker.

    Attributes:
        deadline: In seconds of `time.monotonic()`: what no worker has taken until then is
            answered with `DeadlineExceeded`. Infinity for none.
        priority: Who goes first.
        caller: Whose they are; callers of one priority take turns.
    """

    deadline: float = math.inf
    priority: Priority = Priority.INTERACTIVE
    caller: str = ""


ANYTIME: Final = Turn()
"""Without a deadline, for somebody who has no name."""
