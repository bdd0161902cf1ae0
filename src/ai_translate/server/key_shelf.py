"""The keys at hand: all of them in memory, as the database has them now.

No request reads the database, so that one with an unknown key costs it nothing, nor the memory.
A task looks twice a second whether one was made or revoked, and then reads them all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final, NamedTuple, Self

from ai_translate.errors import ConfigurationError, StateFailure, Unauthorized
from ai_translate.server.caller import Caller
from ai_translate.settings import Settings
from ai_translate.state.database import Database
from ai_translate.state.key_texts import LENGTH, digest_of, identifier_of, is_whole
from ai_translate.state.keys import Counts, Key, Keys

__all__ = ["HINT", "KeyShelf"]

HINT: Final = "Send it as Authorization: Bearer KEY, or as X-API-Key: KEY."

_log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
_NOTE_SECONDS: Final = 60.0

_IDENTIFIER: Final = slice(4, 14)


class _Held(NamedTuple):
    """What is needed of a key for each request that has it."""

    digest: bytes
    expires: float
    caller: Caller


_NOBODY: Final = _Held(bytes(32), 0.0, Caller("", frozenset()))


class KeyShelf:
    """The keys of one server.

    Args:
        database: Where they are kept, over a connection that nothing else uses: others may be
            busy with it for long. It is closed when `running` ends.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = Keys(database)
        self._known: Counts | None = None
        self._held: dict[bytes, _Held] = {}
        self._used: dict[str, float] = {}
        self._failing = False
        # Its own: the others may all be waiting for what somebody writes.
        self._thread = ThreadPoolExecutor(1, "keys")

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The keys of AIT_STATE_DIR, which must be there and writable.

        Raises:
            ConfigurationError: It is not named, or its database cannot be opened.
        """
        if settings.state_dir is None:
            raise ConfigurationError(
                "AIT_AUTH is keys, and there is no AIT_STATE_DIR in which they are kept.",
                hint="Name a folder in AIT_STATE_DIR that lasts.",
            )
        shelf = cls(Database.open(settings.state_dir))
        shelf.look()
        return shelf

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps up with the database while the block runs."""
        if not self._held:
            _log.warning(
                "There is no key, so that nobody may translate: "
                "`ai-translate keys create NAME` makes one."
            )
        looking = asyncio.create_task(self._looking())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            with suppress(StateFailure):
                await self._note()
            await self._apart(self._database.close)
            self._thread.shutdown()

    def find(self, text: bytes) -> Caller:
        """Whose key it is.

        Args:
            text: The key, as it came.

        Raises:
            Unauthorized: It is none that counts.
        """
        held = self._held.get(text[_IDENTIFIER], _NOBODY)
        if len(text) != LENGTH or not compare_digest(digest_of(text), held.digest):
            raise _unknown(text)
        now = time.time()
        if now >= held.expires:
            moment = datetime.fromtimestamp(held.expires, UTC)
            raise Unauthorized(
                f"The key {held.caller.key} expired at {moment:%Y-%m-%d %H:%M} UTC.",
                hint="`ai-translate keys create NAME` makes another one.",
            )
        self._used[held.caller.key] = now
        return held.caller

    def look(self) -> None:
        """Reads the keys if one was made or revoked. Blocks.

        Raises:
            StateFailure: The database cannot be read now; what was known stays.
        """
        found = self._keys.changed(self._known)
        if found is not None:
            self._known, keys = found
            # In one step, since requests look at it meanwhile.
            self._held = {
                key.identifier.encode("ascii"): _held(key) for key in keys if key.revoked is None
            }

    async def _looking(self) -> None:
        noted = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._apart(self.look)
                self._failing = False
            except StateFailure as error:
                if not self._failing:
                    _log.warning("New and revoked keys are not seen now. %s", error)
                self._failing = True
            if time.monotonic() - noted > _NOTE_SECONDS:
                noted = time.monotonic()
                with suppress(StateFailure):  # tried again with the next
                    await self._note()

    async def _apart(self, work: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _note(self) -> None:
        """Writes down what was used; what cannot be written now is tried again with the next."""
        used, self._used = self._used, {}
        if used:
            try:
                await self._apart(lambda: self._keys.note_uses(used))
            except StateFailure:
                self._used = used | self._used
                raise


def _held(key: Key) -> _Held:
    caller = Caller(key.identifier, key.access, key.requests_per_minute, key.characters_per_month)
    return _Held(key.digest, float("inf") if key.expires is None else key.expires, caller)


def _unknown(text: bytes) -> Unauthorized:
    said = text[: LENGTH + 1].decode("latin-1")
    if identifier_of(said) != said and not is_whole(said):
        return Unauthorized("The key was mistyped: its checksum is another.", hint=HINT)
    return Unauthorized("The key is unknown, or was revoked.", hint=HINT)
