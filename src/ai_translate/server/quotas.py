"""Characters of this month, by who pays for them, held against a limit."""

from __future__ import annotations

from typing import Final

from ai_translate.errors import QuotaExceeded
from ai_translate.server.payer import Payer
from ai_translate.server.shared_counts import SharedCounts
from ai_translate.server.usage_book import UsageBook

__all__ = ["Quotas"]

# Of more addresses in a month, those that came first are forgotten.
_MOST_ADDRESSES: Final = 100_000
# A count outlives its month by what clocks may differ.
_MORE_SECONDS: Final = 86_400


class Quotas:
    """What was used of every quota.

    What keys use stands in the book. What addresses use is in memory alone, since it is nobody's
    business to write down who has visited. Where there is a Redis, it judges: what is used while
    it is away is told to it afterwards, and if it has lost all, what is known here.

    Args:
        book: What keys have used.
        shared: Where servers count together; None if each counts for itself.
    """

    def __init__(self, book: UsageBook, shared: SharedCounts | None) -> None:
        self._book = book
        self._shared = shared
        self._month = book.month
        self._addresses: dict[str, int] = {}
        self._owed: dict[str, int] = {}

    async def take(self, payer: Payer, characters: int) -> None:
        """Counts characters that are within the quota.

        Raises:
            QuotaExceeded: They are not, and are not counted.
        """
        limit = payer.characters_per_month
        if limit is not None:
            used = await self._counted(payer, characters)
            if used + characters > limit:
                await self._correct(payer, -characters)
                raise self._exceeded(limit, used, characters)
        # Between the judgement and this nobody else has had a turn.
        self._note(payer, characters, self._book.month)

    async def give_back(self, payer: Payer, characters: int, month: str) -> None:
        """Takes back what was counted in a month."""
        self._note(payer, -characters, month)
        if payer.characters_per_month is not None and month == self._book.month:
            await self._correct(payer, -characters)

    async def used(self, payer: Payer) -> int:
        """Characters that were used of the quota in this month."""
        if self._shared is not None and payer.characters_per_month is not None:
            storage, name = self._shared.storage, self._name(payer)
            count = await self._shared.ask(lambda: storage.get(name))
            if count:
                return count
        return self._known(payer)

    async def _counted(self, payer: Payer, characters: int) -> int:
        """What was used before these characters, which Redis has counted if it is there."""
        if self._shared is None:
            return self._known(payer)
        total = await self._correct(payer, characters)
        return self._known(payer) if total is None else total - characters

    async def _correct(self, payer: Payer, characters: int) -> int | None:
        """Adds to the count in Redis. The sum; None if there is none, and they are owed to it."""
        if self._shared is None:
            return None
        name = self._name(payer)
        owed = self._owed.pop(name, 0)
        known = self._known(payer) - owed
        amount = characters + owed
        total: int | None = None
        try:
            total = await self._shared.ask(lambda: self._add(name, amount, known))
        except BaseException:
            # A client who leaves takes nothing along of what is owed for others.
            _count(self._owed, name, owed)
            raise
        if total is None:
            _count(self._owed, name, amount)
        return total

    async def _add(self, name: str, amount: int, known: int) -> int:
        assert self._shared is not None  # noqa: S101  # whoever calls has asked it
        seconds = self._book.seconds_left + _MORE_SECONDS
        total = await self._shared.storage.incr(name, seconds, amount)
        if total == amount and known > 0:
            return await self._shared.storage.incr(name, seconds, known)
        return total

    def _name(self, payer: Payer) -> str:
        return f"characters/{self._book.month}/{payer.name}"

    def _known(self, payer: Payer) -> int:
        self._turn()
        if payer.key:
            return self._book.characters(payer.key)
        return self._addresses.get(payer.name, 0)

    def _note(self, payer: Payer, characters: int, month: str) -> None:
        self._turn()
        self._book.add(payer.key, characters=characters, month=month)
        if not payer.key and payer.characters_per_month is not None and month == self._month:
            _count(self._addresses, payer.name, characters)

    def _turn(self) -> None:
        if self._month != self._book.month:
            self._month = self._book.month
            self._addresses.clear()
            self._owed.clear()

    def _exceeded(self, limit: int, used: int, characters: int) -> QuotaExceeded:
        left = max(0, limit - used)
        return QuotaExceeded(
            f"{characters} characters are more than the {left} that are left of the {limit} "
            "allowed in a month.",
            hint=f"Send less, or wait for {self._book.month_ends:%-d %B}, or have the limit "
            "raised. GET /usage tells what is left.",
            limit=limit,
            retry_after=self._book.seconds_left,
        )


def _count(table: dict[str, int], name: str, amount: int) -> None:
    if name not in table and len(table) >= _MOST_ADDRESSES:
        del table[next(iter(table))]
    table[name] = table.get(name, 0) + amount
