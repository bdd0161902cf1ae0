"""Keys: who may ask, and for what. Of the keys themselves nothing is kept but hashes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.state.database import Database
from ai_translate.state.key_texts import digest_of, identifier_of, new_key_text

__all__ = ["MAX_KEYS", "Access", "Counts", "Key", "Keys", "NewKey"]

MAX_KEYS: Final = 10_000

_LONGEST_NAME: Final = 100
_SHOWN: Final = 14  # no longer than what is no secret in a key
_HINT: Final = "`ai-translate keys list` shows those that there are."


class Access(StrEnum):
    """What a key may be for."""

    TRANSLATE = "translate"
    """Texts, streams and documents, and what there is to translate with."""
    GLOSSARIES = "glossaries"
    """Making, changing and removing glossaries; reading them needs `translate`."""
    METRICS = "metrics"
    """Reading metrics."""
    ADMIN = "admin"
    """Everything, and changing the models of a running server."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. Times are seconds of the Unix epoch.

    Attributes:
        identifier: Names it; no secret.
        name: What people call it.
        digest: The sha256 of the key itself.
        access: What it is for.
        created: When it was made.
        expires: From when on it does not count; None for never.
        revoked: When it was revoked; None if it was not.
        used: When it was last used, but for the last minute; None if it was not.
        requests_per_minute: Most requests in a minute; None for no limit of its own.
        characters_per_month: Most characters in a month; None for no limit of its own.
    """

    identifier: str
    name: str
    digest: bytes = field(repr=False)
    access: frozenset[Access]
    created: float
    expires: float | None
    revoked: float | None
    used: float | None
    requests_per_minute: int | None
    characters_per_month: int | None


class NewKey(NamedTuple):
    """A key that was just made, and the text of it, which is nowhere else."""

    key: Key
    text: str


class Counts(NamedTuple):
    """How many keys were ever made, and how many of them were revoked."""

    made: int
    revoked: int


class Keys:
    """The keys of one database. Thread-safe; every method blocks.

    Args:
        database: Where they are kept.
        most: How many there may be that are not revoked.

    Raises:
        StateFailure: From every method: the database cannot be used now.
    """

    def __init__(self, database: Database, most: int = MAX_KEYS) -> None:
        self._database = database
        self._most = most

    def create(
        self,
        name: str,
        access: Collection[Access],
        *,
        seconds: float | None = None,
        requests_per_minute: int | None = None,
        characters_per_month: int | None = None,
    ) -> NewKey:
        """Makes a key.

        Args:
            name: For people; several keys may have it.
            access: What it is for.
            seconds: For how long it counts; None for ever.
            requests_per_minute: Most requests in a minute; None for no limit of its own.
            characters_per_month: Most characters in a month; None for no limit of its own.

        Raises:
            InvalidRequest: The name is empty, too long or not printable, or it is for nothing.
            TooLarge: There are too many keys.
        """
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidRequest(
                f"A key's name has 1 to {_LONGEST_NAME} printable characters.",
                hint="Call it by who will use it.",
            )
        if not access:
            raise InvalidRequest("A key must be for something.", hint=f"Choose of: {_all()}.")
        text, now = new_key_text(), time.time()
        key = Key(
            identifier_of(text),
            name,
            digest_of(text.encode("ascii")),
            frozenset(access),
            created=now,
            expires=None if seconds is None else now + seconds,
            revoked=None,
            used=None,
            requests_per_minute=requests_per_minute,
            characters_per_month=characters_per_month,
        )
        with self._database.writing() as connection:
            counts = Counts(*connection.execute(_COUNTS).fetchone())
            count = counts.made - counts.revoked
            if count >= self._most:
                raise TooLarge(
                    f"There are {count} keys; the limit is {self._most}.",
                    hint="Revoke one that nobody uses.",
                )
            connection.execute(_INSERT, _row(key))
        return NewKey(key, text)

    def all(self) -> list[Key]:
        """Every key, also those that count no more, the oldest first."""
        with self._database.reading() as connection:
            return _keys(connection)

    def changed(self, known: Counts | None) -> tuple[Counts, list[Key]] | None:
        """Every key, if one was made or revoked since.

        Args:
            known: What the last call gave; None for the first one.

        Returns:
            How many there are now, and the keys; None if nothing has changed.
        """
        with self._database.reading() as connection:
            # Keys are made and revoked, and nothing else: one of the two numbers grows.
            now = Counts(*connection.execute(_COUNTS).fetchone())
            return None if now == known else (now, _keys(connection))

    def revoke(self, named: str) -> Key:
        """Makes a key count no more, for good; one that is revoked stays as it is.

        Args:
            named: Its identifier, or the key itself.

        Raises:
            NotFound: There is none.
        """
        identifier = identifier_of(named)
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL",
                (time.time(), identifier),
            )
            found = connection.execute(f"{_SELECT} WHERE id = ?", (identifier,)).fetchone()
        if found is None:
            # What was given may be most of a key, which is not to be shown.
            raise NotFound(f"There is no key {identifier[:_SHOWN]!r}.", hint=_HINT)
        return _key(found)

    def note_uses(self, times: Mapping[str, float]) -> None:
        """Writes down when keys were last used.

        Args:
            times: Seconds of the Unix epoch, by identifier.
        """
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE keys SET used = max(coalesce(used, 0), ?) WHERE id = ?",
                [(moment, identifier) for identifier, moment in times.items()],
            )


_COLUMNS: Final = (
    "id, name, digest, access, created, expires, revoked, used, requests_per_minute, "
    "characters_per_month"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM keys"  # noqa: S608  # our own columns
_COUNTS: Final = "SELECT count(*), count(revoked) FROM keys"
_INSERT: Final = f"INSERT INTO keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # the same


def _all() -> str:
    return ", ".join(Access)


def _keys(connection: sqlite3.Connection) -> list[Key]:
    return [_key(row) for row in connection.execute(f"{_SELECT} ORDER BY created, id")]


def _key(row: tuple[Any, ...]) -> Key:
    identifier, name, digest, access, *rest = row
    return Key(identifier, name, digest, frozenset(map(Access, access.split())), *rest)


def _row(key: Key) -> tuple[object, ...]:
    return (
        *(key.identifier, key.name, key.digest, " ".join(sorted(key.access))),
        *(key.created, key.expires, key.revoked, key.used),
        *(key.requests_per_minute, key.characters_per_month),
    )
