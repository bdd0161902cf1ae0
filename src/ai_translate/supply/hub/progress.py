"""How a download tells what it does."""

from __future__ import annotations

import logging
from typing import Final, Protocol

__all__ = ["Progress", "Silent"]

_LOG: Final = logging.getLogger(__name__)


class Progress(Protocol):
    """Is told how far a download is. Every method is called from several threads at once.

    An error that a method raises ends the download.
    """

    def total(self, size: int) -> None:
        """How many bytes are missing. Called once, before any of them; never if none are."""

    def advance(self, size: int) -> None:
        """So many more bytes are here. Negative where bytes must be fetched anew."""

    def note(self, text: str) -> None:
        """A sentence that explains a wait."""


class Silent:
    """Shows nothing; sentences go to the log."""

    def total(self, size: int) -> None:
        """See Progress."""

    def advance(self, size: int) -> None:
        """See Progress."""

    def note(self, text: str) -> None:
        """See Progress."""
        _LOG.info("%s", text)
