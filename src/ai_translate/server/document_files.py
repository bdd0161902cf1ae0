"""Translated documents as they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from ai_translate.server.document_names import disposition
from ai_translate.state.jobs import Job

__all__ = ["JobFile", "OnceSent"]

# A document may be a page that does whatever its writer wants: it must never run here.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


class JobFile(FileResponse):
    """A translated document.

    Args:
        path: Where it lies.
        job: What it came of.
    """

    def __init__(self, path: Path, job: Job) -> None:
        headers = {**_HEADERS, "Content-Disposition": disposition(job.name)}
        super().__init__(path, headers=headers, media_type=job.media_type)


class OnceSent(JobFile):
    """A file that is sent once, and is then no longer there.

    Args:
        path: Where it lies.
        job: What it came of.
        forget: Removes the job.
    """

    def __init__(self, path: Path, job: Job, forget: Callable[[str], Awaitable[Any]]) -> None:
        super().__init__(path, job)
        self._job_id = job.id
        self._forget = forget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._forget(self._job_id)
