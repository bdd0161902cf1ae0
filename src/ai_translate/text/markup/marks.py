"""The marks of one sentence: its tags, what stands in it untouched, how its signs are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

__all__ = ["FIRST_SIGN", "SIGNS", "Marks", "Node", "Syntax"]

Syntax = Literal["text", "html", "xml"]
"""What the marks are written in; in `text` only tags are marks, and signs stand for themselves."""

FIRST_SIGN: Final = 0xF0000
"""The first of the private characters that stand in a sentence for what is untouched in it."""
SIGNS: Final = re.compile("[\U000f0000-\U000ffffd]")

# Where a bare sign would begin a reference or a tag, it is spelled out.
_BEGINS: Final = {"&": re.compile(r"&(?=[A-Za-z#])"), "<": re.compile(r"<(?=[^\s\d=<-])")}
_SPELLED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_GLUED: Final = re.compile(r"(\S{1,60})\u00a0(?=(\S{1,60}))")


@dataclass(frozen=True, slots=True)
class Node:
    """An element in a sentence, or a point of it.

    Attributes:
        start: Its first character in the sentence's text.
        end: Behind its last one; for a point the same.
        opening: Its start tag; empty where it began in an earlier sentence.
        closing: Its end tag; empty where it goes on behind the sentence, and of a point.
        children: Those inside it, in order.
    """

    start: int
    end: int
    opening: str
    closing: str
    children: tuple[Node, ...] = ()

    def inner(self) -> Iterator[Node]:
        """The elements inside it, outer ones first; itself not among them."""
        waiting = list(reversed(self.children))
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass(frozen=True)
class Marks:
    """What a sentence has beside its words.

    Attributes:
        syntax: What it is written in.
        source: The sentence as it was written, tags included; empty where that is its text.
        nodes: Elements and points, in order.
        untouched: What each private character in the sentence's text stands for.
        spelled: Characters that the sentence writes as references, with these.
        bare: Signs of markup that it writes as they are.
        lead: White space between tags before its first word.
        trail: The same behind its last one.
    """

    syntax: Syntax
    source: str
    nodes: tuple[Node, ...] = ()
    untouched: tuple[tuple[str, str], ...] = ()
    spelled: tuple[tuple[str, str], ...] = ()
    bare: str = ""
    lead: str = ""
    trail: str = ""

    def __hash__(self) -> int:
        """Of what tells most sentences apart."""
        return hash(self.source)

    def elements(self) -> Iterator[Node]:
        """All elements and points, outer ones first."""
        return Node(0, 0, "", "", self.nodes).inner()

    def written(self, text: str) -> str:
        """A part of a translation as it is written in markup."""
        if self.syntax != "text":
            text = text.translate(self._spelling)
            for sign in self.bare:
                if sign in _BEGINS:
                    text = _BEGINS[sign].sub(_SPELLED[sign], text)
        return self.restored(text)

    def restored(self, text: str) -> str:
        """A text with what its private characters stand for."""
        if not self.untouched:
            return text
        return SIGNS.sub(lambda match: self._untouched.get(match[0], match[0]), text)

    def glued(self, source: str, translation: str) -> str:
        """A translation with the no-break spaces of its source, where the words are the same."""
        if "\u00a0" not in source:
            return translation
        for before, behind in _GLUED.findall(source):
            apart = f"{before} {behind}"
            if translation.count(apart) == 1:
                translation = translation.replace(apart, f"{before}\u00a0{behind}")
        return translation

    @cached_property
    def _untouched(self) -> Mapping[str, str]:
        return dict(self.untouched)

    @cached_property
    def _spelling(self) -> dict[int, str]:
        table = {ord(sign): form for sign, form in _SPELLED.items() if sign not in self.bare}
        return table | {ord(sign): form for sign, form in self.spelled}
