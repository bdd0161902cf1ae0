"""One SQLite database for all that is written while serving.

It lies in AIT_STATE_DIR, where several processes may use it at once: they write in turns, and read
while another one writes (`journal_mode=WAL`, which needs a file system of this machine). Without
AIT_STATE_DIR it is in memory, belongs to its process, and ends with it.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from ai_translate.errors import ConfigurationError, StateFailure
from ai_translate.state.schema import migrate

__all__ = ["FILE_NAME", "Database"]

FILE_NAME: Final = "ai-translate.sqlite3"

_log = logging.getLogger(__name__)

# How long one process waits until others have written.
_BUSY_SECONDS: Final = 10.0
_HINT: Final = "Name a folder in AIT_STATE_DIR that this user may write, or none."


class Database:
    """An open database. Thread-safe: its transactions take turns.

    Args:
        connection: In autocommit mode, with the tables of today; the database closes it.
        path: The file; None for one in memory.

    Attributes:
        path: The file; None for one in memory.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        self._connection = connection
        self._turn = threading.Lock()

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """The database of a folder, made if there is none, or one in memory.

        Args:
            folder: AIT_STATE_DIR; made if it is not there, for this user alone. None for memory.

        Raises:
            ConfigurationError: The file cannot be read and written, is damaged, is none of ours, or
                was made by a newer version.
        """
        if folder is None:
            return cls(_connected(":memory:"), None)
        path = folder / FILE_NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(folder):
                _make(path)
                return cls(_connected(path), path)
        except OSError as error:
            raise ConfigurationError(
                f"The database {path} cannot be written: {error.strerror}.", hint=_HINT
            ) from error
        except sqlite3.Error as error:
            raise ConfigurationError(
                f"The database {path} cannot be used: {error}.",
                hint="Put back a copy of it, or move it away: a new one is made in its place.",
            ) from error

    @classmethod
    def open_to_serve(cls, folder: Path | None) -> Self:
        """As `open`; in memory, with a warning, where a folder that has none takes none.

        An image whose files are read-only serves as well. What has been written once is never
        silently left aside: a database that is there must open.

        Raises:
            ConfigurationError: See `open`.
        """
        try:
            return cls.open(folder)
        except ConfigurationError as error:
            cause = error.__cause__
            refused = isinstance(cause, OSError) and cause.errno in {
                errno.EROFS,
                errno.EACCES,
                errno.EPERM,
            }
            if folder is None or not refused or os.path.lexists(folder / FILE_NAME):
                raise
            _log.warning("%s What is written is lost when this process ends.", error.message)
            return cls.open(None)

    @property
    def lasting(self) -> bool:
        """Whether what is written is still there after the end of the process."""
        return self.path is not None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the database and changes nothing.

        Raises:
            StateFailure: The database cannot be read now.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is there as a whole when the block ends well, and otherwise not.

        Raises:
            StateFailure: The database cannot be written now: the disk is full, or another process
                has been writing for long.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Ends the use of the database. Idempotent."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                with _committed(self._connection, begin):
                    yield self._connection
            except sqlite3.Error as error:
                where = self.path or "in memory"
                raise StateFailure(
                    f"The database {where} cannot be used now: {error}.",
                    hint="Look at the disk of AIT_STATE_DIR: its room, its permissions, who uses "
                    "it.",
                ) from error


def _make(path: Path) -> None:
    """Makes an empty file, unless there is one; SQLite gives those beside it its permissions.

    One that is there is not opened: when it was closed, every lock would be gone that this process
    has on it through another connection, and another process would take away the log of writes.

    Raises:
        OSError: It cannot be made, or cannot be written.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        if path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES)) from None


def _connected(place: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        place, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # Also shows at once whether the database can be written.
        with _committed(connection, "BEGIN IMMEDIATE"):
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _committed(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has done so by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lets processes open the database one after the other: its mode changes only in quiet."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
