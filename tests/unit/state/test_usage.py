from __future__ import annotations

from pathlib import Path

import pytest

from ai_translate.errors import StateFailure
from ai_translate.state.database import Database
from ai_translate.state.usage import Entry, UsageTable, Used

NOVEMBER, DECEMBER = Entry("2026-11", "a"), Entry("2026-12", "a")
OTHER = Entry("2026-12", "b")


def test_use_adds_up_by_month_and_key(tmp_path: Path) -> None:
    """Each addition gives the sums as they are then; they are there after the end."""
    database = Database.open(tmp_path)
    table = UsageTable(database)
    first = {NOVEMBER: Used(1, 20, 0), DECEMBER: Used(2, 30, 1), OTHER: Used(1, 1, 0)}
    assert table.add(first) == first
    assert table.add({DECEMBER: Used(1, -10, 0)}) == {DECEMBER: Used(3, 20, 1)}
    database.close()
    database = Database.open(tmp_path)
    table = UsageTable(database)
    assert table.month("2026-12") == {DECEMBER: Used(3, 20, 1), OTHER: Used(1, 1, 0)}
    assert table.of("a") == {DECEMBER: Used(3, 20, 1), NOVEMBER: Used(1, 20, 0)}
    assert list(table.of("a")) == [DECEMBER, NOVEMBER]
    assert table.of("nobody") == {}
    database.close()


def test_all_of_an_addition_is_written_or_nothing() -> None:
    """A number that SQLite cannot hold takes the others with it."""
    database = Database.open(None)
    table = UsageTable(database)
    with pytest.raises(StateFailure):
        table.add({NOVEMBER: Used(1, 1, 1), OTHER: Used(1, "no number", 1)})  # type: ignore[arg-type]  # on purpose
    assert table.of("a") == {}
    database.close()
