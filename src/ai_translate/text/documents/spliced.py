"""A document of text that is never written anew: translations are put into places of its source.

All that lies between the places stays as it is, and so does a place whose translation is what
stood there already. That makes a round trip exact, whatever the document's escapes look like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ai_translate.text.documents.protocol import Part
from ai_translate.text.documents.source import Source

__all__ = ["Place", "Spliced"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a translation goes.

    Attributes:
        start: Its first character in the source.
        end: Behind its last one.
        part: What is translated there.
        write: Gives a translation as the document must have it, escaped and quoted.
        always: Whether it is written even if the translation equals the part: because something
            else stands there, such as nothing.
    """

    start: int
    end: int
    part: Part
    write: Callable[[str], str] = str
    always: bool = False


@dataclass(frozen=True, slots=True)
class Spliced:
    """A document whose translations are put into places of its source.

    Attributes:
        media_type: What it is to HTTP.
        source: Its text.
        places: Where translations go, in order and apart from each other.
    """

    media_type: str
    source: Source
    places: tuple[Place, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What there is to translate, in the order of the document."""
        return tuple(place.part for place in self.places)

    def written(self, translations: Sequence[str]) -> bytes:
        """The document with its parts translated.

        Raises:
            ValueError: There are more or fewer translations than parts.
        """
        text, pieces, at = self.source.text, list[str](), 0
        for place, translation in zip(self.places, translations, strict=True):
            if place.always or translation != place.part.text:
                pieces += (text[at : place.start], place.write(translation))
                at = place.end
        return self.source.encoded("".join((*pieces, text[at:])))
