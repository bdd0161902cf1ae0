"""XML of documents, read as events that say where each element stands, within bounds.

expat tells the place of each event in bytes, so that texts can be exchanged and every other byte
stays. What could make a small file large is refused when it comes: a DOCTYPE (and so every
entity), elements in elements without end, names and attributes without end.
"""

from __future__ import annotations

import re
from typing import Final, Protocol
from xml.parsers import expat

from ai_translate.errors import BrokenDocument

__all__ = ["Listener", "end_of_tag", "prefix_at", "walk", "xml_text"]

_MOST_DEPTH: Final = 200
_MOST_NAMES: Final = 5_000
_MOST_ATTRIBUTES: Final = 500
_MOST_ADDRESS: Final = 500
# One tag, comment or instruction. Old drawings keep whole pictures in an attribute.
_MOST_TOKEN: Final = 4 << 20
_CHUNK: Final = 1 << 18
_ENCODINGS: Final = {"utf-8", "utf-16", "us-ascii"}

# Those whose elements are looked at, by the prefix that they have in our code. Each vocabulary of
# Office has an address of ECMA-376's first edition and one of its strict form.
_PREFIXES: Final = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "s",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "s",
    "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments": "tc",
    "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
_TAG: Final = re.compile(rb"<(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+>")
_PREFIX: Final = re.compile(rb"<([^\s/>:]++:)?")
# What XML 1.0 cannot hold, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Listener(Protocol):
    """What is told of each element. Names have our prefixes, `w:p`; foreign ones begin with `?`."""

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        """An element begins, its tag at this byte."""

    def end(self, name: str, inner: int, end: int) -> None:
        """It ends: its content before one byte, its last tag before another."""

    def text(self, text: str) -> None:
        """A piece of text."""


def walk(name: str, data: bytes, listener: Listener) -> None:
    """Tells a listener what a file holds.

    Args:
        name: What messages call it.
        data: It, in UTF-8.
        listener: What it raises comes through.

    Raises:
        BrokenDocument: It is no XML, or over a bound.
    """
    _Walk(name, data, listener).run()


def end_of_tag(data: bytes, at: int) -> int:
    """Where the tag that begins at this byte ends. What was walked over is well-formed."""
    match = _TAG.match(data, at)
    return match.end() if match else at


def prefix_at(data: bytes, at: int) -> bytes:
    """The prefix of the tag that begins at this byte, with its colon; empty if it has none."""
    match = _PREFIX.match(data, at)
    return match[1] or b"" if match else b""


def xml_text(text: str) -> str:
    """A text as it stands in XML; characters that XML cannot hold are left out."""
    text = _NOT_XML.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Walk:
    def __init__(self, name: str, data: bytes, listener: Listener) -> None:
        self._name = name
        self._data = data
        self._listener = listener
        self._short: dict[str, str] = {}
        self._depth = 0
        self._fresh = False  # whether nothing but the start of an element came last
        # Without interning: our own table of names is bounded, the parser's would not be.
        self._parser = parser = expat.ParserCreate("UTF-8", " ", None)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._namespace
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def run(self) -> None:
        parser, data = self._parser, self._data
        try:
            for at in range(0, len(data), _CHUNK):
                parser.Parse(data[at : at + _CHUNK], False)
                if at + _CHUNK - parser.CurrentByteIndex > _MOST_TOKEN:
                    raise self._bad(f"a tag in it has more than {_MOST_TOKEN} bytes")
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._bad(f"line {error.lineno} is no XML ({error})") from error

    def _doctype(self, *_: object) -> None:
        raise self._bad("it has a DOCTYPE, which documents do not")

    def _namespace(self, _: str | None, address: str | None) -> None:
        if address and len(address) > _MOST_ADDRESS:
            raise self._bad("the address of a vocabulary has no end")

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding and encoding.lower() not in _ENCODINGS:
            raise self._bad(f"its encoding is {encoding[:40]!r}, and neither UTF-8 nor UTF-16")

    def _start(self, full: str, pairs: list[str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._bad(f"more than {_MOST_DEPTH} elements stand in each other")
        if len(pairs) > 2 * _MOST_ATTRIBUTES:
            raise self._bad(f"an element has more than {_MOST_ATTRIBUTES} attributes")
        name = self._short.get(full) or self._shortened(full)
        found = iter(pairs)
        attributes = {self._short.get(key) or self._shortened(key): next(found) for key in found}
        self._fresh = True
        self._listener.start(name, attributes, self._parser.CurrentByteIndex)

    def _end(self, full: str) -> None:
        self._depth -= 1
        at = self._parser.CurrentByteIndex
        # expat reports `<a/>` as a start at its first byte and an end behind its last.
        if self._fresh and self._data[at - 2 : at] == b"/>":
            self._listener.end(self._short[full], at, at)
        else:
            self._listener.end(self._short[full], at, self._data.index(b">", at) + 1)
        self._fresh = False

    def _text(self, text: str) -> None:
        self._fresh = False
        self._listener.text(text)

    def _shortened(self, full: str) -> str:
        if len(self._short) >= _MOST_NAMES:
            raise self._bad(f"it has more than {_MOST_NAMES} names of elements and attributes")
        address, space, local = full.rpartition(" ")
        short = f"{_PREFIXES.get(address, '?')}:{local}" if space else full
        self._short[full] = short
        return short

    def _bad(self, what: str) -> BrokenDocument:
        return BrokenDocument(
            f"{self._name} in the document cannot be read: {what}.",
            hint="Open it in the program that wrote it and save it anew.",
        )
