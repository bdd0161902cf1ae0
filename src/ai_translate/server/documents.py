"""`/translate/document`: whole files, at once or as jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from ai_translate.engine import DecodingOptions, Priority
from ai_translate.errors import TooLarge
from ai_translate.journey import How
from ai_translate.server.answers import json_response
from ai_translate.server.asking import name_of_caller
from ai_translate.server.caller import caller_of
from ai_translate.server.departure import unless_left
from ai_translate.server.document_jobs import DocumentJobs
from ai_translate.server.document_names import disposition, name_of_upload, translated_name
from ai_translate.server.document_run import Order
from ai_translate.server.document_schemas import (
    DocumentForm,
    DocumentJob,
    form_content,
    job_parameter,
)
from ai_translate.server.error_examples import documented
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.metering import Charge, Meter
from ai_translate.server.reading import read_form
from ai_translate.server.routing import Responses, answering, delete, get, post
from ai_translate.settings import Settings
from ai_translate.state.jobs import Job, JobStatus
from ai_translate.text.documents.opening import kind_by_name
from ai_translate.text.documents.protocol import Reading

__all__ = ["ADDRESS", "Documents"]

ADDRESS: Final = "/translate/document"

# A document may be a page that does whatever its writer wants: it must never run here.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_FILE: Final[Responses] = {
    200: {
        "description": "The translated document.",
        "content": {
            # Each kind of document has its own.
            "*/*": {
                "schema": {"type": "string", "format": "binary"},
                "example": "the bytes of report.fr.docx",
            }
        },
    }
}


class Documents:
    """The routes of one server.

    Args:
        settings: Limits, and the beam.
        lifecycle: Where the translator comes from.
        jobs: Who translates.
        glossaries: Those that requests name.
        meter: Who charges for characters.
    """

    def __init__(
        self,
        settings: Settings,
        lifecycle: Lifecycle,
        jobs: DocumentJobs,
        glossaries: GlossaryShelf,
        meter: Meter,
    ) -> None:
        self._meter = meter
        self._glossaries = glossaries
        self._settings = settings
        self._lifecycle = lifecycle
        self._jobs = jobs

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        job = job_parameter()
        missing = documented(HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)
        post(
            app,
            ADDRESS,
            self.translate,
            form_content(),
            {**_FILE, **answering(202, DocumentJob, "It takes longer; `Location` tells of it.")},
            errors=documented(
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.NOT_FOUND,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.INTERNAL_SERVER_ERROR,
                HTTPStatus.SERVICE_UNAVAILABLE,
            ),
        )
        path = f"{ADDRESS}/{{id}}"
        get(app, path, self.job, DocumentJob, errors=missing, parameters=job)
        unfinished = {**missing, **documented(HTTPStatus.CONFLICT)}
        get(app, f"{path}/result", self.result, _FILE, errors=unfinished, parameters=job)
        gone: Responses = {204: {"description": "It was over, and is removed."}}
        delete(
            *(app, path, self.remove),
            {**answering(200, DocumentJob, "It was not over, and is cancelled."), **gone},
            errors=missing,
            parameters=job,
        )

    async def translate(self, request: Request) -> Response:
        """Translates a document and gives it back, or a job if it takes longer than `wait`."""
        with self._lifecycle.request() as translator:
            async with self._received(request) as (wanted, upload):
                order = self._order(wanted, upload, self._meter.charge(request.scope))
                order.how["caller"] = name_of_caller(request)
                if wanted.glossary is not None:
                    order.how["glossary"] = await self._glossaries.find(wanted.glossary)
                translator.models_for(order.source, order.target)
                key = caller_of(request).key
                run = await self._jobs.submit(translator, order, upload.file, key=key)
            job = await unless_left(request, self._jobs.first(run, wanted.wait))
        if job.status is JobStatus.DONE:
            job, path = await self._jobs.result(job.id)
            return _Once(path, job, self._jobs.forget)
        response = self._told(job, HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"{ADDRESS}/{job.id}"
        return response

    @asynccontextmanager
    async def _received(self, request: Request) -> AsyncIterator[tuple[DocumentForm, UploadFile]]:
        """A form, for which a place is held until its job has one."""
        with self._jobs.place():
            async with read_form(request, DocumentForm) as form:
                yield form

    async def job(self, request: Request) -> Response:
        """How far a document is."""
        only = caller_of(request).sees_only
        return self._told(await self._jobs.find(request.path_params["id"], only))

    async def result(self, request: Request) -> Response:
        """The translated document."""
        only = caller_of(request).sees_only
        job, path = await self._jobs.result(request.path_params["id"], only)
        return _File(path, job)

    async def remove(self, request: Request) -> Response:
        """Cancels a document that is not translated yet; removes one that is."""
        job_id = request.path_params["id"]
        await self._jobs.find(job_id, caller_of(request).sees_only)
        if await self._jobs.give_up(job_id):
            return self._told(await self._jobs.find(job_id))
        await self._jobs.forget(job_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _order(self, wanted: DocumentForm, upload: UploadFile, charge: Charge) -> Order:
        limit = self._settings.max_document_bytes
        if (upload.size or 0) > limit:
            raise TooLarge(
                f"The document is {upload.size} bytes; the limit is {limit}.",
                hint="Split it, or raise AIT_MAX_DOCUMENT_BYTES.",
            )
        name = name_of_upload(upload.filename)
        reading = Reading.asked_for(wanted.columns, wanted.kind)
        kind_by_name(name, reading)
        return Order(
            name,
            translated_name(name, wanted.source_lang, wanted.target_lang),
            wanted.source_lang,
            wanted.target_lang,
            DecodingOptions(beam_size=self._settings.beam_size),
            reading,
            How(
                kept=tuple(wanted.do_not_translate),
                tag_texts=wanted.translate_attributes,
                priority=Priority.BULK,
            ),
            charge,
        )

    def _told(self, job: Job, status: HTTPStatus = HTTPStatus.OK) -> Response:
        body = DocumentJob.of(job, self._jobs.progress(job))
        response = json_response(body, status)
        response.headers["Cache-Control"] = "no-store"
        return response


class _File(FileResponse):
    """A translated document.

    Args:
        path: Where it lies.
        job: What it came of.
    """

    def __init__(self, path: Path, job: Job) -> None:
        headers = {**_HEADERS, "Content-Disposition": disposition(job.name)}
        super().__init__(path, headers=headers, media_type=job.media_type)


class _Once(_File):
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
