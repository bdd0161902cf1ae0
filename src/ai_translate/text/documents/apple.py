"""Strings of iOS and macOS: the values of `.strings`, and the plural forms of `.stringsdict`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NoReturn

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source, line_of
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.tagged import joined, place_of
from ai_translate.text.documents.xml_encoding import xml_source
from ai_translate.text.documents.xml_tree import Element, escaped, read_elements, xml_pieces
from ai_translate.text.words import has_words

__all__ = ["open_strings", "open_stringsdict"]

_STRING: Final = r'"((?:[^"\\]|\\[\s\S])*+)"'
_KEY: Final = re.compile(rf"{_STRING}|[\w.$:/-]+")
_VALUE: Final = re.compile(_STRING)
_BETWEEN: Final = re.compile(r"(?:\s|/\*.*?\*/|//[^\r\n]*)*+", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:[uU]([0-9a-fA-F]{4})|([0-7]{3})|([\s\S]))")
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r"}
_WRITTEN: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_LONE: Final = re.compile("[\ud800-\udfff]")
_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})


def open_strings(content: bytes, _reading: Reading) -> Spliced:
    """Strings of an application, in UTF-8 or UTF-16, or as a property list of XML.

    Raises:
        BrokenDocument: They are not such, or in the binary form.
    """
    if content.startswith(b"bplist"):
        raise BrokenDocument(
            "The strings are in the binary form that applications are built with.",
            hint="Send the source, or convert it: plutil -convert xml1.",
        )
    source = Source.of(content)
    if source.text.lstrip().startswith("<"):
        return _property_list(content, None)
    return Spliced("text/plain", source, tuple(_places(source.text)))


def open_stringsdict(content: bytes, _reading: Reading) -> Spliced:
    """Strings that depend on numbers: their plural forms.

    Raises:
        BrokenDocument: It is no XML.
    """
    return _property_list(content, _FORMS)


def _places(text: str) -> Iterator[Place]:
    at = _after_blanks(text, 0)
    while at < len(text):
        key = _KEY.match(text, at)
        if key is None:
            _fail(text, at, "a key")
        at = _after_blanks(text, key.end())
        if text[at : at + 1] == "=":
            at = _after_blanks(text, at + 1)
            value = _VALUE.match(text, at) or _KEY.match(text, at)
            if value is None:
                _fail(text, at, "a value in double quotes")
            said = _ESCAPE.sub(_character, value[1] or "")
            if has_words(said) and not _LONE.search(said):
                yield Place(value.start(1), value.end(1), Part(said), _written)
            at = _after_blanks(text, value.end())
        if text[at : at + 1] != ";":
            _fail(text, at, "a semicolon")
        at = _after_blanks(text, at + 1)


def _property_list(content: bytes, keys: frozenset[str] | None) -> Spliced:
    source = xml_source(content)
    places: list[Place] = []
    for element in read_elements(source.text):
        if element.name != "dict":
            continue
        key = ""
        for child in element.children:
            if child.name == "key":
                key = source.text[child.inner : child.inner_end].strip()
            elif child.name == "string" and (keys is None or key in keys):
                pieces = list(xml_pieces(source.text, child, _is_code))
                place = place_of(child.inner, pieces, joined(escaped))
                places += [place] if place else []
    return Spliced("application/x-plist", source, tuple(sorted(places, key=lambda p: p.start)))


def _is_code(_element: Element) -> bool:
    return True


def _character(escape: re.Match[str]) -> str:
    code, octal, named = escape.groups()
    if named:
        return _NAMED.get(named, named)
    return chr(int(code, 16) if code else int(octal, 8))


def _written(translation: str) -> str:
    return translation.translate(_WRITTEN)


def _after_blanks(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _fail(text: str, at: int, expected: str) -> NoReturn:
    found = repr(text[at]) if at < len(text) else "the end"
    raise BrokenDocument(
        f"Line {line_of(text, at)} is not as strings are: {expected} was expected, not {found}.",
        hint='A line reads "key" = "value"; and a comment stands between /* and */.',
    )
