"""The tables, and every step by which an older database becomes one of today.

The number of steps that a database has taken stands in its `user_version`. A step that has been
released is never edited: what must change is a further step, at the end.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from ai_translate.errors import ConfigurationError

__all__ = ["migrate"]

_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # AUTOINCREMENT: no number is given twice, so that it tells one version from the next.
        """
        CREATE TABLE glossaries (
            version INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            updated TEXT NOT NULL
        ) STRICT
        """,
        # As one value for each direction: they are only ever wanted all together.
        """
        CREATE TABLE glossary_terms (
            glossary INTEGER NOT NULL REFERENCES glossaries (version) ON DELETE CASCADE,
            source TEXT NOT NULL,
            target TEXT NOT NULL,
            entries INTEGER NOT NULL,
            terms TEXT NOT NULL,
            PRIMARY KEY (glossary, source, target)
        ) STRICT
        """,
    ),
    (
        # Times are seconds of the Unix epoch; `progress` is from 0 to 1.
        """
        CREATE TABLE document_jobs (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            progress REAL NOT NULL DEFAULT 0,
            parts INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            characters INTEGER NOT NULL DEFAULT 0,
            media_type TEXT NOT NULL DEFAULT '',
            size INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            expires REAL NOT NULL,
            error_code TEXT,
            error_message TEXT,
            error_hint TEXT
        ) STRICT
        """,
    ),
    (
        # Times as above. `access` is words with spaces between; `digest` is a sha256.
        """
        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            digest BLOB NOT NULL,
            access TEXT NOT NULL,
            created REAL NOT NULL,
            expires REAL,
            revoked REAL,
            used REAL,
            requests_per_minute INTEGER,
            characters_per_month INTEGER
        ) STRICT
        """,
        # Whose a document is; nobody's where no key was asked for.
        "ALTER TABLE document_jobs ADD COLUMN key TEXT NOT NULL DEFAULT ''",
    ),
    (
        # What each key has used in a month of UTC, written as 2026-11.
        """
        CREATE TABLE usage (
            month TEXT NOT NULL,
            key TEXT NOT NULL,
            requests INTEGER NOT NULL,
            characters INTEGER NOT NULL,
            documents INTEGER NOT NULL,
            PRIMARY KEY (month, key)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (
        # What people call it, where that is not its name; when it was first put.
        "ALTER TABLE glossaries ADD COLUMN title TEXT",
        "ALTER TABLE glossaries ADD COLUMN created TEXT",
    ),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Takes the steps that are missing, all or none. Within a transaction that may write.

    Raises:
        ConfigurationError: A newer version of the service has made the database.
    """
    [taken] = connection.execute("PRAGMA user_version").fetchone()
    if taken > len(_STEPS):
        raise ConfigurationError(
            f"The database of AIT_STATE_DIR has version {taken}; this service knows versions up "
            f"to {len(_STEPS)}.",
            hint="Run the version of the service that made it, or name another AIT_STATE_DIR.",
        )
    for step in _STEPS[taken:]:
        for statement in step:
            connection.execute(statement)
    if taken < len(_STEPS):
        connection.execute(f"PRAGMA user_version = {len(_STEPS)}")
