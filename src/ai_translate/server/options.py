"""What every translation may be told, beside its text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ai_translate.engine.protocol import MAX_BEAM_SIZE
from ai_translate.server.language_tags import SourceTag, Tag
from ai_translate.text.markup.marks import Syntax

__all__ = ["REQUEST", "Options"]

# A title is its name in clients that are made from OpenAPI.
_Priority = Annotated[Literal["interactive", "bulk"], Field(title="Priority")]

# Not `strict` alone: infinity and NaN are no JSON, though parsers let them pass.
REQUEST = ConfigDict(
    extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True
)


class Options(BaseModel):
    """What every translation may be told."""

    model_config = REQUEST

    source_lang: SourceTag = Field(
        "en",
        description="Language of the text, as a BCP 47 tag; `EN` and `en-US` find a model "
        "for `en`. `auto` detects the language of each text alone.",
        examples=["en"],
    )
    target_lang: Tag = Field(
        "fr", description="Language to translate into, likewise.", examples=["fr"]
    )
    beam_size: int | None = Field(
        None,
        ge=1,
        le=MAX_BEAM_SIZE,
        description="Beam width; wider is slower and at times better. "
        "Default: the server's setting, or as wide as `alternatives` needs.",
        examples=[4],
    )
    alternatives: int | None = Field(
        None,
        ge=0,
        lt=MAX_BEAM_SIZE,
        description="Further translations to give beside the best; fewer than `beam_size`.",
        examples=[2],
    )
    length_penalty: float | None = Field(
        None,
        ge=0,
        le=10,
        description="Exponent of the length by which a candidate's log-probability is divided: "
        "0 favours short translations, 1 (the default) compares means per token.",
        examples=[1.0],
    )
    max_length: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Longest translation of one sentence, in tokens. "
        "Default: twice the source and 16 more.",
        examples=[256],
    )
    cache: bool = Field(
        True,
        description="Whether earlier translations of the same sentences may be given, and these "
        "kept.",
        examples=[True],
    )
    format: Syntax = Field(
        "text",
        description="What the text is written in: `text`, `html` or `xml`. Markup comes back as it "
        "was, with its tags where the translation needs them.",
        examples=["html"],
    )
    glossary: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="Name of a glossary whose terms are to be honoured; see `/glossaries`.",
        examples=["products"],
    )
    translate_attributes: bool = Field(
        False,
        description="Whether, in HTML, `alt`, `title`, `placeholder` and `aria-label` are "
        "translated and `lang` names the language of the translation.",
        examples=[True],
    )
    priority: _Priority | None = Field(
        None,
        description="`interactive` where somebody waits for the answer, `bulk` for much that is in "
        "no hurry: it is queued for longer and goes behind. Default: `interactive`, and `bulk` for "
        "a batch; long texts are always `bulk`.",
        examples=["bulk"],
    )
    timeout: float | None = Field(
        None,
        gt=0,
        le=86_400,
        description="Seconds after which the answer is of no use any more: then it is a 504 and no "
        "work is done for it. At most the server's own limit. The header `X-Request-Timeout` says "
        "the same.",
        examples=[30.0],
    )
