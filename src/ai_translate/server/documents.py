"""`/translate/document`: whole files, at once or as jobs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.server.answers import json_response
from ai_translate.server.caller import caller_of
from ai_translate.server.departure import unless_left
from ai_translate.server.document_desk import DocumentDesk
from ai_translate.server.document_files import JobFile, OnceSent
from ai_translate.server.document_schemas import (
    DocumentForm,
    DocumentJob,
    file_answer,
    form_content,
    job_parameter,
)
from ai_translate.server.error_examples import documented
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.routing import Responses, answering, delete, get, post
from ai_translate.state.jobs import Job, JobStatus

__all__ = ["ADDRESS", "Documents"]

ADDRESS: Final = "/translate/document"

_FILE: Final = file_answer("The translated document.")


class Documents:
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
        job = job_parameter()
        missing = documented(HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)
        post(
            app,
            ADDRESS,
            self.translate_document,
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
        get(app, path, self.document_job, DocumentJob, errors=missing, parameters=job)
        unfinished = {**missing, **documented(HTTPStatus.CONFLICT)}
        get(app, f"{path}/result", self.document_result, _FILE, errors=unfinished, parameters=job)
        gone: Responses = {204: {"description": "It was over, and is removed."}}
        delete(
            *(app, path, self.remove_document),
            {**answering(200, DocumentJob, "It was not over, and is cancelled."), **gone},
            errors=missing,
            parameters=job,
        )

    async def translate_document(self, request: Request) -> Response:
        """Translates a document and gives it back, or a job if it takes longer than `wait`."""
        with self._lifecycle.request() as translator:
            async with self._desk.received(request, DocumentForm) as (wanted, upload):
                run = await self._desk.begun(request, translator, wanted, upload)
            job = await unless_left(request, self._jobs.first(run, wanted.wait))
        if job.status is JobStatus.DONE:
            job, path = await self._jobs.result(job.id)
            return OnceSent(path, job, self._jobs.forget)
        response = self._told(job, HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"{ADDRESS}/{job.id}"
        return response

    async def document_job(self, request: Request) -> Response:
        """How far a document is."""
        only = caller_of(request).sees_only
        return self._told(await self._jobs.find(request.path_params["id"], only))

    async def document_result(self, request: Request) -> Response:
        """The translated document."""
        only = caller_of(request).sees_only
        job, path = await self._jobs.result(request.path_params["id"], only)
        return JobFile(path, job)

    async def remove_document(self, request: Request) -> Response:
        """Cancels a document that is not translated yet; removes one that is."""
        job_id = request.path_params["id"]
        await self._jobs.find(job_id, caller_of(request).sees_only)
        if await self._jobs.give_up(job_id):
            return self._told(await self._jobs.find(job_id))
        await self._jobs.forget(job_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _told(self, job: Job, status: HTTPStatus = HTTPStatus.OK) -> Response:
        body = DocumentJob.of(job, self._jobs.progress(job))
        response = json_response(body, status)
        response.headers["Cache-Control"] = "no-store"
        return response
