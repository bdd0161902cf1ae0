"""Glossaries by name, kept in the database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.languages import LanguagePair
from ai_translate.state.database import Database

__all__ = ["MAX_GLOSSARIES", "Glossaries", "GlossaryInfo"]

MAX_GLOSSARIES: Final = 1_000

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SHOWN: Final = 70
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class GlossaryInfo:
    """What there is to say of a glossary without its terms.

    Attributes:
        name: Of the glossary.
        version: A number that no other content of any glossary has.
        updated: When it was put, in UTC, as ISO 8601 has it.
        entries: How many terms there are, by direction.
    """

    name: str
    version: int
    updated: str
    entries: Mapping[LanguagePair, int]


class Glossaries:
    """The glossaries of one database. Thread-safe; every method blocks.

    Args:
        database: Where they are kept.
        most: How many there may be.
    """

    def __init__(self, database: Database, most: int = MAX_GLOSSARIES) -> None:
        self._database = database
        self._most = most

    @property
    def lasting(self) -> bool:
        """Whether they are still there after the end of the process."""
        return self._database.lasting

    def put(self, name: str, entries: Mapping[LanguagePair, Mapping[str, str]]) -> GlossaryInfo:
        """Keeps a glossary, whole, in place of the one that had its name.

        Args:
            name: Letters, digits, `-`, `_` and `.`, 64 at most.
            entries: Translations by their terms, by direction.

        Raises:
            InvalidRequest: The name is no such name.
            TooLarge: There are too many glossaries.
        """
        _checked(name)
        rows = [
            (pair.source, pair.target, len(terms), json.dumps(dict(terms), ensure_ascii=False))
            for pair, terms in entries.items()
        ]
        updated = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.writing() as connection:
            connection.execute("DELETE FROM glossaries WHERE name = ?", (name,))
            [count] = connection.execute("SELECT count(*) FROM glossaries").fetchone()
            if count >= self._most:
                raise TooLarge(
                    f"There are {count} glossaries; the limit is {self._most}.",
                    hint="Delete one that nobody uses.",
                )
            version = connection.execute(
                "INSERT INTO glossaries (name, updated) VALUES (?, ?)", (name, updated)
            ).lastrowid
            assert version is not None  # noqa: S101  # SQLite says so of every insertion
            connection.executemany(
                f"INSERT INTO glossary_terms VALUES ({version}, ?, ?, ?, ?)",  # noqa: S608  # a number
                rows,
            )
        counts = {pair: len(terms) for pair, terms in entries.items()}
        return GlossaryInfo(name, version, updated, counts)

    def get(self, name: str) -> tuple[GlossaryInfo, dict[LanguagePair, dict[str, str]]]:
        """A glossary: what there is to say of it, and its terms by direction.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT version, updated FROM glossaries WHERE name = ?", (name,)
            ).fetchone()
            found = connection.execute(
                "SELECT source, target, terms FROM glossary_terms WHERE glossary = ? "
                "ORDER BY source, target",
                (row[0] if row else None,),
            ).fetchall()
        if row is None:
            raise self._missing(name)
        entries = {LanguagePair(source, to): json.loads(terms) for source, to, terms in found}
        counts = {pair: len(terms) for pair, terms in entries.items()}
        return GlossaryInfo(name, row[0], row[1], counts), entries

    def version(self, name: str) -> int:
        """The number of what a glossary holds now: another one after each change.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT version FROM glossaries WHERE name = ?", (name,)
            ).fetchone()
        if row is None:
            raise self._missing(name)
        version: int = row[0]
        return version

    def infos(self) -> list[GlossaryInfo]:
        """Every glossary, sorted by name."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, version, updated, source, target, entries FROM glossaries "
                "JOIN glossary_terms ON glossary = version ORDER BY name, source, target"
            ).fetchall()
        found: dict[str, tuple[int, str, dict[LanguagePair, int]]] = {}
        for name, version, updated, source, target, entries in rows:
            of_name = found.setdefault(name, (version, updated, {}))
            of_name[2][LanguagePair(source, target)] = entries
        return [GlossaryInfo(name, *rest) for name, rest in found.items()]

    def delete(self, name: str) -> None:
        """Forgets a glossary.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        with self._database.writing() as connection:
            done = connection.execute("DELETE FROM glossaries WHERE name = ?", (name,)).rowcount
        if not done:
            raise self._missing(name)

    def _missing(self, name: str) -> NotFound:
        with self._database.reading() as connection:
            names = [
                there
                for (there,) in connection.execute(
                    "SELECT name FROM glossaries ORDER BY name LIMIT ?", (_LISTED + 1,)
                )
            ]
        shown = ", ".join(names[:_LISTED]) or "none"
        more = ", …" if len(names) > _LISTED else ""
        return NotFound(
            f"There is no glossary {name[:_SHOWN]!r}. Those that there are: {shown}{more}.",
            hint="PUT /glossaries/{name} makes one; GET /glossaries lists them.",
        )


def _checked(name: str) -> None:
    if _NAME.fullmatch(name) is None or not name.strip("."):
        raise InvalidRequest(
            f"{name[:_SHOWN]!r} is no name of a glossary.",
            hint="Use up to 64 letters, digits, hyphens, underscores and dots.",
        )
