"""The addresses of LibreTranslate, each a change of shape before and after what is ours."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Priority
from ai_translate.errors import Forbidden
from ai_translate.journey import How, raised
from ai_translate.languages import AUTO, name_of
from ai_translate.server.answers import json_response
from ai_translate.server.asking import TIMEOUT, in_time, too_long, too_many
from ai_translate.server.departure import unless_left
from ai_translate.server.fields import read_fields
from ai_translate.server.libretranslate.contract import PREFIX, TAG
from ai_translate.server.libretranslate.description import (
    NO_SUGGESTIONS,
    REFUSING,
    failing,
    part_of,
    taking,
)
from ai_translate.server.libretranslate.key_in_body import as_read
from ai_translate.server.libretranslate.shapes import (
    DetectFields,
    Detection,
    Detections,
    FrontendSettings,
    HealthAnswer,
    LanguageList,
    LanguageName,
    LanguageTargets,
    Spec,
    TranslateFields,
    TranslationAnswer,
)
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.options import Options
from ai_translate.server.reception import Reception
from ai_translate.server.routing import get, post
from ai_translate.settings import Settings
from ai_translate.text.detect import UNDETERMINED, Detected
from ai_translate.text.documents.opening import kinds
from ai_translate.translator import Translation, Translator

__all__ = ["LibreTranslate"]

_Q: Final = ("q",)
# What a page of LibreTranslate waits by default after the last letter, in milliseconds.
_FRONTEND_TIMEOUT: Final = 500
_NOTHING_KNOWN: Final = Detection(confidence=0.0, language="en")


class LibreTranslate:
    """The routes of one server.

    Args:
        settings: Limits.
        lifecycle: Where the translator comes from.
        reception: Where requests come in.
    """

    def __init__(self, settings: Settings, lifecycle: Lifecycle, reception: Reception) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._reception = reception
        self._spec: Spec | None = None
        # Lists may take seconds: one after the other, so that they take no more than a processor.
        self._lists = anyio.CapacityLimiter(1)

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        limited = (
            *(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNAUTHORIZED),
            *(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR),
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
        post(
            *(
                app,
                f"{PREFIX}/translate",
                self.translate,
                taking(TranslateFields),
                TranslationAnswer,
            ),
            errors=failing(*limited, HTTPStatus.GATEWAY_TIMEOUT),
            parameters=[TIMEOUT],
            tag=TAG,
        )
        post(
            *(app, f"{PREFIX}/detect", self.detect, taking(DetectFields), Detections),
            errors=failing(*limited),
            tag=TAG,
        )
        post(app, f"{PREFIX}/suggest", self.suggest, None, REFUSING, errors={}, tag=TAG)
        loading = failing(HTTPStatus.SERVICE_UNAVAILABLE)
        for path, getting, given, errors in (
            ("languages", self.languages, LanguageList, loading),
            ("health", self.health, HealthAnswer, loading),
            ("frontend/settings", self.frontend_settings, FrontendSettings, loading),
            ("spec", self.spec, Spec, {}),
        ):
            get(app, f"{PREFIX}/{path}", getting, given, errors=errors, tag=TAG)

    async def translate(self, request: Request) -> Response:
        """Translates a text, or a list of texts."""
        request = as_read(request)
        with self._lifecycle.request() as translator:
            wanted = await read_fields(request, TranslateFields, listed=_Q)
            return await unless_left(request, self._translated(request, translator, wanted))

    async def detect(self, request: Request) -> Response:
        """Tells the language of a text."""
        request = as_read(request)
        with self._lifecycle.request() as translator:
            wanted = await read_fields(request, DetectFields, listed=_Q)
            return await unless_left(request, self._detected(translator, wanted))

    async def languages(self, _request: Request) -> Response:
        """The languages that the loaded models translate."""
        targets: dict[str, list[str]] = {}
        for source, target in self._lifecycle.translator.pairs:
            targets.setdefault(source, []).append(target)
            targets.setdefault(target, [])
        return json_response(
            LanguageList(
                [
                    LanguageTargets(code=tag, name=name_of(tag), targets=targets[tag])
                    for tag in sorted(targets)
                ]
            )
        )

    async def health(self, _request: Request) -> Response:
        """That the server translates: 200 when it does, otherwise 503."""
        self._lifecycle.translator  # noqa: B018  # raises where there is none
        return json_response(HealthAnswer(status="ok"))

    async def frontend_settings(self, _request: Request) -> Response:
        """What a page of LibreTranslate asks before it shows itself."""
        target = self._lifecycle.translator.pairs[0].target
        asks = self._settings.auth == "keys"
        return json_response(
            FrontendSettings(
                apiKeys=asks,
                charLimit=self._settings.max_text_bytes,
                filesTranslation=True,
                frontendTimeout=_FRONTEND_TIMEOUT,
                keyRequired=asks,
                language={
                    "source": LanguageName(code=AUTO, name="Auto Detect"),
                    "target": LanguageName(code=target, name=name_of(target)),
                },
                suggestions=False,
                supportedFilesFormat=[ending for kind in kinds() for ending in kind.extensions],
            )
        )

    async def spec(self, request: Request) -> Response:
        """This contract's part of the OpenAPI document."""
        if self._spec is None:
            self._spec = Spec(part_of(request.app.openapi()))
        return json_response(self._spec)

    async def suggest(self, _request: Request) -> Response:
        """Refuses suggestions, as LibreTranslate does where they are not wanted."""
        raise Forbidden(NO_SUGGESTIONS, hint="A glossary holds terms: see /glossaries.")

    def _within_limits(self, q: str | list[str]) -> list[str]:
        texts = [q] if isinstance(q, str) else q
        if error := too_many(self._settings, "q", texts, "texts"):
            raise error
        for text in texts:
            if error := too_long(self._settings, "q", text):
                raise error
        return texts

    async def _detected(self, translator: Translator, wanted: DetectFields) -> Response:
        texts = self._within_limits(wanted.q)
        # It costs no more than a tenth of a translation, and takes no tokens of a queue.
        with self._reception.admission.admitted((), How(), 0):
            found = await anyio.to_thread.run_sync(
                lambda: list(map(translator.detect, texts)),
                limiter=None if isinstance(wanted.q, str) else self._lists,
            )
        return json_response(Detections(list(map(_detection, found))))

    async def _translated(
        self, request: Request, translator: Translator, wanted: TranslateFields
    ) -> Response:
        texts = self._within_limits(wanted.q)
        options = Options.model_validate(
            {
                "source_lang": wanted.source,
                "target_lang": wanted.target,
                "format": wanted.format,
                "alternatives": wanted.alternatives,
            }
        )
        one = isinstance(wanted.q, str)
        usual = Priority.INTERACTIVE if one else Priority.BULK
        received = self._reception.received(request, translator, options, texts, usual)
        async with received as (languages, decoding, how):
            how["stays"] = True
            outcomes = await in_time(
                how, translator.translate_batch_async(texts, *languages, decoding, **how)
            )
        # There is no place for the error of a single text.
        results = list(map(raised, outcomes))
        if one:
            return _answer(results, wanted)
        # Thousands of results take their time to write down.
        return await anyio.to_thread.run_sync(_answer, results, wanted)


def _answer(results: Sequence[Translation], wanted: TranslateFields) -> Response:
    answer: dict[str, list[Any]] = {"translatedText": [result.text for result in results]}
    if wanted.source == AUTO:
        answer["detectedLanguage"] = [_detection(result.detected) for result in results]
    if wanted.alternatives:
        answer["alternatives"] = [list(result.alternatives) for result in results]
    one = isinstance(wanted.q, str)
    fields = {name: values[0] if one else values for name, values in answer.items()}
    return json_response(TranslationAnswer.model_validate(fields))


def _detection(found: Detected | None) -> Detection:
    if found is None or found.language == UNDETERMINED:
        return _NOTHING_KNOWN
    return Detection(confidence=round(100 * found.confidence, 2), language=found.language)
