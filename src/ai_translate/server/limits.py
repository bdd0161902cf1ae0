"""All that limits callers, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from ai_translate.errors import ConfigurationError
from ai_translate.server.metering import Meter
from ai_translate.server.quotas import Quotas
from ai_translate.server.rate_limit import Counting
from ai_translate.server.shared_counts import SharedCounts
from ai_translate.server.usage_book import UsageBook
from ai_translate.settings import Settings
from ai_translate.state.database import Database

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server limits and counts.

    Attributes:
        shared: Where it counts together with others; None for nowhere.
        book: What keys have used.
        quotas: What is left of quotas.
        rates: Requests of the last minute; None where nobody can have a limit.
        meter: Who charges callers.
    """

    shared: SharedCounts | None
    book: UsageBook
    quotas: Quotas
    rates: Counting | None
    meter: Meter

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Self:
        """As the settings say.

        Raises:
            ConfigurationError: No client can be made from AIT_LIMITS_REDIS.
        """
        shared = None
        if settings.limits_redis is not None:
            try:
                shared = SharedCounts(settings.limits_redis.get_secret_value())
            except ValueError:
                # Whose text may show the address with its password.
                raise ConfigurationError(
                    "AIT_LIMITS_REDIS is no address of a Redis.",
                    hint="Write it as redis://HOST:PORT/DB.",
                ) from None
        rates: Counting | None = None
        if settings.requests_per_minute is not None or settings.auth == "keys":
            # Most servers limit nothing, and it takes a tenth of the start to load.
            from ai_translate.server.rates import Rates  # noqa: PLC0415

            rates = Rates(shared)
        book = UsageBook(database)
        quotas = Quotas(book, shared)
        return cls(shared, book, quotas, rates, Meter(settings, book, quotas))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes use down, and has its connections, while the block runs."""
        async with AsyncExitStack() as held:
            if self.shared is not None:
                await held.enter_async_context(self.shared.running())
            await held.enter_async_context(self.book.running())
            yield
