"""Documents as LibreTranslate takes them, and gives them to whoever has their address."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote, unquote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.server.answers import json_response
from ai_translate.server.departure import unless_left
from ai_translate.server.document_desk import DocumentDesk
from ai_translate.server.document_files import JobFile
from ai_translate.server.document_schemas import DocumentForm, file_answer, with_file
from ai_translate.server.libretranslate.contract import PREFIX, TAG
from ai_translate.server.libretranslate.description import FILENAME, failing
from ai_translate.server.libretranslate.key_in_body import as_read
from ai_translate.server.libretranslate.shapes import FileForm, FileLink
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.routing import get, post

__all__ = ["LibreTranslateFiles"]


class LibreTranslateFiles:
    """The routes of one server.

    Args:
        lifecycle: Where the translator comes from.
        desk: Where documents come in.
    """

    def __init__(self, lifecycle: Lifecycle, desk: DocumentDesk) -> None:
        self._lifecycle = lifecycle
        self._desk = desk

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        post(
            *(
                app,
                f"{PREFIX}/translate_file",
                self.translate_file,
                with_file(FileForm.model_json_schema()),
                FileLink,
            ),
            errors=failing(
                *(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNAUTHORIZED),
                *(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR),
                HTTPStatus.SERVICE_UNAVAILABLE,
            ),
            tag=TAG,
        )
        get(
            *(
                app,
                f"{PREFIX}/download_file/{{filename}}",
                self.download_file,
                file_answer("The translated document."),
            ),
            errors=failing(
                HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR
            ),
            parameters=[FILENAME],
            tag=TAG,
        )

    async def translate_file(self, request: Request) -> Response:
        """Translates a document, and tells where it can be fetched."""
        request = as_read(request)
        with self._lifecycle.request() as translator:
            async with self._desk.received(request, FileForm) as (wanted, upload):
                languages = {"source_lang": wanted.source, "target_lang": wanted.target}
                form = DocumentForm.model_validate(languages)
                run = await self._desk.begun(request, translator, form, upload, anybodys=True)
            await unless_left(request, self._desk.jobs.first(run, None))
        job, _ = await self._desk.jobs.result(run.id)
        # Below what the client knows this contract by, which is the root where AIT_ROOT says so.
        came_by = unquote(request.scope.get("raw_path", b"").decode("latin-1"))
        base = PREFIX if came_by.startswith(f"{PREFIX}/") else ""
        path = f"{base}/download_file/{job.id}.{quote(job.name)}"
        return json_response(FileLink(translatedFileUrl=str(request.base_url.replace(path=path))))

    async def download_file(self, request: Request) -> Response:
        """A translated document, for whoever has its address."""
        job_id = request.path_params["filename"].partition(".")[0]
        job, path = await self._desk.jobs.result(job_id, key="")
        return JobFile(path, job)
