"""Translations as the native contract gives them."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import BaseModel
from starlette.responses import Response

from ai_translate.errors import AITranslateError
from ai_translate.server.failures import described
from ai_translate.server.schemas import (
    BatchResponse,
    DetectedLanguage,
    FailedItem,
    TermsFound,
    TranslateResponse,
    Warned,
)
from ai_translate.translator import Translation

__all__ = ["batched", "json_response", "translated"]


def json_response(body: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """A body as JSON; fields without a value are left out."""
    content = body.model_dump_json(exclude_none=True)
    return Response(content, status, media_type="application/json")


def translated(text: str, translation: Translation) -> TranslateResponse:
    """One text and its translation."""
    return TranslateResponse(
        original_text=text,
        translated_text=translation.text,
        source_lang=translation.source,
        target_lang=translation.target,
        confidence=translation.confidence,
        model=translation.model,
        alternatives=list(translation.alternatives) or None,
        detected_language=DetectedLanguage(
            language=translation.detected.language, confidence=translation.detected.confidence
        )
        if translation.detected
        else None,
        warnings=[
            Warned(code=w.code, message=w.message, sentence=w.sentence)
            for w in translation.warnings
        ]
        or None,
        glossary=TermsFound(
            applied=list(translation.glossary.applied), missed=list(translation.glossary.missed)
        )
        if translation.glossary
        else None,
    )


def batched(
    texts: Sequence[str],
    errors: Sequence[AITranslateError | None],
    results: Sequence[Translation | AITranslateError],
) -> Response:
    """What was refused before it was tried, and the results of the others, in order."""
    rest = iter(results)
    return json_response(
        BatchResponse(
            translations=[
                _item(text, error or next(rest)) for text, error in zip(texts, errors, strict=True)
            ]
        )
    )


def _item(text: str, result: Translation | AITranslateError) -> TranslateResponse | FailedItem:
    if isinstance(result, AITranslateError):
        return FailedItem(original_text=text, error=described(result))
    return translated(text, result)
