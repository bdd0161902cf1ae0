"""The files of jobs: what is to be translated, and what came of it.

A folder of AIT_STATE_DIR, or a temporary one that ends with the process. Names of files are made
from names of jobs, which are made here, never from what a client sends.

Each process holds a lock of the system on a file of its own for as long as it lives. Whoever can
take the lock of another one knows that it is gone, however it ended.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from ai_translate.errors import StateFailure

__all__ = ["JobFiles", "new_job_id"]

_FOLDER: Final = "documents"
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def new_job_id() -> str:
    """A name that nobody guesses: 128 random bits."""
    return secrets.token_urlsafe(16)


class JobFiles:
    """The files of jobs of one process, beside those of others. Thread-safe.

    Args:
        state_dir: AIT_STATE_DIR; None for a temporary folder.

    Attributes:
        owner: What this process is called.

    Raises:
        StateFailure: From every method: the folder cannot be read or written.
    """

    def __init__(self, state_dir: Path | None) -> None:
        self.owner = secrets.token_hex(8)
        self._lasting = state_dir is not None
        self._lock: int | None = None
        try:
            if state_dir is None:
                self._folder = Path(tempfile.mkdtemp(prefix="ai-translate-"))
            else:
                self._folder = state_dir / _FOLDER
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._lock = os.open(self._alive(self.owner), flags, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _failure(error) from error

    def keep_source(self, job_id: str, stream: BinaryIO) -> None:
        """Copies what is to be translated."""
        try:
            with self._made(self._source(job_id)) as file:
                shutil.copyfileobj(stream, file)
        except OSError as error:
            self.remove([job_id])
            raise _failure(error) from error

    def take_source(self, job_id: str) -> bytes:
        """What is to be translated; it is kept no longer."""
        path = self._source(job_id)
        try:
            content = path.read_bytes()
            path.unlink()
        except OSError as error:
            raise _failure(error) from error
        return content

    def keep_result(self, job_id: str, content: bytes) -> None:
        """Writes what came of a job: aside, then under its name."""
        aside = self._folder / f"{job_id}.part"
        try:
            with self._made(aside) as file:
                file.write(content)
            aside.replace(self.result(job_id))
        except OSError as error:
            self.remove([job_id])
            raise _failure(error) from error

    def result(self, job_id: str) -> Path:
        """Where the result of a job lies, if there is one."""
        return self._folder / f"{job_id}.result"

    def remove(self, job_ids: Iterable[str]) -> None:
        """Removes whatever there is of jobs."""
        for job_id in job_ids:
            for suffix in ("source", "part", "result"):
                self._unlinked(self._folder / f"{job_id}.{suffix}")

    def gone(self, owners: Iterable[str]) -> set[str]:
        """Those of the processes that have ended. What kept them alive is removed."""
        return {owner for owner in owners if owner != self.owner and self._ended(owner)}

    def stray(self) -> set[str]:
        """Names of all jobs of which there are files here."""
        try:
            names = [path.stem for path in self._folder.iterdir()]
        except OSError as error:
            raise _failure(error) from error
        return {name for name in names if _JOB_ID.fullmatch(name)}

    def close(self) -> None:
        """Ends the life of this process as others see it; a temporary folder is removed."""
        if self._lock is not None:
            self._unlinked(self._alive(self.owner))
            os.close(self._lock)
            self._lock = None
        if not self._lasting:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ended(self, owner: str) -> bool:
        path = self._alive(owner)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        except OSError as error:
            raise _failure(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        else:
            self._unlinked(path)
            return True
        finally:
            os.close(descriptor)

    def _source(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.source"

    def _alive(self, owner: str) -> Path:
        return self._folder / f"alive.{owner}"

    @staticmethod
    def _made(path: Path) -> BinaryIO:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(path, flags, 0o600), "wb")

    @staticmethod
    def _unlinked(path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _failure(error) from error


def _failure(error: OSError) -> StateFailure:
    return StateFailure(
        f"Documents cannot be kept: {error.strerror}.",
        hint="Look at AIT_STATE_DIR, or at the temporary folder without one: its room, its "
        "permissions.",
    )
