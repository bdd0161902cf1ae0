"""JSON: the strings that are values.

The scanner is our own, since it must know where each string stands; it reads what the standard
library's reads, to any depth, in one pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source, line_of
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.words import has_words

__all__ = ["open_json"]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_LITERAL: Final = re.compile(
    r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity"
)
_DECODER: Final = json.JSONDecoder()
_LONE: Final = re.compile("[\ud800-\udfff]")
_ASCII_ESCAPE: Final = re.compile(r"\\u(?!00[01])[0-9a-fA-F]{4}")


def open_json(content: bytes, _reading: Reading) -> Spliced:
    """A document of JSON.

    Raises:
        BrokenDocument: It is no JSON.
    """
    source = Source.of(content)
    escaped = source.text.isascii() and _ASCII_ESCAPE.search(source.text) is not None
    return Spliced(
        "application/json",
        source,
        tuple(
            Place(start, end, Part(value), _in_ascii if escaped else _quoted)
            for start, end, value in _strings(source.text)
            # A lone surrogate is no text that a model could read.
            if has_words(value) and not _LONE.search(value)
        ),
    )


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _in_ascii(value: str) -> str:
    return json.dumps(value)


def _strings(text: str) -> Iterator[tuple[int, int, str]]:
    """Each string that is a value: where it begins and ends, quotes included, and what it says."""
    closers: list[str] = []
    at = _after_space(text, 0)
    if at == len(text):
        return
    while True:
        sign = text[at : at + 1]
        if sign in ("{", "["):
            closers.append("}" if sign == "{" else "]")
            at = _after_space(text, at + 1)
            if text[at : at + 1] != closers[-1]:
                at = _after_key(text, at) if sign == "{" else at
                continue
        elif sign == '"':
            value, end = _string(text, at)
            yield at, end, value
            at = _after_space(text, end)
        else:
            at = _after_literal(text, at)
        at = _after_value(text, at, closers)
        if not closers:
            return


def _after_literal(text: str, at: int) -> int:
    literal = _LITERAL.match(text, at)
    if literal is None:
        _fail(text, at, "a value")
    return _after_space(text, literal.end())


def _after_value(text: str, at: int, closers: list[str]) -> int:
    """Where the next value begins, or the end, when all that has ended is closed."""
    while closers and text[at : at + 1] == closers[-1]:
        closers.pop()
        at = _after_space(text, at + 1)
    if not closers:
        if at != len(text):
            _fail(text, at, "the end")
        return at
    if text[at : at + 1] != ",":
        _fail(text, at, f"a comma or {closers[-1]}")
    at = _after_space(text, at + 1)
    return _after_key(text, at) if closers[-1] == "}" else at


def _after_key(text: str, at: int) -> int:
    if text[at : at + 1] != '"':
        _fail(text, at, "a key in double quotes")
    at = _after_space(text, _string(text, at)[1])
    if text[at : at + 1] != ":":
        _fail(text, at, "a colon")
    return _after_space(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise BrokenDocument(
            f"Line {error.lineno} is no JSON: {error.msg[:1].lower()}{error.msg[1:]}.",
            hint="Close the string, and escape line ends, backslashes and quotes in it.",
        ) from error
    return str(value), end


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _fail(text: str, at: int, expected: str) -> NoReturn:
    found = repr(text[at]) if at < len(text) else "the end"
    raise BrokenDocument(
        f"Line {line_of(text, at)} is no JSON: {expected} was expected, not {found}.",
        hint="Comments and commas behind the last value are not allowed.",
    )
