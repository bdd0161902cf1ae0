"""Charges callers for what they have translated."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from ai_translate.server.payer import Payer, payer_in
from ai_translate.server.quotas import Quotas
from ai_translate.server.usage_book import UsageBook
from ai_translate.settings import Settings

__all__ = ["Charge", "Meter"]

_PLACE: Final = "ai_translate.charge"


class Charge:
    """What one request is charged.

    Args:
        quotas: What may be charged.
        payer: Who pays.
        book: What keys have used.

    Attributes:
        payer: Who pays.
    """

    def __init__(self, quotas: Quotas, payer: Payer, book: UsageBook) -> None:
        self.payer = payer
        self._quotas = quotas
        self._book = book
        self._spent: list[tuple[int, str]] = []

    async def spend(self, characters: int) -> None:
        """Charges characters, that is code points of Unicode, before they are translated.

        Raises:
            QuotaExceeded: They are more than the caller has left; nothing is charged.
        """
        month = self._book.month
        await self._quotas.take(self.payer, characters)
        self._spent.append((characters, month))

    async def give_back(self) -> None:
        """Gives back all that was charged. Idempotent."""
        spent, self._spent = self._spent, []
        for characters, month in spent:
            await self._quotas.give_back(self.payer, characters, month)

    def count_request(self) -> None:
        """Counts the request itself, which is let in."""
        self._book.add(self.payer.key, requests=1)

    def count_document(self) -> None:
        """Counts a document that was translated."""
        self._book.add(self.payer.key, documents=1)


class Meter:
    """What callers are charged, and what for.

    Args:
        settings: What those may whose keys say nothing.
        book: What keys have used.
        quotas: What is left of quotas.
    """

    def __init__(self, settings: Settings, book: UsageBook, quotas: Quotas) -> None:
        self._settings = settings
        self._book = book
        self._quotas = quotas

    def charge(self, scope: Scope) -> Charge:
        """What the request of a scope is charged, now or later; the same one each time.

        It is given back if the request is answered with an error. Whoever charges it after the
        answer gives it back himself.
        """
        charge: Charge | None = scope.get(_PLACE)
        if charge is None:
            payer = payer_in(scope, self._settings)
            charge = scope[_PLACE] = Charge(self._quotas, payer, self._book)
        return charge

    async def spend(self, request: Request, characters: int) -> None:
        """Charges a request: see `Charge.spend`.

        Raises:
            QuotaExceeded: See there.
        """
        await self.charge(request.scope).spend(characters)
