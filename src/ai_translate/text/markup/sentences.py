"""Takes markup apart into sentences with their marks, and all that stands between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ai_translate.text.markup.html import html_tokens
from ai_translate.text.markup.marks import Marks, Node, Syntax
from ai_translate.text.markup.outline import Item, paragraphs
from ai_translate.text.markup.paragraph import Paragraph, read
from ai_translate.text.markup.tags import tags_in
from ai_translate.text.markup.xml import xml_tokens
from ai_translate.text.protect import joined_spans, protected_spans
from ai_translate.text.segment import Segment, split_text
from ai_translate.text.shelter import split_sheltered

__all__ = ["split_markup"]

# Of sentences that are written as they are read.
_UNMARKED: Final[dict[Syntax, Marks | None]] = {
    "text": None,
    "html": Marks("html", ""),
    "xml": Marks("xml", ""),
}


def split_markup(
    source: str,
    syntax: Syntax,
    language: str,
    kept: Sequence[str] = (),
    *,
    untranslated: Collection[str] = (),
    unsplit: bool = False,
) -> list[Segment]:
    """Takes markup apart. The segments' sources, joined, are the markup again, whatever it holds.

    Args:
        source: Any string.
        syntax: What it is written in. In `text`, tags that belong together are tags, and all else
            is text.
        language: Tag of its language.
        kept: What the caller wants to be kept wherever it stands.
        untranslated: Names of elements that stay as they are, with all in them, but for what says
            of itself that it is translated.
        unsplit: Whether a line is one sentence, whatever stands in it.
    """
    found: list[Segment] = []
    at = 0  # up to where the markup has been taken apart
    for items in _paragraphs(source, syntax, untranslated):
        if not any(item.role == "text" for item in items):
            continue
        paragraph = read(source, items, syntax)
        if paragraph is None:
            continue
        pieces = _pieces(paragraph, language, kept, unsplit=unsplit)
        for start, end, sentence in _sentences(source, paragraph, pieces, syntax):
            if at < start:
                found.append(Segment(source[at:start], False))
            found.append(sentence)
            at = end
    return [*found, Segment(source[at:], False)] if at < len(source) else found


def _paragraphs(source: str, syntax: Syntax, untranslated: Collection[str]) -> Iterable[list[Item]]:
    if syntax == "text":
        return tags_in(source)
    html = syntax == "html"
    tokens = html_tokens(source) if html else xml_tokens(source)
    if untranslated:
        names = {name.lower() for name in untranslated} if html else frozenset(untranslated)
        tokens = [
            replace(token, kept=True) if token.kind == "open" and token.name in names else token
            for token in tokens
        ]
    return paragraphs(tokens, html=html)


def _pieces(
    paragraph: Paragraph, language: str, kept: Sequence[str], *, unsplit: bool
) -> list[Segment]:
    """A paragraph's text, taken apart."""
    text = paragraph.text
    spans = protected_spans(text, kept)
    if paragraph.spans:
        spans = joined_spans([*spans, *paragraph.spans])
    if spans:
        return split_sheltered(text, language, spans, unsplit=unsplit)
    return split_text(text, language, unsplit=unsplit)


def _sentences(
    source: str, paragraph: Paragraph, pieces: Iterable[Segment], syntax: Syntax
) -> Iterator[tuple[int, int, Segment]]:
    """A paragraph's sentences, each with where it begins and ends in the markup."""
    elements = _elements(paragraph)
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        if piece.translate:
            moving = _moving(source, elements, start, end)
            begin, finish = paragraph.starts[start], paragraph.ends[end - 1]
            before = [tag for tag in moving.taken if tag[0] < begin]
            behind = [tag for tag in moving.taken if tag[0] >= finish]
            first = before[0][0] if before else begin
            last = behind[-1][1] if behind else finish
            marks = _marks(paragraph, piece, source[first:last], moving.nodes, syntax)
            if marks and (before or behind):
                lead = _without(source, first, begin, before)
                trail = _without(source, finish, last, behind)
                marks = replace(marks, lead=lead, trail=trail)
            yield first, last, replace(piece, marks=marks)
        start = end


def _without(source: str, start: int, end: int, taken: Iterable[tuple[int, int]]) -> str:
    """A part of the markup without some parts of it."""
    parts = []
    for begin, finish in taken:
        parts.append(source[start:begin])
        start = finish
    return "".join([*parts, source[start:end]])


def _marks(
    paragraph: Paragraph, piece: Segment, source: str, nodes: tuple[Node, ...], syntax: Syntax
) -> Marks | None:
    if source == piece.text and not nodes and paragraph.bare.isdisjoint(source):
        return _UNMARKED[syntax]
    text = sorted(set(piece.text))
    spelled = tuple((sign, paragraph.spelled[sign]) for sign in text if sign in paragraph.spelled)
    bare = paragraph.bare.intersection(text).difference(paragraph.spelled)
    return Marks(
        syntax,
        source,
        nodes,
        tuple((sign, paragraph.untouched[sign]) for sign in text if sign in paragraph.untouched),
        spelled,
        "".join(sorted(bare)),
    )


@dataclass(frozen=True, slots=True)
class _Moving:
    """What moves with the words of a sentence.

    Attributes:
        nodes: Its elements and points.
        taken: Where their tags are in the markup.
    """

    nodes: tuple[Node, ...]
    taken: list[tuple[int, int]]


@dataclass(slots=True)
class _Element:
    """An element of a paragraph, or a point of it, by places in the paragraph's text."""

    start: int
    end: int
    opening: tuple[int, int]
    closing: tuple[int, int] | None
    children: list[_Element]


def _elements(paragraph: Paragraph) -> list[_Element]:
    """The paragraph's elements, without the white space at their edges.

    Those of nothing else are points, with all that is in them.
    """
    whole = _Element(0, 0, (0, 0), None, [])
    opened = [whole]
    for tag in paragraph.tags:
        if tag.role == "close":
            element = opened.pop()
            element.closing = (tag.start, tag.end)
            said = paragraph.text[element.start : tag.at]
            element.end = element.start + len(said.rstrip())
            element.start += len(said) - len(said.lstrip())
            if element.start >= element.end:
                element.start = element.end = tag.at if said[:1] else element.start
                element.opening = (element.opening[0], tag.end)
                element.closing, element.children = None, []
            continue
        element = _Element(tag.at, tag.at, (tag.start, tag.end), None, [])
        opened[-1].children.append(element)
        if tag.role == "open":
            opened.append(element)
    return whole.children


def _moving(source: str, elements: Sequence[_Element], start: int, end: int) -> _Moving:
    """Those elements that move with the words of one sentence.

    What encloses a sentence, or stands at its edge, does not.
    """
    taken: list[tuple[int, int]] = []

    def nodes(of: Sequence[_Element], *, inside: bool) -> Iterator[Node]:
        for one in of:
            if one.closing is None:
                if start < one.start < end or (inside and start <= one.start <= end):
                    at = one.start - start
                    taken.append(one.opening)
                    yield Node(at, at, source[slice(*one.opening)], "")
            elif one.end <= start or one.start >= end:
                continue
            elif one.start <= start and one.end >= end:
                yield from nodes(one.children, inside=inside)
            else:
                opens, closes = one.start >= start, one.end <= end
                if opens:
                    taken.append(one.opening)
                children = tuple(nodes(one.children, inside=opens and closes))
                if closes:
                    taken.append(one.closing)
                yield Node(
                    max(one.start, start) - start,
                    min(one.end, end) - start,
                    source[slice(*one.opening)] if opens else "",
                    source[slice(*one.closing)] if closes else "",
                    children,
                )

    found = tuple(nodes(elements, inside=False))
    return _Moving(found, sorted(taken))
