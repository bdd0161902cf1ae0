"""The strings of a workbook, wherever they stand: shared ones, those in cells, and comments.

Each is text of one look or runs of several (CT_Rst of ECMA-376, 18.4). Signs above the text that
tell how it is pronounced belong to the text as it was and do not stay when it changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from ai_translate.errors import TooLarge
from ai_translate.text.documents.cells import Cell, CellCounter
from ai_translate.text.documents.edits import Edits
from ai_translate.text.documents.inline import Translate, rewritten
from ai_translate.text.documents.nodes import Look, Node, Text
from ai_translate.text.documents.xml_events import end_of_tag, prefix_at

__all__ = ["Kept", "Strings"]

_HOLDERS: Final = {"s:si", "s:is", "s:text"}
# What ends a line in a cell, and characters as Excel writes those that XML cannot hold.
_BREAK: Final = re.compile(r"((?:\r?\n|_x[0-9A-Fa-f]{4}_)+)")
# A cell of Excel has 32 767 at most.
_MOST_CHARACTERS: Final = 200_000
_SHOW_SPACES: Final = {"s:u", "s:strike"}


@dataclass(frozen=True, slots=True)
class Kept:
    """Which strings stay as they are.

    Attributes:
        shared: Shared strings, by their numbers.
        cells: Cells whose own strings stay.
    """

    shared: Collection[int] = ()
    cells: Collection[Cell] = ()


class Strings:
    """Listens to a file of a workbook and rewrites its strings.

    Args:
        data: The file.
        edits: Where changes go.
        translate: Gives the translation of each part, asked for in order.
        kept: What stays.

    Raises:
        TooLarge: A string has too many characters.
    """

    def __init__(self, data: bytes, edits: Edits, translate: Translate, kept: Kept) -> None:
        self._data = data
        self._edits = edits
        self._translate = translate
        self._kept = kept
        self._shared = -1
        self._cells = CellCounter()
        self._string: _String | None = None
        self._comment: _Comment | None = None

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        """An element begins."""
        if self._string is not None:
            self._string.start(name, attributes, at)
        elif name in _HOLDERS:
            self._shared += name == "s:si"
            self._string = _String(self._data, at)
        elif name == "tc:text":
            self._comment = _Comment(end_of_tag(self._data, at))
        elif name == "tc:mentions" and self._comment is not None:
            self._comment.has_mentions = True
        else:
            self._cells.start(name, attributes)

    def end(self, name: str, inner: int, end: int) -> None:
        """An element ends; a string is then rewritten."""
        if self._string is not None:
            if name in _HOLDERS:
                self._end_of_string(name, self._string, inner)
                self._string = None
            else:
                self._string.end(name, end)
        elif name == "tc:text" and self._comment is not None:
            self._comment.end = inner
        elif name == "tc:threadedComment" and self._comment is not None:
            self._end_of_comment(self._comment)
            self._comment = None

    def text(self, text: str) -> None:
        """A piece of text."""
        if self._string is not None:
            self._string.text(text)
        elif self._comment is not None and not self._comment.end:
            self._comment.text += text

    def _end_of_string(self, name: str, string: _String, inner: int) -> None:
        if name == "s:si" and self._shared in self._kept.shared:
            return
        if name == "s:is" and self._cells.cell in self._kept.cells:
            return
        data = rewritten(string.nodes, self._translate, self._edits.between)
        if data is not None:
            self._edits.put(string.content, inner, data)

    def _end_of_comment(self, comment: _Comment) -> None:
        # Mentions name their places in the text: it must stay where there are any.
        if comment.has_mentions or not comment.end:
            return
        look = Look((), b"", b"", b"", b"")
        data = rewritten([Text(comment.text, look)], self._translate, self._edits.between)
        if data is not None:
            self._edits.put(comment.start, comment.end, data)


@dataclass(slots=True)
class _Comment:
    """A comment of a thread: plain text, and the mentions in it."""

    start: int
    end: int = 0
    text: str = ""
    has_mentions: bool = False


class _String:
    """A string while it is open."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.content = end_of_tag(data, at)
        self.nodes: list[Node] = []
        prefix = prefix_at(data, at)
        self._element = prefix + b"t"
        self._plain = self._look((), b"", b"")
        self._current = self._plain
        self._run = 0
        self._key: list[tuple[object, ...]] = []
        self._passes = False
        self._text: list[str] | None = None
        self._count = 0

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        if name == "s:rPh":
            self._passes = True
        elif name == "s:r":
            self._run = at
            self._key = []
            self._current = self._run_look(at, end_of_tag(self._data, at))
        elif name == "s:t" and not self._passes:
            self._text = []
        elif name != "s:rPr":
            self._key.append((name, *sorted(attributes.items())))

    def end(self, name: str, end: int) -> None:
        if name == "s:rPh":
            self._passes = False
        elif name == "s:rPr":
            self._current = self._run_look(self._run, end)
        elif name == "s:r":
            self._current = self._plain
        elif name == "s:t" and self._text is not None:
            text = "".join(self._text)
            self._count += len(text) + 1
            if self._count > _MOST_CHARACTERS:
                raise TooLarge(
                    f"A string of the document has more than {_MOST_CHARACTERS} characters."
                )
            for place, piece in enumerate(_BREAK.split(text)):
                if piece:
                    self.nodes.append(Text(piece, self._current, kept=place % 2 == 1))
            self._text = None

    def text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _run_look(self, start: int, end: int) -> Look:
        closing = b"</" + prefix_at(self._data, start) + b"r>"
        return self._look(("run", *self._key), self._data[start:end], closing)

    def _look(self, key: tuple[object, ...], opening: bytes, closing: bytes) -> Look:
        shows = any(isinstance(one, tuple) and one[0] in _SHOW_SPACES for one in key)
        first, last = b"<" + self._element, b"</" + self._element + b">"
        return Look(key, opening, closing, first + b' xml:space="preserve">', last, shows)
