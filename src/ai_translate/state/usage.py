"""What each key has used in each month, kept in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ai_translate.state.database import Database

__all__ = ["Entry", "UsageTable", "Used"]

_MOST_MONTHS: Final = 120


class Entry(NamedTuple):
    """Whose use it is, and in which month.

    Attributes:
        month: A calendar month of UTC, such as `2026-11`.
        key: Identifier of the key; empty for all who had none.
    """

    month: str
    key: str


@dataclass(slots=True)
class Used:
    """How much was used.

    Attributes:
        requests: Requests to translate.
        characters: Code points of Unicode in their texts.
        documents: Documents among the requests.
    """

    requests: int = 0
    characters: int = 0
    documents: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(
            self.requests + other.requests,
            self.characters + other.characters,
            self.documents + other.documents,
        )


class UsageTable:
    """The use that is written down. Thread-safe; every method blocks.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, more: Mapping[Entry, Used]) -> dict[Entry, Used]:
        """Adds to what is there, and gives what is there then.

        Raises:
            StateFailure: It cannot be written now; nothing of it is.
        """
        sums = {}
        with self._database.writing() as connection:
            for entry, used in more.items():
                row = connection.execute(
                    "INSERT INTO usage (month, key, requests, characters, documents) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (month, key) DO UPDATE SET "
                    "requests = requests + excluded.requests, "
                    "characters = characters + excluded.characters, "
                    "documents = documents + excluded.documents "
                    "RETURNING requests, characters, documents",
                    (entry.month, entry.key, used.requests, used.characters, used.documents),
                ).fetchone()
                sums[entry] = Used(*row)
        return sums

    def month(self, month: str) -> dict[Entry, Used]:
        """What every key has used in a month.

        Raises:
            StateFailure: It cannot be read now.
        """
        return self._found("month = ?", month)

    def of(self, key: str) -> dict[Entry, Used]:
        """What one key has used, month by month, the last ten years at most.

        Raises:
            StateFailure: It cannot be read now.
        """
        return self._found(f"key = ? ORDER BY month DESC LIMIT {_MOST_MONTHS}", key)

    def _found(self, where: str, value: str) -> dict[Entry, Used]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT month, key, requests, characters, documents FROM usage WHERE {where}",  # noqa: S608  # one of ours
                (value,),
            ).fetchall()
        return {Entry(month, key): Used(*numbers) for month, key, *numbers in rows}
