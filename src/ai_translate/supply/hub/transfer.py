"""One file: asked for, received, hashed, and asked for again where that may help."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ai_translate.errors import HubError, IntegrityError
from ai_translate.supply.hub.endpoint import shown
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.partial import Partial
from ai_translate.supply.hub.refusals import Asked, failure
from ai_translate.supply.hub.retries import Backoff, Retries, Stopped, Transient
from ai_translate.supply.hub.wire import Reply, Wire

__all__ = ["Transfer"]

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_SMALLEST_BLOCK: Final = 1024
# A second-level cache holds it; larger buffers were slower.
_LARGEST_BLOCK: Final = 256 * 1024
_BRISK_SECONDS: Final = 0.05
_DAMAGED: Final = (
    "The mirror may be serving damaged bytes: ask who runs it to empty its cache of this file."
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Fetches a file.

    Attributes:
        wire: What asks.
        asked: The file at its commit.
        file: What it must be.
        backoff: How often it is tried.
        stop: Ends the transfer when it is set.
    """

    wire: Wire
    asked: Asked
    file: WantedFile
    backoff: Backoff
    stop: threading.Event

    def into(self, partial: Partial) -> None:
        """Fills a partial with the file's bytes and brings them to the disk.

        Where bytes come from more than one answer and their hash is wrong, the file is fetched
        once more from its beginning. What is wrong is thrown away.

        Raises:
            HubError: The file cannot be had.
            IntegrityError: Its bytes are not those that are wanted.
            OSError: The disk refused.
            Stopped: The transfer was ended.
        """
        partial.begin()
        for last in (False, True):
            self._fill(partial)
            digests = partial.digests()
            if digests.match(self.file):
                partial.sync()
                return
            pieced = partial.pieced
            partial.restart()
            if last or not pieced:
                raise IntegrityError(
                    f"{self.asked} from {shown(self.asked.endpoint.url)} "
                    f"{digests.difference(self.file)}.",
                    hint=_DAMAGED,
                )

    def _fill(self, partial: Partial) -> None:
        retries = Retries(self.backoff, self.stop)
        while partial.missing:
            try:
                with self.wire.get(self.asked, partial.size) as reply:
                    if self._goes_on(reply, partial):
                        self._receive(reply, partial, retries)
            except Transient as transient:
                if self.stop.is_set():
                    raise Stopped from transient
                retries.failed(transient)

    def _goes_on(self, reply: Reply, partial: Partial) -> bool:
        """Makes the partial end where the answer begins; whether the answer has bytes of it."""
        who = shown(reply.elsewhere or self.asked.endpoint.url)
        if reply.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if not partial.size:
                raise HubError(
                    f"{who} answers 416 to the request for the whole of {self.asked}.",
                    hint="Ask who runs the mirror.",
                )
            partial.restart()
            return False
        if reply.status == HTTPStatus.OK:
            if partial.size:
                partial.restart()
            length = reply.headers.get("Content-Length")
            if length is not None and length != str(self.file.size):
                raise self._wrong_size(who, length)
            return True
        part = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", "").strip())
        if part and part[3] not in {"*", str(self.file.size)}:
            raise self._wrong_size(who, part[3])
        if not (part and partial.size and int(part[1]) == partial.size <= int(part[2])):
            raise HubError(
                f"{who} sends another part of {self.asked} than was asked for.",
                hint="Ask who runs the mirror: it does not serve ranges as RFC 9110 has them.",
            )
        partial.pieced = True
        return True

    def _wrong_size(self, who: str, size: str) -> IntegrityError:
        return IntegrityError(
            f"{self.asked} has {size[:20]} bytes at {who}, but {self.file.size} were expected.",
            hint=_DAMAGED,
        )

    def _receive(self, reply: Reply, partial: Partial, retries: Retries) -> None:
        """Reads an answer to its end. Small blocks where it is slow: little is lost at a cut."""
        buffer = memoryview(bytearray(min(_LARGEST_BLOCK, max(partial.missing, 1))))
        length = _SMALLEST_BLOCK
        while partial.missing:
            if self.stop.is_set():
                raise Stopped
            began = time.monotonic()
            size = reply.readinto(buffer[: min(length, partial.missing)])
            if not size:
                raise failure(self.asked, ConnectionResetError(), elsewhere=reply.elsewhere)
            furthest = partial.furthest
            partial.write(buffer[:size])
            # A mirror that always starts over and always breaks off shall not be asked for ever.
            if partial.furthest > furthest:
                retries.progressed()
            if time.monotonic() - began < _BRISK_SECONDS:
                length = min(2 * length, _LARGEST_BLOCK)
            else:
                length = max(length // 2, _SMALLEST_BLOCK)
