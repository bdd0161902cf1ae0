"""How a download shows: a bar on a terminal, a line elsewhere, both on standard error."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import click

from ai_translate.cli.progress import Speed, progress_bar
from ai_translate.cli.sizes import human_size

__all__ = ["Download", "shown_download"]

# Drawing more often shows nothing more.
_SECONDS: Final = 0.1


class Download:
    """The progress of one model's downloads. See `Progress` for its methods.

    Args:
        name: Of the model.
        terminal: Whether somebody looks on.
        doing: What happens to the bytes, in a word.
    """

    def __init__(self, name: str, *, terminal: bool, doing: str) -> None:
        self._name = name
        self._doing = doing
        self._terminal = terminal
        self._stack = contextlib.ExitStack()
        self._bar: Any = None
        self._speed = Speed()
        self._size = self._done = self._drawn = 0
        self._when = 0.0
        self._lock = threading.Lock()

    def total(self, size: int) -> None:
        """See Progress. A further call begins a further bar."""
        with self._lock:
            self._end()
            self._size, self._done, self._drawn, self._speed = size, 0, 0, Speed()
            if self._terminal:
                bar = progress_bar(self._name, size, self._told, shown=True, eta=False)
                self._bar = self._stack.enter_context(bar)
            else:
                click.echo(f"{self._name}: {self._doing} {human_size(size)}", err=True)

    def advance(self, size: int) -> None:
        """See Progress."""
        with self._lock:
            self._done += size
            if self._bar is None:
                return
            now = time.monotonic()
            if now - self._when > _SECONDS or self._done >= self._size:
                self._when = now
                self._draw()

    def note(self, text: str) -> None:
        """See Progress."""
        click.echo(f"{self._name}: {text}", err=True)

    def close(self) -> None:
        """Ends the bar where it stands."""
        with self._lock:
            self._end()

    def _draw(self) -> None:
        self._bar.update(self._done - self._drawn, self._done)
        self._drawn = self._done

    def _end(self) -> None:
        if self._bar is not None:
            self._draw()
            self._bar = None
        self._stack.close()

    def _told(self, done: int | None) -> str | None:
        """Bytes, rate and time left."""
        if done is None:
            return None
        speed = self._speed.after(done)
        told = f"{human_size(done)} of {human_size(self._size)}, {human_size(speed)}/s"
        if speed and done < self._size:
            minutes, seconds = divmod(round((self._size - done) / speed), 60)
            told += f", {minutes}:{seconds:02} left"
        return told


@contextlib.contextmanager
def shown_download(name: str, *, doing: str = "fetching") -> Iterator[Download]:
    """The progress of a model's downloads, or of what `doing` says, ended with the block."""
    download = Download(name, terminal=sys.stderr.isatty(), doing=doing)
    try:
        yield download
    finally:
        download.close()
