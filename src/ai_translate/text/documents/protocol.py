"""What a document is to those that translate one.

A document gives its parts in order; whoever has translated them hands as many translations back
and gets the document's bytes. What is no part never changes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ai_translate.errors import InvalidRequest

__all__ = ["Document", "Format", "Part", "Reading"]

Format = Literal["text", "html", "xml"]
"""How the translator must read a part: `xml` is a fragment of elements and escaped text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to translate.

    Attributes:
        text: What it says, without the escapes of its document.
        format: How the translator must read it.
    """

    text: str
    format: Format = "text"


class Document(Protocol):
    """A document that has been read."""

    @property
    def media_type(self) -> str:
        """What `written` gives, such as `text/csv`."""
        ...

    @property
    def parts(self) -> tuple[Part, ...]:
        """What there is to translate, in the order of the document."""
        ...

    def written(self, translations: Sequence[str]) -> bytes:
        """The document with its parts translated.

        Args:
            translations: One for each part, in the same order. One that equals its part leaves
                the bytes as they were.

        Raises:
            ValueError: There are more or fewer translations than parts.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a caller may say about how to read a document.

    Attributes:
        columns: Of a table, those to translate: names of the first row or numbers from 1. Empty
            for all of them.
        kind: What the document is, by a name of `kinds()`, where its name does not tell.
    """

    columns: tuple[str, ...] = ()
    kind: str | None = None

    @classmethod
    def asked_for(cls, columns: Iterable[str], kind: str | None) -> Reading:
        """What somebody says who lists columns with commas between, as a table does itself.

        Raises:
            InvalidRequest: That is no such list: a line ends in the middle of a name.
        """
        try:
            return cls(tuple(name for row in csv.reader(columns) for name in row), kind)
        except csv.Error as error:
            raise InvalidRequest(
                f"The columns cannot be read: {error}.",
                hint="Separate names by commas; put one that has a line break into quotes.",
            ) from None
