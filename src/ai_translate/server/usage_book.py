"""What each key uses: counted in memory, written down every few seconds and at the end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from ai_translate.errors import StateFailure
from ai_translate.state.database import Database
from ai_translate.state.usage import Entry, UsageTable, Used

__all__ = ["UsageBook"]

_log = logging.getLogger(__name__)

_WRITE_SECONDS: Final = 3.0


class UsageBook:
    """The use of this process, on top of what is written down already.

    Several processes may write into one AIT_STATE_DIR: each learns what the others have written
    of a key when it writes of it itself.

    Args:
        database: Where it is written.
        now: The time, in seconds of the Unix epoch.

    Raises:
        StateFailure: What is written cannot be read.
    """

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._table = UsageTable(database)
        self._now = now
        self._next = 0.0
        self._month = ""
        self._totals: dict[Entry, Used] = {}
        self._unwritten: dict[Entry, Used] = {}
        self._writing = asyncio.Lock()
        self._failing = False
        self._totals = self._table.month(self.month)

    @property
    def month(self) -> str:
        """The calendar month of UTC that it is."""
        if self._now() >= self._next:
            today = datetime.fromtimestamp(self._now(), UTC)
            self._month = f"{today:%Y-%m}"
            self._next = datetime(
                today.year + today.month // 12, today.month % 12 + 1, 1, tzinfo=UTC
            ).timestamp()
            self._totals = {e: used for e, used in self._totals.items() if e.month == self._month}
        return self._month

    @property
    def month_ends(self) -> datetime:
        """When the next month begins."""
        assert self.month  # noqa: S101  # what reckons it
        return datetime.fromtimestamp(self._next, UTC)

    @property
    def seconds_left(self) -> int:
        """How long this month still is; at least 1."""
        return max(1, int(self.month_ends.timestamp() - self._now()) + 1)

    def add(
        self,
        key: str,
        *,
        requests: int = 0,
        characters: int = 0,
        documents: int = 0,
        month: str | None = None,
    ) -> None:
        """Counts what a key has used, in this month or an earlier one; negative numbers too."""
        entry = Entry(month or self.month, key)
        for table in (self._totals, self._unwritten):
            used = table.get(entry)
            if used is None:
                used = table[entry] = Used()
            used.requests += requests
            used.characters += characters
            used.documents += documents

    def characters(self, key: str) -> int:
        """Characters that a key has used in this month."""
        used = self._totals.get(Entry(self.month, key))
        return used.characters if used else 0

    async def months(self, key: str) -> dict[Entry, Used]:
        """What a key has used in every month.

        Raises:
            StateFailure: What is written cannot be read now.
        """
        return await self._with_unwritten(self._table.of, key, lambda e: e.key == key)

    async def everyone(self) -> dict[Entry, Used]:
        """What every key has used in this month.

        Raises:
            StateFailure: What is written cannot be read now.
        """
        month = self.month
        return await self._with_unwritten(self._table.month, month, lambda e: e.month == month)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes every few seconds while the block runs, and once more when it ends."""
        over = asyncio.Event()
        task = asyncio.create_task(self._write_until(over))
        try:
            yield
        finally:
            over.set()
            await task

    async def write(self) -> None:
        """Writes down what is not yet. What cannot be written now is tried again the next time."""
        async with self._writing:
            if not self._unwritten:
                return
            more, self._unwritten = self._unwritten, {}
            try:
                sums = await asyncio.to_thread(self._table.add, more)
            except StateFailure as error:
                for entry, used in more.items():
                    self._unwritten[entry] = used + self._unwritten.get(entry, Used())
                if not self._failing:
                    _log.warning("What keys use cannot be written down for now. %s", error)
                self._failing = True
                return
            self._failing = False
            for entry, used in sums.items():
                if entry.month == self.month:
                    self._totals[entry] = used + self._unwritten.get(entry, Used())

    async def _write_until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _WRITE_SECONDS)
            await self.write()

    async def _with_unwritten(
        self, read: Callable[[str], dict[Entry, Used]], of: str, wanted: Callable[[Entry], bool]
    ) -> dict[Entry, Used]:
        async with self._writing:
            found = await asyncio.to_thread(read, of)
            for entry, used in self._unwritten.items():
                if wanted(entry):
                    found[entry] = found.get(entry, Used()) + used
        return found
