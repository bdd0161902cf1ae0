"""Text with marks inside, such as emphasis, as the translator can read it and give it back.

Each mark becomes an element that only has a number: `<g id="1">…</g>` where it begins and ends,
`<x id="2"/>` where it stands alone. Marks around the whole text are left out of it. The way back
takes whatever it gets: a mark that was lost is put at the end, one that is unknown or comes twice
is dropped, so that the document stays well-formed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ai_translate.text.documents.protocol import Part
from ai_translate.text.documents.spliced import Place
from ai_translate.text.words import has_words

__all__ = ["Piece", "Run", "joined", "place_of"]

_Kind = Literal["text", "open", "close", "alone"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a source.

    Attributes:
        raw: How it stands there.
        kind: Whether it is text, or a mark that opens, closes or stands alone. A mark that opens
            and is never closed stands alone, too.
        said: Of text, what it says, without escapes.
        name: Of a mark that opens or closes, what both have in common.
        put: How the mark is written around a translation, if not as it stands there.
        aside: Of a mark, whether it belongs to no sentence, and is left out at the edges.
    """

    raw: str
    kind: _Kind
    said: str = ""
    name: str = ""
    put: str | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a translation: text that still wants its escapes, or a mark of the source."""

    text: str
    kind: _Kind = "text"

    @property
    def is_text(self) -> bool:
        """Whether it is no mark."""
        return self.kind == "text"


Writer = Callable[[Sequence[Run], Sequence[str]], str]
"""Gives a translation as the document must have it, and is told how its source's lines ended."""

_Tag = tuple[str, str | None]
_TAG: Final = re.compile(
    r"""<(?:(g)\s+id=["'](\d+)["']\s*(/?)|(/)g\s*|(x)\s+id=["'](\d+)["']\s*/?)>"""
)
_STRAY: Final = re.compile(r"</x\s*>")


def joined(escape: Callable[[str], str] = str) -> Writer:
    """Writes a translation with its text escaped."""
    return lambda runs, _: "".join(escape(run.text) if run.is_text else run.text for run in runs)


def place_of(start: int, pieces: Sequence[Piece], write: Writer) -> Place | None:
    """Where some text with marks stands and what is to be translated of it.

    Args:
        start: Where the first piece begins in the source.
        pieces: What stands there, one behind the other.
        write: Gives the translation as the document must have it.

    Returns:
        Nothing if there are no words.
    """
    if not has_words("".join(piece.said for piece in pieces)):
        return None
    pairs = _pairs(pieces)
    first, last = _within(pieces, pairs)
    start += sum(len(piece.raw) for piece in pieces[:first])
    inner = pieces[first:last]
    end = start + sum(len(piece.raw) for piece in inner)
    breaks = [piece.raw for piece in inner if _is_line_end(piece)]
    if all(piece.kind == "text" for piece in inner):
        said = "".join(piece.said for piece in inner)
        return Place(start, end, Part(said), lambda translation: write([Run(translation)], breaks))
    tags, text = _tags(inner, {a - first: b - first for a, b in pairs.items()})
    part = Part(text, "xml")
    return Place(start, end, part, lambda translation: write(_runs(translation, tags), breaks))


def _pairs(pieces: Iterable[Piece]) -> dict[int, int]:
    """Which mark is closed by which, properly nested."""
    opened: list[tuple[str, int]] = []
    names: dict[str, int] = {}
    pairs: dict[int, int] = {}
    for place, piece in enumerate(pieces):
        if piece.kind == "open":
            opened.append((piece.name, place))
            names[piece.name] = names.get(piece.name, 0) + 1
        elif piece.kind == "close" and names.get(piece.name):
            while True:
                name, begin = opened.pop()
                names[name] -= 1
                if name == piece.name:
                    break
            pairs[begin] = place
    return pairs


def _within(pieces: Sequence[Piece], pairs: dict[int, int]) -> tuple[int, int]:
    """The pieces that are left without marks, pairs and blanks around all of them."""
    closers = set(pairs.values())
    first, last = 0, len(pieces)
    while True:
        if pairs.get(first) == last - 1:
            first, last = first + 1, last - 1
        elif _is_edge(pieces[first]) and first not in pairs:
            first += 1
        elif _is_edge(pieces[last - 1]) and last - 1 not in closers:
            last -= 1
        else:
            return first, last


def _is_edge(piece: Piece) -> bool:
    if piece.kind == "text":
        return not piece.said.strip()
    return piece.aside or piece.kind != "alone"


def _is_line_end(piece: Piece) -> bool:
    return piece.kind == "text" and piece.said.strip() == "" and not piece.raw.isprintable()


def _tags(pieces: Sequence[Piece], pairs: dict[int, int]) -> tuple[list[_Tag], str]:
    """What each number stands for: how it opens and closes; and the text with its elements."""
    tags: list[_Tag] = []
    text: list[str] = []
    closers = set(pairs.values())
    for place, piece in enumerate(pieces):
        if piece.kind == "text":
            text.append(html.escape(piece.said, quote=False))
        elif place in pairs:
            tags.append((_put(piece), _put(pieces[pairs[place]])))
            text.append(f'<g id="{len(tags)}">')
        elif place in closers:
            text.append("</g>")
        else:
            tags.append((_put(piece), None))
            text.append(f'<x id="{len(tags)}"/>')
    return tags, "".join(text)


def _put(piece: Piece) -> str:
    return piece.raw if piece.put is None else piece.put


def _runs(translation: str, tags: Sequence[_Tag]) -> list[Run]:
    runs: list[Run] = []
    missing = dict(enumerate(tags, start=1))
    closers: list[str | None] = []

    def add(mark: str | None, kind: _Kind) -> None:
        if mark is not None:
            runs.append(Run(mark, kind))

    at = 0
    for tag in _TAG.finditer(translation):
        _add_text(translation[at : tag.start()], runs)
        at = tag.end()
        if tag[4]:
            add(closers.pop() if closers else None, "close")
            continue
        opener, closer = missing.pop(int((tag[2] or tag[6])[:9]), (None, None))
        add(opener, "alone" if closer is None else "open")
        if tag[1] and not tag[3]:
            closers.append(closer)
        else:
            add(closer, "close")
    _add_text(translation[at:], runs)
    for closer in reversed(closers):
        add(closer, "close")
    for opener, closer in missing.values():
        add(opener, "alone" if closer is None else "open")
        add(closer, "close")
    return runs


def _add_text(escaped: str, runs: list[Run]) -> None:
    text = html.unescape(_STRAY.sub("", escaped))
    if text:
        runs.append(Run(text))
