from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ai_translate.server.usage_book import UsageBook
from ai_translate.state.database import Database
from ai_translate.state.usage import Entry, UsageTable, Used

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that stands still."""

    def __init__(self, when: str) -> None:
        self.when = datetime.fromisoformat(when).replace(tzinfo=UTC)

    def __call__(self) -> float:
        """Seconds of the Unix epoch."""
        return self.when.timestamp()


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database.open(None)
    yield opened
    opened.close()


async def test_what_is_counted_is_written_and_read_again(database: Database) -> None:
    """A later book on the same database goes on where the former one ended."""
    clock = Clock("2026-11-27")
    book = UsageBook(database, clock)
    async with book.running():
        book.add("a", requests=1, characters=21)
        book.add("a", requests=1, characters=4, documents=1)
        assert book.characters("a") == 25
        assert await book.months("a") == {Entry("2026-11", "a"): Used(2, 25, 1)}
    later = UsageBook(database, clock)
    assert (later.characters("a"), later.characters("b")) == (25, 0)
    assert await later.everyone() == {Entry("2026-11", "a"): Used(2, 25, 1)}


async def test_a_month_begins_with_nothing(database: Database) -> None:
    """Midnight of UTC is its beginning, also that of a year; what was stays to be told."""
    clock = Clock("2026-12-31T23:59:59")
    book = UsageBook(database, clock)
    book.add("a", characters=5)
    assert (book.month, book.seconds_left) == ("2026-12", 2)
    assert book.month_ends == datetime(2027, 1, 1, tzinfo=UTC)
    clock.when = datetime(2027, 1, 1, tzinfo=UTC)
    assert (book.month, book.characters("a")) == ("2027-01", 0)
    book.add("a", characters=2)
    book.add("a", characters=-1, month="2026-12")
    expected = {Entry("2026-12", "a"): Used(0, 4, 0), Entry("2027-01", "a"): Used(0, 2, 0)}
    assert await book.months("a") == expected
    await book.write()
    assert await book.months("a") == expected
    assert book.characters("a") == 2


async def test_books_of_one_database_learn_of_each_other(database: Database) -> None:
    """Whoever writes of a key knows then what all have written of it."""
    clock = Clock("2026-11-27")
    one, other = UsageBook(database, clock), UsageBook(database, clock)
    one.add("a", characters=5)
    other.add("a", characters=7)
    await one.write()
    await other.write()
    assert (one.characters("a"), other.characters("a")) == (5, 12)
    one.add("a", characters=1)
    await one.write()
    assert one.characters("a") == 13


async def test_what_cannot_be_written_is_kept(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """It still counts, one warning is logged, and it is written when that is possible again."""
    book = UsageBook(database, Clock("2026-11-27"))
    database._connection.execute("PRAGMA query_only = ON")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            book.add("a", requests=1, characters=5)
            await book.write()
    assert len(caplog.records) == 1
    assert book.characters("a") == 15
    database._connection.execute("PRAGMA query_only = OFF")
    await book.write()
    assert UsageTable(database).of("a") == {Entry("2026-11", "a"): Used(3, 15, 0)}
    assert book.characters("a") == 15
