"""DeepL's addresses for documents: upload, status, download. Errors are answered in `failures`.

Id and key of a document are the two halves of its job's name, which nobody guesses: who lacks
either knows no job. Logs and addresses have the one half, the other is in bodies alone.
"""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from fastapi import FastAPI
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.errors import InvalidRequest, NotFound
from ai_translate.server.answers import json_response
from ai_translate.server.caller import caller_of
from ai_translate.server.deepl.document_shapes import (
    DeepLDocument,
    DeepLDocumentStatus,
    DocumentFields,
    DocumentKey,
)
from ai_translate.server.deepl.door import TAG, fields_of, refusals
from ai_translate.server.deepl.shapes import content_of, schema_of
from ai_translate.server.departure import unless_left
from ai_translate.server.document_desk import DocumentDesk
from ai_translate.server.document_files import OnceSent
from ai_translate.server.document_schemas import DocumentForm, file_answer, with_file
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.routing import post
from ai_translate.state.jobs import Job, JobStatus

__all__ = ["DeepLDocuments"]

# Most documents are done by then, and clients wait five seconds between two looks.
_FIRST_SECONDS: Final = 1.0
_HALF: Final = 11  # characters of a job's name
_STATUS: Final[dict[JobStatus, Literal["queued", "translating", "done", "error"]]] = {
    JobStatus.QUEUED: "queued",
    JobStatus.RUNNING: "translating",
    JobStatus.DONE: "done",
    JobStatus.FAILED: "error",
    JobStatus.CANCELLED: "error",
}
_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The `document_id` that the upload was answered.",
    "example": "Zb4mJ0eVnYx",
    "schema": {"type": "string"},
}
_FILE: Final = file_answer("The translated document, which is then no longer there.")


class DeepLDocuments:
    """The routes of one server.

    Args:
        lifecycle: Where the translator comes from.
        desk: Where documents come in.
    """

    def __init__(self, lifecycle: Lifecycle, desk: DocumentDesk) -> None:
        self._lifecycle = lifecycle
        self._desk = desk
        self._jobs = desk.jobs

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        path = "/deepl/v2/document"
        failing = refusals(400, 404, 429, 456, 503)
        post(
            app,
            path,
            self.upload,
            with_file(schema_of(DocumentFields)),
            DeepLDocument,
            errors=failing,
            tag=TAG,
        )
        key = content_of(DocumentKey)
        missing = refusals(400, 404, 503)
        described: dict[str, Any] = {"errors": missing, "parameters": [_ID], "tag": TAG}
        post(app, f"{path}/{{id}}", self.status, key, DeepLDocumentStatus, **described)
        post(app, f"{path}/{{id}}/result", self.result, key, _FILE, **described)

    async def upload(self, request: Request) -> Response:
        """Begins to translate a document."""
        with self._lifecycle.request() as translator:
            async with self._desk.received(request, DocumentFields) as (wanted, upload):
                form = _asked(wanted, upload)
                run = await self._desk.begun(request, translator, form, upload)
            job = await unless_left(request, self._jobs.first(run, _FIRST_SECONDS))
        half = DeepLDocument(document_id=job.id[:_HALF], document_key=job.id[_HALF:])
        return json_response(half)

    async def status(self, request: Request) -> Response:
        """How far a document is."""
        job = await self._job(request)
        response = json_response(_told(job, self._jobs.progress(job)))
        response.headers["Cache-Control"] = "no-store"
        return response

    async def result(self, request: Request) -> Response:
        """The translated document, once."""
        job = await self._job(request)
        if job.status.over and job.status is not JobStatus.DONE:
            raise NotFound(f"The document was not translated: it is {job.status}.", hint="")
        job, path = await self._jobs.result(job.id)
        return OnceSent(path, job, self._jobs.forget)

    async def _job(self, request: Request) -> Job:
        half = request.path_params["id"]
        key = (await fields_of(request, DocumentKey)).document_key
        if len(half) != _HALF:
            raise NotFound("There is no such document.", hint="Send it again.")
        return await self._jobs.find(half + key, caller_of(request).sees_only)


def _asked(wanted: DocumentFields, upload: UploadFile) -> DocumentForm:
    """What our own contract calls what a form says of its file, whose name it may give."""
    upload.filename = wanted.filename or upload.filename
    kind = PurePosixPath(upload.filename or "").suffix[1:].lower()
    if wanted.output_format and wanted.output_format.lower() != kind:
        raise InvalidRequest(
            "Value for 'output_format' not supported.", hint="Leave it out, or say what it is."
        )
    return DocumentForm(**wanted.options(), wait=0)


def _told(job: Job, progress: float) -> DeepLDocumentStatus:
    done = job.status is JobStatus.DONE
    failed = job.status.over and not done
    left = None
    if job.status is JobStatus.RUNNING and progress:
        left = max(1, round((time.time() - job.created) * (1 - progress) / progress))
    return DeepLDocumentStatus(
        document_id=job.id[:_HALF],
        status=_STATUS[job.status],
        seconds_remaining=left,
        billed_characters=job.characters if done else None,
        error_message=(job.error.message if job.error else "It was cancelled.") if failed else None,
    )
