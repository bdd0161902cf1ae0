"""What LibreTranslate takes and gives, field by field. OpenAPI is made from this."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
)

from ai_translate.engine.protocol import MAX_BEAM_SIZE
from ai_translate.languages import AUTO, normalize

__all__ = [
    "DetectFields",
    "Detection",
    "Detections",
    "Error",
    "FileForm",
    "FileLink",
    "FrontendSettings",
    "HealthAnswer",
    "Keyed",
    "LanguageList",
    "LanguageName",
    "LanguageTargets",
    "Spec",
    "TranslateFields",
    "TranslationAnswer",
]

# What is not known is left alone, as LibreTranslate does.
_REQUEST = ConfigDict(
    extra="ignore", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True
)
# What it calls two languages inside, and took before it took their tags.
_ALIASES: Final = {"pb": "pt-BR", "zt": "zh-Hant"}
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")


def _number(value: object) -> object:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    return max(0, value) if type(value) is int else value or 0


def _of_texts(value: object) -> object:
    """Fails at the first item that is no text: each of many would be a mistake of its own."""
    if value == []:
        raise ValueError("There is no text in the list")
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise ValueError("Each text of the list should be a string")
    return value


def _tag(tag: str) -> str:
    return normalize(_ALIASES.get(tag.lower(), tag))


_Target = Annotated[str, AfterValidator(_tag)]
_Source = Annotated[str, AfterValidator(lambda tag: AUTO if tag.lower() == AUTO else _tag(tag))]
_Texts = Annotated[
    Annotated[str, StringConstraints(min_length=1), Tag("text")]
    | Annotated[list[str], BeforeValidator(_of_texts), Tag("list")],
    Discriminator(lambda q: "list" if isinstance(q, list) else "text"),
]


class Keyed(BaseModel):
    """A request that may have a key."""

    model_config = _REQUEST

    api_key: str | None = Field(
        None,
        description="A key, where the server asks for one; `Authorization` and `X-API-Key` are "
        "read before it.",
        examples=["ait_7k2m9qx4tb_…"],
    )


class TranslateFields(Keyed):
    """One text to translate, or several."""

    q: _Texts = Field(
        description="The text, or a list of texts; in a form the field may be repeated.",
        examples=["Hello world!"],
    )
    source: _Source = Field(
        description="Language of the text; `auto` detects that of each text alone.",
        examples=["en"],
    )
    target: _Target = Field(description="Language to translate into.", examples=["fr"])
    format: Annotated[Literal["text", "html"], BeforeValidator(lambda value: value or "text")] = (
        Field("text", description="What the text is written in.", examples=["text"])
    )
    alternatives: Annotated[int, BeforeValidator(_number)] = Field(
        0,
        lt=MAX_BEAM_SIZE,
        description="Further translations to give beside the best.",
        examples=[3],
    )


class Detection(BaseModel):
    """What a text was found to be written in."""

    confidence: float = Field(
        ge=0, le=100, description="How sure that is; 0 for a text without words.", examples=[98.5]
    )
    language: str = Field(
        description="Language tag; `en` for a text without words.", examples=["en"]
    )


class TranslationAnswer(BaseModel):
    """The translation; a list for a list, in its order."""

    translatedText: str | list[str] = Field(  # noqa: N815  # the contract's name
        description="The translation.", examples=["Bonjour le monde !"]
    )
    detectedLanguage: Detection | list[Detection] | None = Field(  # noqa: N815  # the same
        None,
        description="What the text is written in. Only if `source` was `auto`.",
        examples=[{"confidence": 98.5, "language": "en"}],
    )
    alternatives: list[str] | list[list[str]] | None = Field(
        None,
        description="Further translations, best first, as many as were found. Only if asked for.",
        examples=[["Salut le monde !"]],
    )


class DetectFields(Keyed):
    """A text whose language is to be told."""

    q: _Texts = Field(
        description="The text; of a list each text is told alone.", examples=["Bonjour à tous !"]
    )


class Detections(RootModel[list[Detection]]):
    """One language for each text."""


class LanguageName(BaseModel):
    """A language."""

    code: str = Field(description="Its tag.", examples=["en"])
    name: str = Field(description="Its English name.", examples=["English"])


class LanguageTargets(LanguageName):
    """A language, and what it can be translated into."""

    targets: list[str] = Field(
        description="Languages that it can be translated into; may be none.", examples=[["fr"]]
    )


class LanguageList(RootModel[list[LanguageTargets]]):
    """Every language that a model knows."""


class FileForm(Keyed):
    """The fields of a form beside its file."""

    source: _Source = Field(
        description="Language of the document; `auto` tells it once, from the whole of it.",
        examples=["en"],
    )
    target: _Target = Field(description="Language to translate into.", examples=["fr"])


class FileLink(BaseModel):
    """Where a translated document is."""

    translatedFileUrl: str = Field(  # noqa: N815  # the contract's name
        description="Its address, which nobody guesses, and which needs no key.",
        examples=[
            "http://127.0.0.1:8002/libretranslate/download_file/Zb4mJ0eVnYxJpYw1y1m2Xg.report.fr.docx"
        ],
    )


class HealthAnswer(BaseModel):
    """That the server translates."""

    status: Literal["ok"] = Field("ok", description="Always this.", examples=["ok"])


class FrontendSettings(BaseModel):
    """What a page of LibreTranslate asks before it shows itself."""

    apiKeys: bool = Field(  # noqa: N815  # names of the contract, here and below
        description="Whether the server knows keys.", examples=[False]
    )
    charLimit: int = Field(  # noqa: N815
        description="Longest text, in bytes of UTF-8.", examples=[2_000_000]
    )
    filesTranslation: bool = Field(  # noqa: N815
        description="Whether documents are translated.", examples=[True]
    )
    frontendTimeout: int = Field(  # noqa: N815
        description="Milliseconds for which a page waits after the last letter.", examples=[500]
    )
    keyRequired: bool = Field(  # noqa: N815
        description="Whether nothing is translated without a key.", examples=[False]
    )
    language: dict[Literal["source", "target"], LanguageName] = Field(
        description="Languages that a page begins with.",
        examples=[
            {
                "source": {"code": "auto", "name": "Auto Detect"},
                "target": {"code": "fr", "name": "French"},
            }
        ],
    )
    suggestions: bool = Field(
        description="Whether better translations may be suggested.", examples=[False]
    )
    supportedFilesFormat: list[str] = Field(  # noqa: N815
        description="How names of documents may end.", examples=[[".txt", ".docx"]]
    )


class Spec(RootModel[dict[str, Any]]):
    """This contract's part of the OpenAPI document."""


class Error(BaseModel):
    """The shape of every error."""

    error: str = Field(
        description="What is wrong, and what to do about it.",
        examples=["No model translates en→xx. The pairs that exist: en→fr."],
    )
