"""Markdown: headings, paragraphs, list items, quotations and cells of tables.

Code, blocks of HTML, definitions of links and the keys of front matter stay; of its values the
title and what describes the page are translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.markdown_inline import MARKDOWN, inline_pieces
from ai_translate.text.documents.markdown_writing import written
from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.source import Source
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.tagged import Piece, place_of
from ai_translate.text.documents.yaml_scalars import scalars
from ai_translate.text.documents.yaml_values import place_of_scalar

__all__ = ["open_markdown"]

_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_END: Final = r"[ \t]*(?:\r\n|\r|\n"
_FRONT: Final = re.compile(
    rf"(---|\+\+\+){_END})((?:[^\r\n]*(?:\r\n|\r|\n))*?)(?:\1|\.\.\.){_END}|\Z)"
)
_TRANSLATED_KEYS: Final = frozenset(
    {"title", "subtitle", "description", "summary", "excerpt", "linktitle", "sidebar_label"}
)
_CELL: Final = re.compile(r"(?:[^|\\]|\\.|\\\Z)*+")

_Span = tuple[int, int]


def open_markdown(content: bytes, _reading: Reading) -> Spliced:
    """A document of Markdown."""
    source = Source.of(content)
    front = _FRONT.match(source.text)
    begin = front.end() if front else 0
    places = list(_front_places(front)) if front else []
    places += _places(source.text, begin)
    return Spliced("text/markdown", source, tuple(places))


def _front_places(front: re.Match[str]) -> Iterator[Place]:
    if front[1] != "---":
        return
    try:
        found = [one for one in scalars(front[2]) if one.depth == 1]
    except BrokenDocument:  # whoever reads it will say so; the page can be translated
        return
    for scalar in found:
        if scalar.key and scalar.key.lower() in _TRANSLATED_KEYS:
            place = place_of_scalar(front[2], scalar, front.start(2))
            if place is not None:
                yield place


def _places(text: str, begin: int) -> Iterator[Place]:
    env: dict[str, Any] = {}
    lines = [match.span(1) for match in _LINE.finditer(text, begin)]
    rows: dict[int, list[_Span]] = {}
    in_cell = False
    for token in MARKDOWN.parse(text[begin:], env):
        if token.type in ("th_open", "td_open", "th_close", "td_close"):
            in_cell = token.nesting > 0
        if token.type != "inline" or token.map is None:
            continue
        first = token.map[0]
        if in_cell:
            cells = rows.setdefault(first, _cells(text, lines[first]))
            spans = [cells.pop(0)] if cells else []
        else:
            spans = _spans(text, lines[first : token.map[1]], token.content)
        if spans:
            yield from _places_in(text, spans, in_cell, env)


def _spans(text: str, lines: Sequence[_Span], content: str) -> list[_Span]:
    """Where the lines of a paragraph's content stand; none if they cannot be found."""
    spans: list[_Span] = []
    saids = (said.lstrip(" \t") for said in content.split("\n"))
    for line, said in zip(lines, saids, strict=False):
        start = text[slice(*line)].replace("\0", "\ufffd").rfind(said)
        if start < 0:
            return []
        spans.append((line[0] + start, line[0] + start + len(said)))
    return spans


def _cells(text: str, line: _Span) -> list[_Span]:
    """Where the cells of a row stand, without the blanks around them."""
    cells: list[_Span] = []
    at, end = line
    while True:
        cell = _CELL.match(text, at, end)
        close = cell.end() if cell else end
        said = text[at:close]
        start = at + len(said) - len(said.lstrip())
        cells.append((start, start + len(said.strip())))
        if close >= end:
            break
        at = close + 1
    if cells[0][0] == cells[0][1]:
        del cells[0]
    return cells


def _places_in(
    text: str, spans: Sequence[_Span], in_cell: bool, env: dict[str, Any]
) -> Iterator[Place]:
    """The places of one block: one, or one for each line that ends with a hard break."""
    content = "\n".join(text[start:end] for start, end in spans)
    starts = [0]
    for start, end in spans:
        starts.append(starts[-1] + end - start + 1)

    at, line = 0, 0
    begin, pieces = spans[0][0], list[Piece]()
    opened = 0
    for piece in inline_pieces(content.replace("\0", "\ufffd"), env):
        first = spans[line][0] + at - starts[line]
        at += len(piece.raw)
        while at >= starts[line + 1]:
            line += 1
        end = spans[line][0] + at - starts[line]
        raw = text[first:end]
        opened += {"open": 1, "close": -1}.get(piece.kind, 0)
        if piece.name == "hardbreak" and opened <= 0:
            yield from _place(begin, pieces, in_cell, env)
            begin, pieces = end, []
            continue
        pieces.append(replace(piece, raw=raw))
    yield from _place(begin, pieces, in_cell, env)


def _place(
    begin: int, pieces: Sequence[Piece], in_cell: bool, env: dict[str, Any]
) -> Iterator[Place]:
    write = partial(written, in_cell=in_cell, env=env)
    place = place_of(begin, pieces, write) if pieces else None
    if place is not None:
        yield place
