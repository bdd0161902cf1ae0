"""Jobs that translate documents, as rows that every process on one folder sees.

    queued ──▶ running ──▶ done
       │          ├──────▶ failed
       └──────────┴──────▶ cancelled

A job never leaves its last state but by being removed. Each step says what it expects to find, so
that of two processes, or of a job's end and its cancelling, just one wins.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from ai_translate.errors import NotFound
from ai_translate.state.database import Database

__all__ = ["Job", "JobError", "JobStatus", "Jobs"]


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in _OPEN


_OPEN: Final = (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed: what an error of `errors` carries."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands.

    Attributes:
        id: Its name; nobody guesses it.
        owner: The process whose job it is.
        key: Identifier of the key that it was sent with; empty where none was asked for.
        name: What the translated file is to be called.
        status: Where it stands.
        progress: How much is translated, from 0 to 1.
        parts: How many things there are to translate, once that is known.
        failed: How many of them stand as they were.
        characters: How many characters they have.
        media_type: What the result is.
        size: Bytes of the result.
        created: When it was asked for, in seconds of the Unix epoch.
        expires: When it is forgotten, likewise.
        error: Why it failed.
    """

    id: str
    owner: str
    key: str
    name: str
    status: JobStatus
    progress: float
    parts: int
    failed: int
    characters: int
    media_type: str
    size: int
    created: float
    expires: float
    error: JobError | None


class Jobs:
    """The jobs of a database. Thread-safe; every method blocks for as long as the database does.

    Args:
        database: Where they are kept.
        seconds_kept: For how long a job is remembered after its end, or after it was asked for.

    Raises:
        StateFailure: From every method: the database cannot be used now.
    """

    def __init__(self, database: Database, seconds_kept: float) -> None:
        self._database = database
        self._seconds_kept = seconds_kept

    def add(self, job_id: str, owner: str, name: str, *, key: str = "") -> Job:
        """A new job, queued."""
        now = time.time()
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO document_jobs (id, owner, key, name, status, created, expires)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (job_id, owner, key, name, JobStatus.QUEUED, now, now + self._seconds_kept),
            )
            return _found(connection, job_id)

    def find(self, job_id: str, key: str | None = None) -> Job:
        """A job as it stands.

        Args:
            job_id: Its name.
            key: Whose it must be; None for anybody's.

        Raises:
            NotFound: There is none, or no more, or it is another key's.
        """
        with self._database.reading() as connection:
            return _found(connection, job_id, key)

    def begin(self, job_id: str) -> bool:
        """Makes a queued job a running one; whether it was queued."""
        return self._step(
            "UPDATE document_jobs SET status = ? WHERE id = ? AND status = ?",
            (JobStatus.RUNNING, job_id, JobStatus.QUEUED),
        )

    def advance(self, job_id: str, progress: float, parts: int, characters: int) -> bool:
        """Notes how far a running job is; whether it still runs, and was not cancelled."""
        return self._step(
            "UPDATE document_jobs SET progress = ?, parts = ?, characters = ?"
            " WHERE id = ? AND status = ?",
            (progress, parts, characters, job_id, JobStatus.RUNNING),
        )

    def finish(self, job_id: str, *, media_type: str, size: int, failed: int) -> bool:
        """Makes a running job a finished one; whether it was running."""
        return self._step(
            "UPDATE document_jobs SET status = ?, progress = 1, media_type = ?, size = ?,"
            " failed = ?, expires = ? WHERE id = ? AND status = ?",
            (
                *(JobStatus.DONE, media_type, size, failed),
                *(time.time() + self._seconds_kept, job_id, JobStatus.RUNNING),
            ),
        )

    def fail(self, job_id: str, error: JobError) -> bool:
        """Makes an open job a failed one; whether it was open."""
        return self._step(
            "UPDATE document_jobs SET status = ?, error_code = ?, error_message = ?,"
            " error_hint = ?, expires = ? WHERE id = ? AND status IN (?, ?)",
            (
                *(JobStatus.FAILED, error.code, error.message, error.hint),
                *(time.time() + self._seconds_kept, job_id, *_OPEN),
            ),
        )

    def cancel(self, job_id: str) -> bool:
        """Makes an open job a cancelled one; whether it was open."""
        return self._step(
            "UPDATE document_jobs SET status = ?, expires = ? WHERE id = ? AND status IN (?, ?)",
            (JobStatus.CANCELLED, time.time() + self._seconds_kept, job_id, *_OPEN),
        )

    def remove(self, job_id: str) -> bool:
        """Forgets a job; whether there was one."""
        return self._step("DELETE FROM document_jobs WHERE id = ?", (job_id,))

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are in each state."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT status, COUNT(*) FROM document_jobs GROUP BY status")
            found = dict(rows.fetchall())
        return {status: found.get(status, 0) for status in JobStatus}

    def ids(self) -> set[str]:
        """Every job, whatever its state."""
        with self._database.reading() as connection:
            return {job_id for (job_id,) in connection.execute("SELECT id FROM document_jobs")}

    def owners(self) -> set[str]:
        """The processes that have open jobs."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT owner FROM document_jobs WHERE status IN (?, ?)", _OPEN
            )
            return {owner for (owner,) in rows}

    def open_of(self, owner: str) -> set[str]:
        """The open jobs of a process."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM document_jobs WHERE owner = ? AND status IN (?, ?)",
                (owner, *_OPEN),
            )
            return {job_id for (job_id,) in rows}

    def abandon(self, owners: Collection[str], error: JobError) -> list[str]:
        """Makes the open jobs of processes that are gone failed ones; their names."""
        failed: list[str] = []
        with self._database.writing() as connection:
            for owner in owners:
                rows = connection.execute(
                    "UPDATE document_jobs SET status = ?, error_code = ?, error_message = ?,"
                    " error_hint = ?, expires = ? WHERE owner = ? AND status IN (?, ?)"
                    " RETURNING id",
                    (
                        *(JobStatus.FAILED, error.code, error.message, error.hint),
                        *(time.time() + self._seconds_kept, owner, *_OPEN),
                    ),
                ).fetchall()
                failed += [job_id for (job_id,) in rows]
        return failed

    def expire(self, *, most_jobs: int, most_bytes: int) -> list[str]:
        """Forgets what is over its time, and the oldest that are over while there are too many.

        Args:
            most_jobs: How many jobs may be remembered that are over.
            most_bytes: How many bytes their results may have together.

        Returns:
            Names of the forgotten.
        """
        over = tuple(status for status in JobStatus if status.over)
        marks = ", ".join("?" * len(over))
        with self._database.writing() as connection:
            rows = connection.execute(
                f"SELECT id, size, expires FROM document_jobs WHERE status IN ({marks})"  # noqa: S608  # marks alone
                " ORDER BY expires DESC",
                over,
            ).fetchall()
            now, size, gone = time.time(), 0, []
            for number, (job_id, own, expires) in enumerate(rows, start=1):
                size += own
                if expires <= now or number > most_jobs or (size > most_bytes and number > 1):
                    gone.append(job_id)
            connection.executemany(
                "DELETE FROM document_jobs WHERE id = ?", [(job_id,) for job_id in gone]
            )
        return gone

    def _step(self, statement: str, values: tuple[object, ...]) -> bool:
        with self._database.writing() as connection:
            return connection.execute(statement, values).rowcount > 0


_NAMES: Final = tuple(one.name for one in fields(Job) if one.name != "error")
_COLUMNS: Final = ", ".join((*_NAMES, "error_code", "error_message", "error_hint"))


def _found(connection: sqlite3.Connection, job_id: str, key: str | None = None) -> Job:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM document_jobs WHERE id = ?",  # noqa: S608  # our own columns
        (job_id,),
    ).fetchone()
    job = None if row is None else _job(row)
    over = job is None or (job.status.over and job.expires <= time.time())
    if job is None or over or key not in {None, job.key}:
        raise NotFound(
            "There is no such document, or no more.",
            hint="A translated document is kept for AIT_DOCUMENT_TTL seconds; send it again.",
        )
    return job


def _job(row: tuple[Any, ...]) -> Job:
    *values, code, message, hint = row
    error = None if code is None else JobError(code, message, hint)
    named = dict(zip(_NAMES, values, strict=True))
    return Job(**named | {"status": JobStatus(named["status"]), "error": error})
