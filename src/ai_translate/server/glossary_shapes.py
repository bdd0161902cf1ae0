"""What the addresses of glossaries take and give, field by field. OpenAPI is made from this."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ai_translate.server.about import Pair
from ai_translate.server.language_tags import Tag

__all__ = [
    "GlossaryAnswer",
    "GlossaryList",
    "GlossaryQuery",
    "GlossaryTerms",
    "PairCount",
    "TermsByDirection",
]


class GlossaryQuery(BaseModel):
    """The direction of a glossary that names none itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source_lang: Tag | None = Field(
        None,
        description="Language of the terms. CSV and TSV need it; JSON may say it for each term.",
        examples=["en"],
    )
    target_lang: Tag | None = Field(
        None, description="Language of their translations, likewise.", examples=["fr"]
    )


class PairCount(Pair):
    """A direction and how many terms it has."""

    entries: int = Field(description="Number of terms.", examples=[2])


class GlossaryAnswer(BaseModel):
    """A glossary without its terms."""

    name: str = Field(description="Of the glossary.", examples=["products"])
    updated: str = Field(
        description="When it was put, in UTC.", examples=["2026-01-31T12:00:00+00:00"]
    )
    lasting: bool = Field(
        description="Whether it is still there after a restart: false without AIT_STATE_DIR.",
        examples=[True],
    )
    pairs: list[PairCount] = Field(
        description="Its directions.", examples=[[{"source": "en", "target": "fr", "entries": 2}]]
    )


class TermsByDirection(RootModel[dict[str, dict[str, str]]]):
    """Translations by their terms, by direction, such as `en-fr`."""


class GlossaryTerms(GlossaryAnswer):
    """A glossary with its terms."""

    terms: TermsByDirection = Field(
        description="Translations by their terms, by direction: what PUT takes as JSON.",
        examples=[{"en-fr": {"station": "gare", "bus station": "gare routière"}}],
    )


class GlossaryList(BaseModel):
    """Every glossary."""

    glossaries: list[GlossaryAnswer] = Field(
        description="Sorted by name.",
        examples=[
            [
                {
                    "name": "products",
                    "updated": "2026-01-31T12:00:00+00:00",
                    "lasting": True,
                    "pairs": [{"source": "en", "target": "fr", "entries": 2}],
                }
            ]
        ],
    )
