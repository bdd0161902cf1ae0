"""DeepL's addresses for texts: translate, languages, usage. Errors are answered in `failures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Priority
from ai_translate.journey import raised
from ai_translate.languages import name_of
from ai_translate.server.answers import json_response
from ai_translate.server.asking import TIMEOUT, in_time, too_long, too_many
from ai_translate.server.deepl.door import TAG, fields_of, refusals
from ai_translate.server.deepl.shapes import (
    DeepLLanguage,
    DeepLTranslation,
    DeepLTranslations,
    DeepLUsage,
    LanguagesQuery,
    TextFields,
    content_of,
)
from ai_translate.server.departure import unless_left
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.limits import Limits
from ai_translate.server.reading import read_query
from ai_translate.server.reception import Reception
from ai_translate.server.routing import Responses, get, post, query_parameters
from ai_translate.server.schemas import BatchRequest
from ai_translate.settings import Settings
from ai_translate.translator import Translation, Translator

__all__ = ["DeepLTexts"]

_UNLIMITED: Final = 1_000_000_000_000
# DeepL's clients refuse these languages as targets unless they have a region.
_REGIONS: Final = {
    "en": {"EN-GB": "English (British)", "EN-US": "English (American)"},
    "pt": {"PT-BR": "Portuguese (Brazilian)", "PT-PT": "Portuguese (European)"},
}
_LANGUAGES: Final = TypeAdapter(list[DeepLLanguage])


class DeepLTexts:
    """The routes of one server.

    Args:
        settings: Limits.
        lifecycle: Where the translator comes from.
        reception: Where requests come in.
        limits: What is used, and what is left.
    """

    def __init__(
        self, settings: Settings, lifecycle: Lifecycle, reception: Reception, limits: Limits
    ) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._reception = reception
        self._limits = limits

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        post(
            *(
                app,
                "/deepl/v2/translate",
                self.translate,
                content_of(TextFields),
                DeepLTranslations,
            ),
            errors=refusals(400, 404, 429, 456, 503, 504),
            parameters=[TIMEOUT],
            tag=TAG,
        )
        path = "/deepl/v2/languages"
        listed: Responses = {200: {"model": list[DeepLLanguage], "description": "Sorted by code."}}
        failing = refusals(400, 503)
        asked = query_parameters(LanguagesQuery)
        get(app, path, self.languages, listed, errors=failing, parameters=asked, tag=TAG)
        content = content_of(LanguagesQuery)
        post(app, path, self.languages_by_form, content, listed, errors=failing, tag=TAG)
        get(app, "/deepl/v2/usage", self.usage, DeepLUsage, errors=refusals(), tag=TAG)

    async def translate(self, request: Request) -> Response:
        """Translates texts; one that fails fails all."""
        with self._lifecycle.request() as translator:
            wanted = await fields_of(request, TextFields)
            if error := too_many(self._settings, "text", wanted.text):
                raise error
            for place, text in enumerate(wanted.text):
                if error := too_long(self._settings, f"text[{place}]", text):
                    raise error
            return await unless_left(request, self._translated(request, translator, wanted))

    async def _translated(
        self, request: Request, translator: Translator, wanted: TextFields
    ) -> Response:
        texts = wanted.text
        asked = BatchRequest(texts=texts, **wanted.options())
        usual = Priority.INTERACTIVE if len(texts) == 1 else Priority.BULK
        received = self._reception.received(request, translator, asked, texts, usual)
        async with received as (languages, options, how):
            how["untranslated"] = wanted.ignore_tags
            how["unsplit"] = wanted.split_sentences == "0"
            how["stays"] = True
            work = translator.translate_batch_async(texts, *languages, options, **how)
            results = [raised(result) for result in await in_time(how, work)]
        model = wanted.model_type and wanted.model_type.removeprefix("prefer_")
        answers = [
            DeepLTranslation(
                detected_source_language=_source(result),
                text=result.text,
                billed_characters=len(text) if wanted.show_billed_characters else None,
                model_type_used=model,
            )
            for text, result in zip(texts, results, strict=True)
        ]
        return json_response(DeepLTranslations(translations=answers))

    async def languages(self, request: Request) -> Response:
        """The languages that the loaded models translate from, or into."""
        asked = read_query(request, LanguagesQuery)
        if not request.query_params and await request.body():
            asked = await fields_of(request, LanguagesQuery)
        pairs = self._lifecycle.translator.pairs
        if asked.type == "target":
            found = _targets([pair.target for pair in pairs])
        else:
            tags = sorted({pair.source.partition("-")[0] for pair in pairs})
            found = [
                DeepLLanguage(language=tag.upper(), name=name_of(tag), supports_formality=None)
                for tag in tags
            ]
        content = _LANGUAGES.dump_json(found, exclude_none=True)
        return Response(content, media_type="application/json")

    async def languages_by_form(self, request: Request) -> Response:
        """The same, asked for by a body."""
        return await self.languages(request)

    async def usage(self, request: Request) -> Response:
        """What the caller has used in this month, and may use."""
        payer = self._limits.meter.charge(request.scope).payer
        limit = payer.characters_per_month
        count = DeepLUsage(
            character_count=await self._limits.quotas.used(payer),
            character_limit=_UNLIMITED if limit is None else limit,
        )
        response = json_response(count)
        response.headers["Cache-Control"] = "no-store"
        return response


def _source(result: Translation) -> str:
    tag = result.detected.language if result.detected else result.source
    return tag.partition("-")[0].upper()


def _targets(tags: Sequence[str]) -> list[DeepLLanguage]:
    names = {
        code: name
        for tag in tags
        for code, name in _REGIONS.get(tag, {tag.upper(): name_of(tag)}).items()
    }
    return [
        DeepLLanguage(language=code, name=name, supports_formality=False)
        for code, name in sorted(names.items())
    ]
