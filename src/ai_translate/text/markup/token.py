"""The pieces that markup is made of, by their places in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Kind", "Token"]

Kind = Literal["text", "reference", "open", "close", "empty", "aside"]
"""Text, one character reference in it, a start tag, an end tag, an element without an end tag, and
what is no part of the text: comments, declarations, instructions."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of markup. All of them, joined, are the whole of it.

    Attributes:
        kind: What it is.
        start: Its first character.
        end: Behind its last one.
        name: Of an element, in HTML in small letters.
        text: What a text or a reference says; where the references of a text are tokens of their
            own, it is the text itself.
        kept: What a start tag says of its element: True that it is not to be translated, False
            that it is, None nothing.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    text: str = ""
    kept: bool | None = None
