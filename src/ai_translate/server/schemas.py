"""What a translation takes and gives, field by field. OpenAPI is made from this."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, FailFast, Field, StringConstraints

from ai_translate.server.language_tags import Tag
from ai_translate.server.options import Options

__all__ = [
    "BatchRequest",
    "BatchResponse",
    "DetectedLanguage",
    "ErrorBody",
    "FailedItem",
    "Failure",
    "InBody",
    "TermsFound",
    "TranslateQuery",
    "TranslateRequest",
    "TranslateResponse",
    "Warned",
    "WrongField",
]

_MODEL = "starter-en-fr@0b7e1c9d2f4a"


class TranslateQuery(Options):
    """One text to translate, given in the address."""

    text: str = Field(
        description="The text. Its layout survives: everything between its sentences stays as it "
        "is, byte for byte.",
        examples=["Where is the station?"],
    )


_Kept = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class InBody(BaseModel):
    """What a body may say beyond an address."""

    source_candidates: list[Tag] | None = Field(
        None,
        max_length=200,
        description="Languages to choose among when `source_lang` is `auto`. "
        "Default: all that can be told apart.",
        examples=[["en", "de"]],
    )
    do_not_translate: list[_Kept] = Field(
        [],
        max_length=1_000,
        description="Words and phrases that stay as they are wherever they stand, as placeholders, "
        "addresses and code do by themselves.",
        examples=[["AI Translate"]],
    )


class TranslateRequest(InBody, TranslateQuery):
    """One text to translate."""


class BatchRequest(InBody, Options):
    """Several texts to translate with the same options."""

    # Fails at the first item that is no string: millions of them would make millions of messages.
    texts: Annotated[list[str], FailFast()] = Field(
        description="The texts, in any number up to the server's limit.",
        examples=[["Good morning.", "Thank you."]],
    )


class DetectedLanguage(BaseModel):
    """What a text was found to be written in."""

    language: str = Field(
        description="BCP 47 tag; `und` for a text without words.", examples=["en"]
    )
    confidence: float = Field(
        ge=0, le=1, description="Probability by the detector's model.", examples=[0.98]
    )


class Warned(BaseModel):
    """A doubt about one sentence."""

    code: str = Field(description="The kind of doubt, for programs.", examples=["cut_short"])
    message: str = Field(
        description="The same for people.",
        examples=["The translation stopped at its length limit and may lack its end."],
    )
    sentence: str = Field(
        description="The source sentence that it is about.", examples=["Where is the station?"]
    )


class TermsFound(BaseModel):
    """Terms of the glossary that stand in the text."""

    applied: list[str] = Field(
        description="Those whose translation is there as often as they are.", examples=[["station"]]
    )
    missed: list[str] = Field(
        description="The others; each has a warning of code `term_missed`.", examples=[[]]
    )


class TranslateResponse(BaseModel):
    """One translated text. Fields without a value are left out."""

    original_text: str = Field(
        description="The text as it was sent.", examples=["Where is the station?"]
    )
    translated_text: str = Field(description="The translation.", examples=["Où est la gare ?"])
    source_lang: str = Field(
        description="Language translated from, as the model calls it.", examples=["en"]
    )
    target_lang: str = Field(
        description="Language translated into, as the model calls it.", examples=["fr"]
    )
    confidence: float = Field(
        ge=0,
        le=1,
        description="Geometric mean of the probabilities of the chosen tokens. Compares "
        "translations by one model; it is no probability of being right.",
        examples=[0.83],
    )
    model: str = Field(
        description="Name and shortened digest of the model that translated.", examples=[_MODEL]
    )
    alternatives: list[str] | None = Field(
        None,
        description="Further translations, best first. Only if asked for and found.",
        examples=[["Où se trouve la gare ?"]],
    )
    detected_language: DetectedLanguage | None = Field(
        None,
        description="What the text is written in. Only if `source_lang` was `auto`.",
        examples=[{"language": "en", "confidence": 0.98}],
    )
    glossary: TermsFound | None = Field(
        None,
        description="Which terms were found in the text. Only if a glossary was asked for.",
        examples=[{"applied": ["station"], "missed": []}],
    )
    warnings: list[Warned] | None = Field(
        None,
        description="Doubts about single sentences. Only if there are any.",
        examples=[
            [
                {
                    "code": "cut_short",
                    "message": "The translation stopped at its length limit and may lack its end.",
                    "sentence": "Where is the station?",
                }
            ]
        ],
    )


class ErrorBody(BaseModel):
    """What went wrong, once for programs and twice for people."""

    code: str = Field(
        description="Stable name of the kind of error.", examples=["unsupported_language_pair"]
    )
    message: str = Field(
        description="What is wrong, with the value and the limit.",
        examples=["No model translates en→xx. The pairs that exist: en→fr."],
    )
    hint: str = Field(
        description="What to do about it; may be empty.",
        examples=["GET /languages lists the pairs."],
    )


class FailedItem(BaseModel):
    """A text of a batch that could not be translated; its neighbours are."""

    original_text: str = Field(
        description="The text as it was sent.", examples=["Where is the station?"]
    )
    error: ErrorBody = Field(
        description="Why there is no translation.",
        examples=[{"code": "engine_failure", "message": "The model failed.", "hint": ""}],
    )


class BatchResponse(BaseModel):
    """The translations of a batch, in the order of its texts."""

    translations: list[TranslateResponse | FailedItem] = Field(
        description="One entry for each text: its translation, or an `error` in its place.",
        examples=[
            [
                {
                    "original_text": "Thank you.",
                    "translated_text": "Merci.",
                    "source_lang": "en",
                    "target_lang": "fr",
                    "confidence": 0.91,
                    "model": _MODEL,
                }
            ]
        ],
    )


class WrongField(BaseModel):
    """What is wrong with one field of a request."""

    loc: list[str | int] = Field(
        description="Where it is: `body` or the like, then names and places in lists.",
        examples=[["body", "text"]],
    )
    msg: str = Field(description="What is wrong, for people.", examples=["Field required"])
    type: str = Field(description="The same for programs.", examples=["missing"])


class Failure(BaseModel):
    """The one shape of every error."""

    error: ErrorBody = Field(
        description="The error.",
        examples=[
            {"code": "invalid_request", "message": "text: Field required.", "hint": "Add it."}
        ],
    )
    detail: str | list[WrongField] = Field(
        description="The same in FastAPI's shape: a list of `loc`, `msg` and `type` with status "
        "422, otherwise the message.",
        examples=[[{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]],
    )
