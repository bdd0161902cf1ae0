"""Subtitles, SubRip and WebVTT: what is said, line by line or, where a sentence goes on, together.

Numbers, timings, settings, notes and styles stay. Lines of a cue that one sentence fills are
translated as one, and its translation is broken into as many lines again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.source import Source
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.tagged import Piece, place_of
from ai_translate.text.documents.wrapping import wrapped

__all__ = ["open_srt", "open_vtt"]

_TIMING: Final = re.compile(
    r"\s*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{1,2}"
)
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
# Elements, and what SubStation leaves in SubRip: `{\an8}`.
_MARK: Final = re.compile(
    r"<(/?)([A-Za-z0-9]?[^<>\n\s./]{0,40})[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}"
)
_ESCAPE: Final = re.compile(r"&(?:amp|lt|gt|lrm|rlm|nbsp|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_DASH: Final = re.compile(r"\s*[-–—‐]\s*(?=\S)")
_ENDS: Final = re.compile(r"[.!?…。！？♪♫:][\"'’”»)\]]*\s*\Z")
_WIDE: Final = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    end: str


def open_srt(content: bytes, _reading: Reading) -> Spliced:
    """Subtitles of SubRip.

    Raises:
        BrokenDocument: There is no timing in them.
    """
    return _opened("application/x-subrip", Source.of(content), is_web=False)


def open_vtt(content: bytes, _reading: Reading) -> Spliced:
    """Subtitles of WebVTT.

    Raises:
        BrokenDocument: There is no timing in them.
    """
    return _opened("text/vtt", Source.of(content), is_web=True)


def _opened(media_type: str, source: Source, *, is_web: bool) -> Spliced:
    lines = [_Line(m.start(), m[1], m[2]) for m in _LINE.finditer(source.text)]
    timed = [bool("-->" in line.text and _TIMING.match(line.text)) for line in lines]
    if not any(timed) and source.text.strip() and not source.text.startswith("WEBVTT"):
        raise BrokenDocument(
            "The subtitles have no timing.",
            hint="Above each text stands one such as 00:00:01,000 --> 00:00:03,500.",
        )
    places = (_place(run, is_web) for run in _sayings(lines, timed, is_web))
    return Spliced(media_type, source, tuple(place for place in places if place))


def _sayings(lines: Sequence[_Line], timed: Sequence[bool], is_web: bool) -> Iterator[list[_Line]]:
    """The lines of all cues, those together through which a sentence goes on."""
    saying: list[_Line] = []
    in_cue = False
    for place, line in enumerate(lines):
        is_number = line.text.strip().isdecimal() and any(timed[place + 1 : place + 2])
        blank = not line.text.strip()
        if saying and (blank or timed[place] or is_number or _begins_anew(saying[-1], line)):
            yield saying
            saying = []
        if timed[place]:
            in_cue = True
        elif is_number or (blank and is_web):
            in_cue = False
        elif in_cue and not blank:
            saying.append(line)
    if saying:
        yield saying


def _begins_anew(before: _Line, line: _Line) -> bool:
    said = _MARK.sub("", line.text)
    return _DASH.match(said) is not None or _ENDS.search(_MARK.sub("", before.text)) is not None


def _place(saying: Sequence[_Line], is_web: bool) -> Place | None:
    pieces: list[Piece] = []
    for line, following in zip(saying, [*saying[1:], None], strict=True):
        pieces += _pieces(line.text, is_web)
        if following is not None:
            wide = _WIDE.match(line.text[-1:]) and _WIDE.match(following.text[:1])
            pieces.append(Piece(line.end, "text", "" if wide else " "))
    escape = _web_escaped if is_web else _escaped
    return place_of(saying[0].start, pieces, partial(wrapped, escape=escape))


def _pieces(line: str, is_web: bool) -> Iterator[Piece]:
    """The text and the marks of one line; a dash that begins it is a mark."""
    at, begins = 0, True
    for mark in (*_MARK.finditer(line), None):
        end = mark.start() if mark else len(line)
        dash = _DASH.match(line, at) if begins and end > at else None
        if dash is not None:
            yield Piece(dash[0], "alone", aside=True)
            at = dash.end()
        if end > at:
            yield _text(line[at:end], is_web)
            begins = False
        if mark is not None:
            yield _mark(mark)
            at = mark.end()


def _mark(mark: re.Match[str]) -> Piece:
    name = mark[2] or ""
    if mark[1]:
        return Piece(mark[0], "close", name=name)
    # `<00:01.000>` tells a time, `{\an8}` a place.
    if name[:1].isalpha():
        return Piece(mark[0], "open", name=name)
    return Piece(mark[0], "alone", aside=True)


def _text(raw: str, is_web: bool) -> Piece:
    said = _ESCAPE.sub(lambda match: html.unescape(match[0]), raw) if is_web else raw
    return Piece(raw, "text", said)


def _escaped(text: str) -> str:
    return text.replace("-->", "->")


def _web_escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
