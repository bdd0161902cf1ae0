"""What DeepL's addresses take and give, field by field. OpenAPI is made from this.

Fields that are not named here are ignored, as DeepL ignores them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, model_validator

from ai_translate.errors import InvalidRequest, NotFound
from ai_translate.languages import AUTO
from ai_translate.server.components import without_null
from ai_translate.server.language_tags import SourceTag, Tag
from ai_translate.server.routing import Content

__all__ = [
    "FIELDS",
    "Blank",
    "DeepLError",
    "DeepLLanguage",
    "DeepLTranslation",
    "DeepLTranslations",
    "DeepLUsage",
    "Directed",
    "LanguagesQuery",
    "TextFields",
    "content_of",
    "schema_of",
]

FIELDS: Final = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

Blank = BeforeValidator(lambda value: None if value == "" else value)
"""An empty field of a form is as one that is not there."""

_Listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)


def _parted(value: Any) -> Any:
    """Names with commas between, in one string or in several."""
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return [name.strip() for one in listed for name in one.split(",") if name.strip()]
    return value


_Names = Annotated[list[str], BeforeValidator(_parted)]
_LONGEST_ID: Final = 64


class DeepLError(BaseModel):
    """The one shape of every error."""

    message: str = Field(description="What is wrong.", examples=["This needs a key."])
    detail: str | None = Field(
        None, description="What to do about it.", examples=["Send it behind DeepL-Auth-Key."]
    )


class Directed(BaseModel):
    """What texts and documents may both be told."""

    model_config = FIELDS

    target_lang: Tag = Field(description="Language to translate into.", examples=["FR"])
    source_lang: Annotated[SourceTag | None, Blank] = Field(
        None, description="Language of the text; by default it is detected.", examples=["EN"]
    )
    formality: Annotated[
        Literal["default", "more", "less", "prefer_more", "prefer_less"] | None, Blank
    ] = Field(
        None,
        description="No model here knows it: what is preferred is accepted without effect, `more` "
        "and `less` are refused.",
        examples=["prefer_more"],
    )
    glossary_id: Annotated[str | None, Blank] = Field(
        None,
        description="A glossary whose terms are honoured; `source_lang` is needed with it.",
        examples=["7d4c0f2e-5a0f-4c62-9a43-0d6f7b1f2a55"],
    )
    glossary_ids: _Names = Field(
        [], description="The same. More than one is refused.", examples=[["products"]]
    )
    style_id: Annotated[str | None, Blank] = Field(
        None, description="Refused: there are no style rules.", examples=["style"]
    )
    translation_memory_id: Annotated[str | None, Blank] = Field(
        None, description="Refused: there are no translation memories.", examples=["memory"]
    )

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, given: Any) -> Any:
        """Null is as if it were not there."""
        if isinstance(given, dict) and None in given.values():
            return {name: value for name, value in given.items() if value is not None}
        return given

    def options(self) -> dict[str, Any]:
        """What our own contract calls these.

        Raises:
            InvalidRequest: Something is asked for that is not here.
        """
        if self.formality in {"more", "less"}:
            raise InvalidRequest(
                "'formality' is not supported for given 'target_lang'.",
                hint="Send prefer_more or prefer_less, which are no demands.",
            )
        named = [*([self.glossary_id] if self.glossary_id else []), *self.glossary_ids]
        if any(len(name) > _LONGEST_ID for name in named):
            raise NotFound(
                f"There is no glossary of an id of over {_LONGEST_ID} characters.",
                hint="GET /v2/glossaries lists those that there are.",
            )
        if len(named) > 1:
            raise InvalidRequest(
                "Only one glossary can be used at once.", hint="Put their terms into one."
            )
        if named and self.source_lang is None:
            raise InvalidRequest(
                "The parameter source_lang is required if using a glossary.",
                hint="Say which language the text is in.",
            )
        if self.style_id or self.translation_memory_id:
            what = "style_id" if self.style_id else "translation_memory_id"
            raise InvalidRequest(f"Value for '{what}' not supported.", hint="Leave it out.")
        return {
            "source_lang": self.source_lang or AUTO,
            "target_lang": self.target_lang,
            "glossary": named[0] if named else None,
        }


class TextFields(Directed):
    """Texts to translate."""

    text: Annotated[list[str], FailFast(), _Listed] = Field(
        min_length=1, description="The texts.", examples=[["Where is the station?"]]
    )
    tag_handling: Annotated[Literal["xml", "html"] | None, Blank] = Field(
        None,
        description="What the texts are written in; plain text by default.",
        examples=["html"],
    )
    ignore_tags: _Names = Field(
        [],
        max_length=1_000,
        description="Elements that stay as they are; with `tag_handling`.",
        examples=[["keep"]],
    )
    split_sentences: Annotated[
        Literal["0", "1", "nonewlines"],
        BeforeValidator(lambda value: str(int(value)) if isinstance(value, int) else value),
    ] = Field(
        "1",
        description="`0`: each line is one sentence. `nonewlines` is as `1`: a line's end stays "
        "where it is.",
        examples=["1"],
    )
    show_billed_characters: bool = Field(
        False, description="Whether to say what each text was charged.", examples=[True]
    )
    model_type: Annotated[
        Literal["quality_optimized", "prefer_quality_optimized", "latency_optimized"] | None,
        Blank,
    ] = Field(
        None,
        description="Without effect: there is one model for each direction.",
        examples=["latency_optimized"],
    )
    custom_instructions: Annotated[list[str], _Listed] = Field(
        [], description="Refused: no model here takes any.", examples=[[]]
    )
    preserve_formatting: bool = Field(
        False, description="Without effect: formatting is always preserved.", examples=[True]
    )
    context: str | None = Field(None, description="Without effect.", examples=["A letter."])
    tag_handling_version: str | None = Field(None, description="Without effect.", examples=["v2"])
    outline_detection: bool = Field(True, description="Without effect.", examples=[True])
    splitting_tags: _Names = Field([], description="Without effect.", examples=[["p"]])
    non_splitting_tags: _Names = Field([], description="Without effect.", examples=[["b"]])

    def options(self) -> dict[str, Any]:
        """See `Directed.options`."""
        if self.custom_instructions:
            raise InvalidRequest(
                "'custom_instructions' is not supported for given 'target_lang'.",
                hint="Leave it out.",
            )
        return {**super().options(), "format": self.tag_handling or "text"}


class DeepLTranslation(BaseModel):
    """One translated text."""

    detected_source_language: str = Field(
        description="What it is written in: as said, or as found; `UND` if it has no words.",
        examples=["EN"],
    )
    text: str = Field(description="The translation.", examples=["Où est la gare ?"])
    billed_characters: int | None = Field(
        None, description="What it was charged, if that was asked for.", examples=[21]
    )
    model_type_used: str | None = Field(
        None, description="As asked for, if it was.", examples=["latency_optimized"]
    )


class DeepLTranslations(BaseModel):
    """The translations, in the order of their texts."""

    translations: list[DeepLTranslation] = Field(
        description="One for each text.",
        examples=[[{"detected_source_language": "EN", "text": "Où est la gare ?"}]],
    )


class LanguagesQuery(BaseModel):
    """Which languages are asked for."""

    model_config = FIELDS

    type: Literal["source", "target"] = Field(
        "source", description="Those to translate from, or into.", examples=["target"]
    )


class DeepLLanguage(BaseModel):
    """A language."""

    language: str = Field(description="Its code.", examples=["FR"])
    name: str = Field(description="Its name in English.", examples=["French"])
    supports_formality: bool | None = Field(
        None, description="Whether `formality` may be demanded, of a target.", examples=[False]
    )


class DeepLUsage(BaseModel):
    """What the caller has used in this month."""

    character_count: int = Field(description="Characters.", examples=[30315])
    character_limit: int = Field(
        description="Most of them; 1,000,000,000,000 where there is no limit.",
        examples=[1_000_000],
    )


def content_of(model: type[BaseModel], *, forms: bool = False) -> Content:
    """A body as OpenAPI describes it.

    Args:
        model: What it holds.
        forms: Whether to say that it may be a form, which every body may: makers of clients write
            code that fails for two kinds of body, unless the operation has an optional parameter.
    """
    schema = {"schema": schema_of(model)}
    kinds = ("application/json", *(("application/x-www-form-urlencoded",) if forms else ()))
    return dict.fromkeys(kinds, schema)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model as OpenAPI describes it; nobody is told to send null, which forms do not have."""
    schema = model.model_json_schema()
    fields = {name: without_null(field) for name, field in schema["properties"].items()}
    return {**schema, "properties": fields}
