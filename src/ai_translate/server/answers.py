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
from ai_translate.text.detect import Detected
from ai_translate.translator import QualityWarning, Translation

__all__ = ["batched", "detected", "json_response", "translated", "warned"]


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
        detected_language=detected(translation.detected),
        warnings=warned(translation.warnings),
        glossary=TermsFound(
            applied=list(translation.glossary.applied), missed=list(translation.glossary.missed)
        )
        if translation.glossary
        else None,
    )


def detected(found: Detected | None) -> DetectedLanguage | None:
    """What a text was found to be written in, if that was asked for."""
    if found is None:
        return None
    return DetectedLanguage(language=found.language, confidence=found.confidence)


def warned(warnings: Sequence[QualityWarning]) -> list[Warned] | None:
    """The doubts, if there are any."""
    return [Warned(code=w.code, message=w.message, sentence=w.sentence) for w in warnings] or None


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
