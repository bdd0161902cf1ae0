"""The line on a terminal that tells how far something is."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import click

__all__ = ["Speed", "progress_bar"]

_SECONDS: Final = 5.0


def progress_bar(
    label: str,
    length: int | None,
    told: Callable[[Any], str | None],
    *,
    shown: bool,
    eta: bool = True,
) -> Any:
    """A bar on standard error, for a with block; `update(steps, item)` moves it.

    Args:
        label: What is being done.
        length: How many steps there are, if that is known.
        told: What to say beside the bar of an item that `update` was given; None before any.
        shown: Whether there is anything to see.
        eta: Whether the bar tells the time left, which it takes from all that was done so far.
    """
    return click.progressbar(
        length=length or 1,
        label=label,
        file=sys.stderr,
        hidden=not shown,
        show_eta=eta and length is not None,
        show_pos=False,
        item_show_func=told,
    )


class Speed:
    """Steps in a second, over the last few seconds.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])

    def after(self, done: int) -> float:
        """The speed, now that so many steps are done."""
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _SECONDS:
            self._seen.popleft()
        then, before = self._seen[0]
        return max(0.0, (done - before) / (now - then)) if now > then else 0.0
