"""Where a command writes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import click

from ai_translate.errors import ConfigurationError

__all__ = ["opened_output"]


@contextlib.contextmanager
def opened_output(path: Path | None) -> Iterator[BinaryIO]:
    """A stream to write to. A file is written aside and renamed when the block ends well.

    Interrupted by SIGINT or SIGTERM, or by any error, it leaves what was there before.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another --output."
        ) from error
    with _terminable():
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            Path(aside).chmod(_mode(path))
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise


def _mode(path: Path) -> int:
    """The permissions that the file has, or that a new one would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM end the block as an exception does, so that it can clean up."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise click.exceptions.Exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
