"""Where the elements of a document of XML stand in its text.

expat reads the document, and tells where it is; nothing is expanded but what stands in
attributes, where expat itself bounds it, and nothing is fetched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.tagged import Piece

__all__ = ["Element", "escaped", "read_elements", "xml_pieces"]

_TAG: Final = re.compile(r"""<(?:[^"'>]|"[^"]*"|'[^']*')*+>""")
_NOT_TEXT: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>|&(?:#\d+|#x[0-9a-fA-F]+|\w[\w.-]*);", re.DOTALL
)
_NAMED: Final = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
_DEEPEST: Final = 100


@dataclass(slots=True)
class Element:
    """An element and its places in the text.

    Attributes:
        name: Its name without its prefix.
        prefix: That prefix with its colon, or nothing.
        attributes: What its attributes say, by their names with prefixes.
        start: Where its first tag begins.
        inner: Where its content begins.
        inner_end: Where its content ends. An element of one tag has none, and all three are ends
            of that tag.
        end: Behind its last tag.
        parent: The element that it is in.
        children: The elements in it.
    """

    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    inner: int
    parent: Element | None
    inner_end: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)

    def child(self, name: str) -> Element | None:
        """Its first child of this name."""
        return next((child for child in self.children if child.name == name), None)


def read_elements(text: str) -> list[Element]:
    """All elements of a document, in the order in which they begin.

    Raises:
        BrokenDocument: It is not well-formed.
    """
    content = text.encode("utf-8", "replace")
    parser = expat.ParserCreate("utf-8")
    elements: list[Element] = []
    opened: list[Element] = []
    byte = place = 0

    def here() -> int:
        nonlocal byte, place
        index = parser.CurrentByteIndex
        if index > byte:
            place += len(content[byte:index].decode("utf-8", "replace"))
            byte = index
        return place

    def begin(name: str, attributes: dict[str, str]) -> None:
        start = here()
        tag = _TAG.match(text, start)
        prefix, colon, local = name.rpartition(":")
        parent = opened[-1] if opened else None
        inner = tag.end() if tag else start
        element = Element(local, prefix + colon, attributes, start, inner, parent)
        if parent is not None:
            parent.children.append(element)
        opened.append(element)
        elements.append(element)

    def finish(_name: str) -> None:
        element = opened.pop()
        at = here()
        if text[element.inner - 2 : element.inner] == "/>":  # one tag is all of it
            element.inner_end = element.end = element.inner
        else:
            element.inner_end, element.end = at, text.find(">", at) + 1

    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    # With a handler of its own, an entity in text is told and not expanded.
    parser.DefaultHandler = lambda _data: None
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BrokenDocument(
            f"Line {error.lineno} is no XML: {expat.errors.messages[error.code]}.",
            hint="Close each element, and write & as &amp; and < as &lt; in text.",
        ) from error
    return elements


def escaped(text: str) -> str:
    """Text as it stands between tags; what XML has no way to say is left out."""
    return html.escape(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text), quote=False)


def xml_pieces(
    text: str,
    element: Element,
    is_code: Callable[[Element], bool],
    said: Callable[[str], str] = str,
) -> Iterator[Piece]:
    """The text and marks in an element, one behind the other.

    Args:
        text: The document.
        element: The element.
        is_code: Whether an element in it stands for something as a whole, and has no text.
        said: What text says, beyond the escapes of XML.
    """
    yield from _pieces(text, element, is_code, said, 0)


def _pieces(
    text: str,
    element: Element,
    is_code: Callable[[Element], bool],
    said: Callable[[str], str],
    depth: int,
) -> Iterator[Piece]:
    at = element.inner
    for child in element.children:
        yield from _text(text[at : child.start], said)
        at = child.end
        if child.end == child.inner or depth > _DEEPEST or is_code(child):
            yield Piece(text[child.start : child.end], "alone")
            continue
        yield Piece(text[child.start : child.inner], "open", name=child.name)
        yield from _pieces(text, child, is_code, said, depth + 1)
        yield Piece(text[child.inner_end : child.end], "close", name=child.name)
    yield from _text(text[at : element.inner_end], said)


def _text(raw: str, said: Callable[[str], str]) -> Iterator[Piece]:
    """Text, with comments and entities of the document's own as marks in it."""
    at = 0
    for match in _NOT_TEXT.finditer(raw):
        if match.start() > at:
            yield Piece(raw[at : match.start()], "text", said(raw[at : match.start()]))
        at = match.end()
        if match[1] is not None:
            yield Piece(match[0], "text", said(match[1]))
        elif match[0][0] == "&" and (match[0][1] == "#" or match[0] in _NAMED):
            yield Piece(match[0], "text", html.unescape(match[0]))
        else:
            yield Piece(match[0], "alone", aside=match[0][0] == "<")
    if at < len(raw):
        yield Piece(raw[at:], "text", said(raw[at:]))
