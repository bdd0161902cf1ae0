"""Glossaries by name, kept in the database."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
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

_Entries = Mapping[LanguagePair, Mapping[str, str]]
_Found = dict[LanguagePair, dict[str, str]]


@dataclass(frozen=True, slots=True)
class GlossaryInfo:
    """What there is to say of a glossary without its terms.

    Attributes:
        name: Of the glossary.
        version: A number that no other content of any glossary has.
        updated: When it was put, in UTC, as ISO 8601 has it.
        entries: How many terms there are, by direction.
        title: What people call it: any text; its name where nobody has said.
        created: When there was first one of this name, as `updated`.
    """

    name: str
    version: int
    updated: str
    entries: Mapping[LanguagePair, int]
    title: str
    created: str


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

    def put(self, name: str, entries: _Entries, title: str | None = None) -> GlossaryInfo:
        """Keeps a glossary, whole, in place of the one that had its name.

        Args:
            name: Letters, digits, `-`, `_` and `.`, 64 at most.
            entries: Translations by their terms, by direction.
            title: What people call it; by default as before, or its name.

        Raises:
            InvalidRequest: The name is no such name.
            TooLarge: There are too many glossaries.
        """
        _checked(name)
        with self._database.writing() as connection:
            return self._put(connection, name, entries, title)

    def change(
        self, name: str, changed: Callable[[_Found], _Entries], title: str | None = None
    ) -> GlossaryInfo:
        """Keeps what becomes of a glossary, which nobody else changes meanwhile.

        Args:
            name: Of the glossary.
            changed: Makes its new entries from those that it has. What it raises leaves all as it
                was.
            title: What people call it from now on; by default as before.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        with self._database.writing() as connection:
            found = _read(connection, name)
            if found is not None:
                return self._put(connection, name, changed(found[1]), title)
        raise self._missing(name)

    def _put(
        self, connection: sqlite3.Connection, name: str, entries: _Entries, title: str | None
    ) -> GlossaryInfo:
        rows = [
            (pair.source, pair.target, len(terms), json.dumps(dict(terms), ensure_ascii=False))
            for pair, terms in entries.items()
        ]
        updated = datetime.now(UTC).isoformat(timespec="seconds")
        former = connection.execute(
            "SELECT title, COALESCE(created, updated) FROM glossaries WHERE name = ?", (name,)
        ).fetchone()
        called, created = former or (None, updated)
        called = called if title is None else title
        connection.execute("DELETE FROM glossaries WHERE name = ?", (name,))
        [count] = connection.execute("SELECT count(*) FROM glossaries").fetchone()
        if count >= self._most:
            raise TooLarge(
                f"There are {count} glossaries; the limit is {self._most}.",
                hint="Delete one that nobody uses.",
            )
        version = connection.execute(
            "INSERT INTO glossaries (name, updated, title, created) VALUES (?, ?, ?, ?)",
            (name, updated, called, created),
        ).lastrowid
        assert version is not None  # noqa: S101  # SQLite says so of every insertion
        connection.executemany(
            f"INSERT INTO glossary_terms VALUES ({version}, ?, ?, ?, ?)",  # noqa: S608  # a number
            rows,
        )
        counts = {pair: len(terms) for pair, terms in entries.items()}
        return GlossaryInfo(name, version, updated, counts, called or name, created)

    def get(self, name: str) -> tuple[GlossaryInfo, _Found]:
        """A glossary: what there is to say of it, and its terms by direction.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        with self._database.reading() as connection:
            found = _read(connection, name)
        if found is None:
            raise self._missing(name)
        return found

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
                "SELECT name, version, updated, COALESCE(title, name), COALESCE(created, updated), "
                "source, target, entries FROM glossaries "
                "JOIN glossary_terms ON glossary = version ORDER BY name, source, target"
            ).fetchall()
        counts: dict[str, dict[LanguagePair, int]] = {}
        found: dict[str, GlossaryInfo] = {}
        for name, version, updated, title, created, source, target, entries in rows:
            of_name = counts.setdefault(name, {})
            of_name[LanguagePair(source, target)] = entries
            found[name] = GlossaryInfo(name, version, updated, of_name, title, created)
        return list(found.values())

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


def _read(connection: sqlite3.Connection, name: str) -> tuple[GlossaryInfo, _Found] | None:
    row = connection.execute(
        "SELECT version, updated, COALESCE(title, name), COALESCE(created, updated) "
        "FROM glossaries WHERE name = ?",
        (name,),
    ).fetchone()
    if row is None:
        return None
    version, updated, title, created = row
    found = connection.execute(
        "SELECT source, target, terms FROM glossary_terms WHERE glossary = ? "
        "ORDER BY source, target",
        (version,),
    )
    entries = {LanguagePair(source, to): json.loads(terms) for source, to, terms in found}
    counts = {pair: len(terms) for pair, terms in entries.items()}
    return GlossaryInfo(name, version, updated, counts, title, created), entries


def _checked(name: str) -> None:
    if _NAME.fullmatch(name) is None or not name.strip("."):
        raise InvalidRequest(
            f"{name[:_SHOWN]!r} is no name of a glossary.",
            hint="Use up to 64 letters, digits, hyphens, underscores and dots.",
        )
