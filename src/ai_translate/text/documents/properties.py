"""Properties of Java: the values.

Escapes and lines that continue are read as Java does. A value that has arguments such as `{0}`
and quotes that are doubled is a pattern of `MessageFormat`, and its translation's quotes are
doubled, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source, line_of
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.words import has_words

__all__ = ["open_properties"]

_BLANK: Final = r"[ \t\f]*+"
_LINE_END: Final = r"(?:\r\n|\r|\n)"
# A line with those that continue it. A comment does not continue.
_ENTRY: Final = re.compile(
    rf"{_BLANK}(?:[#!][^\r\n]*|((?:[^\\\r\n]|\\(?:\r\n|[\s\S]|\Z))*+))(?:{_LINE_END}|\Z)"
)
_KEY: Final = re.compile(r"(?:[^\\=: \t\f\r\n]|\\(?:\r\n|[\s\S]))*+")
_FOLD: Final = rf"(?:\\{_LINE_END}{_BLANK})"
_SEPARATOR: Final = re.compile(rf"(?:[ \t\f]|{_FOLD})*+(?:[=:](?:[ \t\f]|{_FOLD})*+)?")
_ESCAPE: Final = re.compile(rf"\\(?:{_LINE_END}{_BLANK}|u([0-9a-fA-F]{{4}})|([\s\S])|\Z)")
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_WRITTEN: Final = str.maketrans(
    {"\\": "\\\\", **{sign: f"\\{name}" for name, sign in _NAMED.items()}}
)
_ARGUMENT: Final = re.compile(r"\{\d{1,3}[,}]")
_LONE_QUOTE: Final = re.compile(r"(?<!')'(?:'')*(?!')")
_NOT_ASCII: Final = re.compile("[^\x00-\x7e]")
_LONE: Final = re.compile("[\ud800-\udfff]")


def open_properties(content: bytes, _reading: Reading) -> Spliced:
    """Properties of Java, in UTF-8 or, as older ones are, in ISO-8859-1.

    Raises:
        BrokenDocument: An escape is none.
    """
    try:
        source = Source.of(content)
    except BrokenDocument:
        source = Source.of(content, "iso-8859-1")
    # What is ASCII may be read as either of the two: only escapes are safe.
    escaped = source.text.isascii() or source.encoding == "iso-8859-1"
    return Spliced("text/x-java-properties", source, tuple(_places(source.text, escaped)))


def _places(text: str, escaped: bool) -> Iterator[Place]:
    at = 0
    while at < len(text):
        entry = _ENTRY.match(text, at)
        if entry is None:  # what no backslash can precede, such as the end
            return
        at = entry.end()
        if not entry[1]:
            continue
        start = _end(_SEPARATOR, text, _end(_KEY, text, entry.start(1), entry.end(1)), entry.end(1))
        raw = text[start : entry.end(1)]
        said = _said(raw, text, start)
        if not has_words(said) or _LONE.search(said):
            continue
        is_pattern = _ARGUMENT.search(said) is not None and _LONE_QUOTE.search(said) is None
        if is_pattern:
            said = said.replace("''", "'")
        write = partial(_written, is_pattern=is_pattern, escaped=escaped)
        yield Place(start, entry.end(1), Part(said), write)


def _end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start


def _said(raw: str, text: str, start: int) -> str:
    if "\\" not in raw:
        return raw

    def character(escape: re.Match[str]) -> str:
        code, named = escape.groups()
        if code:
            return chr(int(code, 16))
        if named == "u":
            raise BrokenDocument(
                f"Line {line_of(text, start + escape.start())} has an escape that is none.",
                hint="Four hexadecimal digits follow \\u; a backslash is written twice.",
            )
        return _NAMED.get(named, named) if named else ""

    said = _ESCAPE.sub(character, raw)
    # Two escapes for one character beyond the first 65,536.
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _written(translation: str, is_pattern: bool, escaped: bool) -> str:
    if is_pattern:
        translation = translation.replace("'", "''")
    written = translation.translate(_WRITTEN)
    if written.startswith(" "):
        written = f"\\{written}"
    return _NOT_ASCII.sub(_escape, written) if escaped else written


def _escape(character: re.Match[str]) -> str:
    units = character[0].encode("utf-16-be", "replace").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
