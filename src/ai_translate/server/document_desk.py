"""Where documents come in, by whatever door: received, understood, and begun as jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.requests import Request

from ai_translate.engine import DecodingOptions, Priority
from ai_translate.errors import TooLarge
from ai_translate.journey import How
from ai_translate.server.asking import name_of_caller
from ai_translate.server.caller import caller_of
from ai_translate.server.document_jobs import DocumentJobs
from ai_translate.server.document_names import name_of_upload, translated_name
from ai_translate.server.document_run import Order, Run
from ai_translate.server.document_schemas import DocumentForm
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.metering import Charge, Meter
from ai_translate.server.reading import read_form
from ai_translate.settings import Settings
from ai_translate.text.documents.opening import kind_by_name
from ai_translate.text.documents.protocol import Reading
from ai_translate.translator import Translator

__all__ = ["DocumentDesk"]

_Form = TypeVar("_Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DocumentDesk:
    """What every door does with a document before it is translated.

    Attributes:
        settings: Limits, and the beam.
        jobs: Who translates.
        glossaries: Those that requests name.
        meter: Who charges for characters.
    """

    settings: Settings
    jobs: DocumentJobs
    glossaries: GlossaryShelf
    meter: Meter

    @asynccontextmanager
    async def received(
        self, request: Request, form: type[_Form]
    ) -> AsyncIterator[tuple[_Form, UploadFile]]:
        """A form and its file, for which a place is held until the block is left.

        Raises:
            Busy: As many documents wait as may.
            RequestError: See `read_form`.
        """
        with self.jobs.place():
            async with read_form(request, form) as received:
                yield received

    async def begun(
        self,
        request: Request,
        translator: Translator,
        wanted: DocumentForm,
        upload: UploadFile,
        *,
        anybodys: bool = False,
    ) -> Run:
        """A job that has begun.

        Args:
            request: Who asks and pays.
            translator: What will translate.
            wanted: What is asked for.
            upload: The document.
            anybodys: Whether it is of whoever knows its name, rather than the caller's.

        Raises:
            TooLarge: The document is over the limit.
            UnknownDocument: Nobody reads documents of this name or kind.
            NotFound: There is no glossary of the name that is given.
            UnsupportedPair: No model serves the pair.
        """
        order = self._order(wanted, upload, self.meter.charge(request.scope))
        order.how["caller"] = name_of_caller(request)
        if wanted.glossary is not None:
            order.how["glossary"] = await self.glossaries.find(wanted.glossary)
        translator.models_for(order.source, order.target)
        key = "" if anybodys else caller_of(request).key
        return await self.jobs.submit(translator, order, upload.file, key=key)

    def _order(self, wanted: DocumentForm, upload: UploadFile, charge: Charge) -> Order:
        limit = self.settings.max_document_bytes
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
            DecodingOptions(beam_size=self.settings.beam_size),
            reading,
            How(
                kept=tuple(wanted.do_not_translate),
                tag_texts=wanted.translate_attributes,
                priority=Priority.BULK,
            ),
            charge,
        )
