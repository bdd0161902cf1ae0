"""Pieces of formatted text as one part with tags, and its translation as formatted text again.

Tags come back balanced and each once, wherever the translator puts them. Should that fail, no
text is lost, and nothing that is no text: a translation that is no XML becomes plain text in the
look that most of the piece has, and what was not placed stands behind it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final
from xml.parsers import expat

from ai_translate.text.documents.nodes import Atom, Fixed, Leaf, Look, Node, Span, Text, leaves_of
from ai_translate.text.documents.protocol import Part
from ai_translate.text.documents.xml_events import xml_text

__all__ = ["Tags"]

_TAG: Final = re.compile(r"</?[rmx](?:\s[^<>]*)?>")
_ESCAPED: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


class Tags:
    """One piece of text, and what its tags stand for.

    Args:
        nodes: What it consists of; at least one text is among them, and no barrier.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._base = _most_common(nodes)
        self._tags: dict[str, Look | Fixed | Atom | tuple[Span, Look]] = {}
        markup = self._markup(nodes, self._base)
        if self._tags:
            self.part = Part(markup, "xml")
        else:
            self.part = Part("".join(node.text for node in nodes if isinstance(node, Text)))

    def leaves(self, translation: str) -> list[Leaf]:
        """The translation of the part, with what its tags stand for."""
        if self.part.format == "text":
            return [Text(translation, self._base)]
        placing = _Placing(self._tags, self._base)
        try:
            placing.parse(translation)
        except (expat.ExpatError, ValueError):
            placing = _Placing(self._tags, self._base)
            placing.text(_plain(translation))
        return placing.finished()

    def _markup(self, nodes: Sequence[Node], base: Look) -> str:
        """The nodes as markup, where text without a tag has this look."""
        out: list[str] = []
        tagged: Look | None = None
        for node, look in _with_looks(nodes):
            if tagged is not None and (look is None or look.key != tagged.key):
                out.append("</r>")
                tagged = None
            if isinstance(node, Text) and look is not None:
                if look.key != base.key and tagged is None:
                    out.append(f'<r id="{self._tag(look)}">')
                    tagged = look
                out.append(xml_text(node.text))
            elif isinstance(node, Span):
                inner = _most_common(node.nodes)
                number = self._tag((node, inner))
                out.append(f'<r id="{number}">{self._markup(node.nodes, inner)}</r>')
            elif isinstance(node, Fixed | Atom):
                # The names tell the translator which take the place of a word.
                name = "x" if isinstance(node, Atom) or node.spoken else "m"
                out.append(f'<{name} id="{self._tag(node)}"/>')
        if tagged is not None:
            out.append("</r>")
        return "".join(out)

    def _tag(self, what: Look | Fixed | Atom | tuple[Span, Look]) -> str:
        number = str(len(self._tags) + 1)
        self._tags[number] = what
        return number


class _Placing:
    """Reads a translation and places what its tags stand for."""

    def __init__(
        self, tags: dict[str, Look | Fixed | Atom | tuple[Span, Look]], base: Look
    ) -> None:
        self._tags = tags
        self._looks = [base]
        self._closings: list[tuple[Fixed, ...]] = []
        self._placed: set[str] = set()
        self._leaves: list[Leaf] = []

    def parse(self, translation: str) -> None:
        """Reads it.

        Raises:
            ExpatError: It is no XML.
            ValueError: It cannot even be encoded.
        """
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.Parse(f"<part>{translation}</part>".encode(), True)

    def text(self, text: str) -> None:
        self._leaves.append(Text(text, self._looks[-1]))

    def finished(self) -> list[Leaf]:
        """All of it; what was not placed stands at the end."""
        for number, what in self._tags.items():
            if number not in self._placed and isinstance(what, Fixed | Atom):
                self._leaves += leaves_of([what])
        return _in_order(self._leaves)

    def _start(self, _: str, attributes: dict[str, str]) -> None:
        number = attributes.get("id", "")
        what = self._tags.get(number)
        look, closing = self._looks[-1], tuple[Fixed, ...]()
        if isinstance(what, Look):
            look = what
        elif what is not None and number not in self._placed:
            if isinstance(what, tuple):
                self._leaves += what[0].opening
                look, closing = what[1], what[0].closing
            else:
                self._leaves += leaves_of([what])
        self._placed.add(number)
        self._looks.append(look)
        self._closings.append(closing)

    def _end(self, _: str) -> None:
        self._looks.pop()
        self._leaves += self._closings.pop()


def _with_looks(nodes: Sequence[Node]) -> list[tuple[Node, Look | None]]:
    """Each node with the look of its text.

    Spaces of a look that does not show them take that of the text before them, so that no tag
    stands around mere spaces.
    """
    found: list[tuple[Node, Look | None]] = []
    last: Look | None = None
    for node in nodes:
        look = node.look if isinstance(node, Text) else None
        blank = isinstance(node, Text) and node.text.isspace()
        if blank and look and last and not (look.shows_spaces or last.shows_spaces):
            look = last
        found.append((node, look))
        last = look
    return found


def _most_common(nodes: Sequence[Node]) -> Look:
    """The look that most of the text has; of text in spans only if there is no other."""
    lengths: Counter[Hashable] = Counter()
    looks: dict[Hashable, Look] = {}
    direct = [node for node in nodes if isinstance(node, Text)]
    texts = direct or [leaf for leaf in leaves_of(nodes) if isinstance(leaf, Text)]
    for text in texts:
        lengths[text.look.key] += len(text.text)
        looks.setdefault(text.look.key, text.look)
    return looks[lengths.most_common(1)[0][0]]


def _in_order(leaves: list[Leaf]) -> list[Leaf]:
    """The leaves, with no end of a range before its begin: the two change places."""
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    for place, leaf in enumerate(leaves):
        if isinstance(leaf, Fixed) and leaf.mark is not None:
            (ends if leaf.mark[1] else begins)[leaf.mark[0]] = place
    for mark, end in ends.items():
        begin = begins.get(mark, -1)
        if begin > end:
            leaves[begin], leaves[end] = leaves[end], leaves[begin]
    return leaves


def _plain(translation: str) -> str:
    text = _TAG.sub("", translation)
    for escaped, sign in _ESCAPED:
        text = text.replace(escaped, sign)
    return text
