"""The text of a paragraph of markup, with the place that each of its characters has there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ai_translate.text.markup.marks import FIRST_SIGN, SIGNS, Syntax
from ai_translate.text.markup.outline import Item
from ai_translate.text.protect import Kind, Span

__all__ = ["Paragraph", "Tag", "read"]

_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
_KINDS: Final[dict[str, Kind]] = {"noun": "emoji", "code": "code", "kept": "kept", "text": "kept"}
_SIGNS: Final = frozenset("&<>")
_MOST_SIGNS: Final = 0xFFFD


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, or a point between words.

    Attributes:
        at: Before which character of the paragraph's text it stands.
        start: Where it begins in the markup.
        end: Behind it.
        role: `open`, `close` or `point`.
    """

    at: int
    start: int
    end: int
    role: str


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text.

    Attributes:
        text: What it says; white space as one space where the syntax wants it so.
        starts: For each character, where what it was read from begins in the markup.
        ends: For each character, behind that.
        tags: In order.
        spans: The characters that stand for what no model may touch.
        untouched: What each of them stands for.
        spelled: The characters that were read from references, with these.
        bare: Signs of markup that stand as they are.
    """

    text: str
    starts: list[int]
    ends: list[int]
    tags: list[Tag]
    spans: list[Span]
    untouched: dict[str, str]
    spelled: dict[str, str]
    bare: set[str]


def read(source: str, items: Sequence[Item], syntax: Syntax) -> Paragraph | None:
    """The text of a paragraph; None if there is more in it to be kept than can be told apart.

    Args:
        source: All of the markup.
        items: The paragraph's part of it.
        syntax: What it is written in.
    """
    reader = _Reader(source, syntax)
    for item in items:
        if item.role == "text":
            reader.add_text(item)
        elif item.role in {"open", "close", "point"}:
            reader.add_tag(item)
        else:
            reader.add_untouched(item.start, item.end, _KINDS[item.role])
    return reader.done()


class _Reader:
    def __init__(self, source: str, syntax: Syntax) -> None:
        self._source = source
        self._syntax = syntax
        self._parts: list[str] = []
        self._made = Paragraph("", [], [], [], [], {}, {}, set())
        self._spaced = True  # white space at the beginning says nothing

    def add_text(self, item: Item) -> None:
        if self._source[item.start : item.end] != item.text:
            self._add_reference(item)
        elif self._syntax == "text":
            self._add(item.text, item.start)
        else:
            at = 0
            for space in _SPACE.finditer(item.text):
                self._add_words(item.text[at : space.start()], item.start + at)
                if not self._spaced:
                    self._append(" ", item.start + space.start(), item.start + space.end())
                    self._spaced = True
                at = space.end()
            self._add_words(item.text[at:], item.start + at)

    def add_tag(self, item: Item) -> None:
        self._made.tags.append(Tag(len(self._made.starts), item.start, item.end, item.role))

    def add_untouched(self, start: int, end: int, kind: Kind) -> None:
        sign = chr(FIRST_SIGN + len(self._made.untouched) % _MOST_SIGNS)
        at = len(self._made.starts)
        self._made.untouched[sign] = self._source[start:end]
        self._made.spans.append(Span(at, at + 1, kind))
        self._append(sign, start, end)
        self._spaced = False

    def done(self) -> Paragraph | None:
        if len(self._made.spans) >= _MOST_SIGNS:
            return None
        self._made.text = "".join(self._parts)
        return self._made

    def _add_words(self, text: str, start: int) -> None:
        if not text:
            return
        self._spaced = False
        at = 0
        for sign in SIGNS.finditer(text):
            self._add(text[at : sign.start()], start + at)
            self.add_untouched(start + sign.start(), start + sign.end(), "kept")
            at = sign.end()
        self._add(text[at:], start + at)

    def _add_reference(self, item: Item) -> None:
        form = self._source[item.start : item.end]
        if not item.text or SIGNS.search(item.text):
            self.add_untouched(item.start, item.end, "kept")
            return
        if item.text.isspace() and item.text in " \t\n\r\f":
            # Written so because it must not be taken for mere space.
            self.add_untouched(item.start, item.end, "emoji")
            return
        if len(item.text) == 1:
            self._made.spelled.setdefault(item.text, form)
        at = len(self._made.starts)
        if unicodedata.category(item.text[0]) in {"So", "Sm"} and item.text not in "<>":
            self._made.spans.append(Span(at, at + len(item.text), "kept"))
        self._append(item.text[0], item.start, item.end)
        for letter in item.text[1:]:
            self._append(letter, item.end, item.end)
        self._spaced = False

    def _add(self, text: str, start: int) -> None:
        self._parts.append(text)
        self._made.bare.update(_SIGNS.intersection(text))
        self._made.starts.extend(range(start, start + len(text)))
        self._made.ends.extend(range(start + 1, start + len(text) + 1))

    def _append(self, letter: str, start: int, end: int) -> None:
        self._parts.append(letter)
        self._made.starts.append(start)
        self._made.ends.append(end)
