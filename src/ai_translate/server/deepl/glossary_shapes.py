"""What DeepL's addresses of glossaries take and give, field by field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, model_validator

from ai_translate.errors import InvalidRequest
from ai_translate.languages import LanguagePair
from ai_translate.server.deepl.shapes import FIELDS
from ai_translate.server.language_tags import Tag
from ai_translate.state.glossaries import GlossaryInfo
from ai_translate.text.glossary_files import Entries, parse

__all__ = [
    "PART",
    "DeepLDictionary",
    "DeepLDictionaryEntries",
    "DeepLDirection",
    "DeepLEntries",
    "DeepLGlossary",
    "DeepLGlossaryList",
    "DeepLMultilingualGlossary",
    "DeepLMultilingualGlossaryList",
    "DeepLPairs",
    "DirectionQuery",
    "GlossaryChange",
    "GlossaryFields",
    "GlossaryFields3",
    "Terms",
]

_ID: Final = "7d4c0f2e-5a0f-4c62-9a43-0d6f7b1f2a55"
_TIME: Final = "2026-01-31T12:00:00.000Z"
PART: Final = re.compile(r"dictionaries\[(\d{1,3})\]\.(\w{1,20})")
"""How a form names the fields of one of several dictionaries."""

_Title = Annotated[str, Field(min_length=1, max_length=1_024)]


class DeepLDirection(BaseModel):
    """A direction."""

    source_lang: str = Field(description="Language of the terms.", examples=["en"])
    target_lang: str = Field(description="Language of their translations.", examples=["fr"])

    @classmethod
    def of_pair(cls, pair: LanguagePair) -> DeepLDirection:
        """A direction of ours, whose codes are small letters here."""
        return cls(source_lang=pair.source.lower(), target_lang=pair.target.lower())


class Terms(BaseModel):
    """Terms of one direction, as they are sent."""

    model_config = FIELDS

    source_lang: Tag = Field(description="Language of the terms.", examples=["en"])
    target_lang: Tag = Field(description="Language of their translations.", examples=["fr"])
    entries: str = Field(
        description="A term and its translation a line.", examples=["station\tgare\n"]
    )
    entries_format: Literal["tsv", "csv"] = Field(
        "tsv", description="What stands between the two.", examples=["tsv"]
    )

    @property
    def pair(self) -> LanguagePair:
        """The direction."""
        return LanguagePair(self.source_lang, self.target_lang)

    def parsed(self) -> Entries:
        """Translations by their terms.

        Raises:
            InvalidRequest: They are malformed, or of another direction.
            TooLarge: They are too many, or one is too long.
        """
        found = parse(self.entries.encode(), self.entries_format, self.pair)
        if set(found) != {self.pair}:
            raise InvalidRequest(
                f"The entries are not all of {self.pair}.",
                hint="Take out the languages behind them, or send those of one direction.",
            )
        return found


class GlossaryFields(Terms):
    """A glossary of one direction, as it is sent."""

    name: _Title = Field(description="What people call it.", examples=["Products"])


def _listed(value: Any) -> Any:
    """A form's fields of dictionaries as JSON has them."""
    if not isinstance(value, dict) or "dictionaries" in value:
        return value
    parts: dict[int, dict[str, Any]] = {}
    for name, field in value.items():
        if match := PART.fullmatch(name):
            parts.setdefault(int(match[1]), {})[match[2]] = field
    return {**value, "dictionaries": [parts[place] for place in sorted(parts)]} if parts else value


class GlossaryChange(BaseModel):
    """What is to become of a glossary."""

    model_config = FIELDS

    name: _Title | None = Field(
        None, description="What people call it from now on.", examples=["Products"]
    )
    dictionaries: list[Terms] = Field(
        [],
        max_length=200,
        description="Terms that are added, or given other translations. A form names their fields "
        "`dictionaries[0].source_lang` and so on.",
        examples=[[{"source_lang": "en", "target_lang": "fr", "entries": "bus\tcar"}]],
    )

    _gathered = model_validator(mode="before")(_listed)


class GlossaryFields3(BaseModel):
    """A glossary of several directions, as it is sent."""

    model_config = FIELDS

    name: _Title = Field(description="What people call it.", examples=["Products"])
    dictionaries: list[Terms] = Field(
        min_length=1,
        max_length=200,
        description="Its terms, by direction. A form names their fields "
        "`dictionaries[0].source_lang` and so on.",
        examples=[[{"source_lang": "en", "target_lang": "fr", "entries": "bus\tcar"}]],
    )

    _gathered = model_validator(mode="before")(_listed)


class DirectionQuery(BaseModel):
    """One direction of a glossary."""

    model_config = FIELDS

    source_lang: Tag = Field(description="Language of the terms.", examples=["en"])
    target_lang: Tag = Field(description="Language of their translations.", examples=["fr"])

    @property
    def pair(self) -> LanguagePair:
        """The direction."""
        return LanguagePair(self.source_lang, self.target_lang)


class DeepLGlossary(DeepLDirection):
    """A glossary of one direction, without its terms."""

    glossary_id: str = Field(description="Its name in addresses.", examples=[_ID])
    name: str = Field(description="What people call it.", examples=["Products"])
    ready: Literal[True] = Field(True, description="It can be used.", examples=[True])
    creation_time: str = Field(description="When it was made, in UTC.", examples=[_TIME])
    entry_count: int = Field(description="How many terms it has.", examples=[1])

    @classmethod
    def of(cls, info: GlossaryInfo) -> DeepLGlossary:
        """One that has just one direction."""
        [(pair, count)] = info.entries.items()
        return cls(
            glossary_id=info.name,
            name=info.title,
            ready=True,
            source_lang=pair.source.lower(),
            target_lang=pair.target.lower(),
            creation_time=_time(info.created),
            entry_count=count,
        )


class DeepLGlossaryList(BaseModel):
    """The glossaries of one direction."""

    glossaries: list[DeepLGlossary] = Field(
        description="Sorted by id.",
        examples=[
            [
                {
                    "glossary_id": _ID,
                    "name": "Products",
                    "ready": True,
                    "source_lang": "en",
                    "target_lang": "fr",
                    "creation_time": _TIME,
                    "entry_count": 1,
                }
            ]
        ],
    )


class DeepLPairs(BaseModel):
    """The directions of which glossaries are honoured."""

    supported_languages: list[DeepLDirection] = Field(
        description="Those that the loaded models translate.",
        examples=[[{"source_lang": "en", "target_lang": "fr"}]],
    )


class DeepLDictionary(DeepLDirection):
    """A direction of a glossary, without its terms."""

    entry_count: int = Field(description="How many terms it has.", examples=[1])

    @classmethod
    def of(cls, pair: LanguagePair, count: int) -> DeepLDictionary:
        """So many terms of a direction."""
        source, target = pair
        return cls(source_lang=source.lower(), target_lang=target.lower(), entry_count=count)


class DeepLMultilingualGlossary(BaseModel):
    """A glossary of any directions, without its terms."""

    glossary_id: str = Field(description="Its name in addresses.", examples=[_ID])
    name: str = Field(description="What people call it.", examples=["Products"])
    creation_time: str = Field(description="When it was made, in UTC.", examples=[_TIME])
    dictionaries: list[DeepLDictionary] = Field(
        description="Its directions.",
        examples=[[{"source_lang": "en", "target_lang": "fr", "entry_count": 1}]],
    )

    @classmethod
    def of(cls, info: GlossaryInfo) -> DeepLMultilingualGlossary:
        """Any glossary."""
        return cls(
            glossary_id=info.name,
            name=info.title,
            creation_time=_time(info.created),
            dictionaries=[DeepLDictionary.of(pair, count) for pair, count in info.entries.items()],
        )


class DeepLMultilingualGlossaryList(BaseModel):
    """Every glossary."""

    glossaries: list[DeepLMultilingualGlossary] = Field(
        description="Sorted by id.",
        examples=[
            [
                {
                    "glossary_id": _ID,
                    "name": "Products",
                    "creation_time": _TIME,
                    "dictionaries": [{"source_lang": "en", "target_lang": "fr", "entry_count": 1}],
                }
            ]
        ],
    )


class DeepLDictionaryEntries(DeepLDirection):
    """Terms of one direction, as they are given."""

    entries: str = Field(description="One a line.", examples=["station\tgare"])
    entries_format: Literal["tsv"] = Field(
        "tsv", description="A tab stands between a term and its translation.", examples=["tsv"]
    )


class DeepLEntries(BaseModel):
    """Terms of a glossary."""

    dictionaries: list[DeepLDictionaryEntries] = Field(
        description="Those of the direction that was asked for.",
        examples=[[{"source_lang": "en", "target_lang": "fr", "entries": "station\tgare"}]],
    )


def _time(written: str) -> str:
    """A time of the state as DeepL's clients read it."""
    moment = datetime.fromisoformat(written).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
