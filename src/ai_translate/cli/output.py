"""Where a command writes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO

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
    # It is named before it is made, and made when signals end this block as errors do: so there is
    # no moment at which it would be left.
    aside = path.parent / f".{path.name}-{secrets.token_hex(8)}"
    with _terminable():
        try:
            with _made(aside, path) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            aside.chmod(_mode(path))
            aside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):  # it may never have come to be
                aside.unlink()
            raise


def _made(aside: Path, path: Path) -> BinaryIO:
    """A new file that nobody else reads, in which another one is written."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        return os.fdopen(os.open(aside, flags, 0o600), "wb")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another --output."
        ) from error


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
        # No `Exception`: it can come anywhere, also where others handle those of their own.
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
