"""Where named bytes are kept: a folder or a bucket. `Objects` lays artifacts out on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, Protocol

__all__ = ["BLOCK_BYTES", "Shelf"]

BLOCK_BYTES: Final = 1 << 20
"""Most bytes that a shelf gives at once."""


class Shelf(Protocol):
    """Bytes by names such as `files/ab12…`.

    Every method, and every step of what `blocks` gives, raises:
        RemoteError: It cannot be reached, or refuses.
        BadFile: Something else than bytes has the name.
    """

    @property
    def address(self) -> str:
        """Where it is, as it may be printed."""

    def size(self, name: str) -> int | None:
        """How many bytes have this name; None if none have."""

    def blocks(self, name: str) -> AbstractContextManager[Iterator[bytes] | None]:
        """The bytes of a name, piece by piece, for the block of a with; None if there are none."""

    def put(self, name: str, content: BinaryIO) -> None:
        """Gives bytes a name, in place of what had it. Nobody sees a part of them under it."""

    def turn(self, key: str, waiting: Callable[[], None]) -> AbstractContextManager[bool]:
        """See `Remote.turn`."""
