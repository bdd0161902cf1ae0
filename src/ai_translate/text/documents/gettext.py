"""Catalogues of gettext: what has no translation yet, or a doubtful one.

The catalogue's `msgid` is translated into its `msgstr`, where that is empty or the entry is marked
fuzzy. Of plural forms the first is translated from `msgid`, all others from `msgid_plural`. The
header, comments, obsolete entries and translations that are there stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NoReturn

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source, line_of
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.words import has_words

__all__ = ["open_po"]

_CHARSET: Final = re.compile(rb"charset=([\w.:-]{1,40})")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_STRING: Final = r'"(?:[^"\\\r\n]|\\.)*+"'
_FIELD: Final = re.compile(
    rf"\s*(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s*({_STRING})\s*\Z"
)
_CONTINUED: Final = re.compile(rf"\s*({_STRING})\s*\Z")
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))")
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_WRITTEN: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', **{sign: f"\\{name}" for name, sign in _NAMED.items()}}
)
_WIDTH: Final = 76


@dataclass(slots=True)
class _Field:
    """A string of an entry: where it stands, from its first quote to its last, and what it says."""

    start: int
    end: int
    said: str


@dataclass(slots=True)
class _Entry:
    fields: dict[str, _Field] = field(default_factory=dict)
    is_fuzzy: bool = False


def open_po(content: bytes, _reading: Reading) -> Spliced:
    """A catalogue of gettext.

    Raises:
        BrokenDocument: It is none, or is not in the encoding that its header names.
    """
    charset = _CHARSET.search(content)
    encoding = charset[1].decode("ascii").lower() if charset else "utf-8"
    source = Source.of(content, "utf-8" if encoding in {"charset", "utf8"} else encoding)
    places = (place for entry in _entries(source.text) for place in _places(source.text, entry))
    return Spliced("text/x-gettext-translation", source, tuple(places))


def _entries(text: str) -> Iterator[_Entry]:
    entry, last = _Entry(), ""
    at = 0
    for line in _LINE.finditer(text):
        at, stripped = line.start(), line[0].strip()
        if not stripped:
            continue
        if stripped.startswith("#"):
            if "msgid" in entry.fields:
                yield entry
                entry, last = _Entry(), ""
            entry.is_fuzzy |= stripped.startswith("#,") and "fuzzy" in stripped
        elif named := _FIELD.match(line[0]):
            if named[1] in ("msgctxt", "msgid") and named[1] in entry.fields | _after(entry):
                yield entry
                entry = _Entry()
            last = named[1]
            start, end = named.span(2)
            entry.fields[last] = _Field(at + start, at + end, _said(named[2]))
        elif last and (continued := _CONTINUED.match(line[0])):
            entry.fields[last].end = at + continued.end(1)
            entry.fields[last].said += _said(continued[1])
        else:
            _fail(text, at)
    yield entry


def _after(entry: _Entry) -> dict[str, None]:
    """What begins another entry, once this one has its `msgid`."""
    return {"msgctxt": None} if "msgid" in entry.fields else {}


def _places(text: str, entry: _Entry) -> Iterator[Place]:
    singular = entry.fields.get("msgid")
    plural = entry.fields.get("msgid_plural")
    targets = {key: f for key, f in entry.fields.items() if key.startswith("msgstr")}
    if singular is None or not targets:
        return
    for key, target in targets.items():
        asked = plural if plural and key not in ("msgstr", "msgstr[0]") else singular
        if (target.said and not entry.is_fuzzy) or not has_words(asked.said):
            continue
        yield Place(
            target.start,
            target.end,
            Part(asked.said),
            partial(_written, said=asked.said, raw=text[asked.start : asked.end]),
            always=target.said != asked.said,
        )


def _said(quoted: str) -> str:
    return _ESCAPE.sub(_character, quoted[1:-1]) if "\\" in quoted else quoted[1:-1]


def _character(escape: re.Match[str]) -> str:
    octal, hexadecimal, named = escape.groups()
    if named:
        return _NAMED.get(named, named)
    return chr(int(octal, 8) if octal else int(hexadecimal, 16))


def _written(translation: str, said: str, raw: str) -> str:
    """A translation in quotes, in as many lines as its own line ends and a usual width want."""
    if translation == said:
        return raw
    lines = [line for line in re.split(r"(?<=\n)", translation) if line]
    wraps = len(lines) > 1 or "\n" in raw or "\r" in raw
    if not wraps:
        return f'"{translation.translate(_WRITTEN)}"'
    line_end = "\r\n" if "\r\n" in raw else "\n"
    wrapped = [f'"{part.translate(_WRITTEN)}"' for line in lines for part in _wrapped(line)]
    return line_end.join(['""', *wrapped])


def _wrapped(line: str) -> Iterator[str]:
    part = ""
    for word in re.findall(r"\S*\s*", line):
        if part and len(part) + len(word.rstrip()) > _WIDTH:
            yield part
            part = ""
        part += word
    yield part


def _fail(text: str, at: int) -> NoReturn:
    raise BrokenDocument(
        f"Line {line_of(text, at)} is no line of a catalogue of gettext.",
        hint='A line has a comment, msgid, msgstr or a string that begins and ends with ".',
    )
