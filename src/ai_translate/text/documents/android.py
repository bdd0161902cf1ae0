"""Resources of Android: strings, elements of arrays and quantities.

Names, comments and what is not translatable stay, and so do arguments in `xliff:g`. The escapes of
Android are read and written beside those of XML.
"""

from __future__ import annotations

import re
from typing import Final

from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.tagged import joined, place_of
from ai_translate.text.documents.xml_encoding import xml_source
from ai_translate.text.documents.xml_tree import Element, escaped, read_elements, xml_pieces
from ai_translate.text.words import has_words

__all__ = ["open_android"]

_ESCAPE: Final = re.compile(r'\\u([0-9a-fA-F]{4})|\\([\s\S])|("(?:[^"\\]|\\[\s\S])*+")|\s+')
_INSIDE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\([\s\S])|(\Z\A)")
_NAMED: Final = {"n": "\n", "t": "\t"}
_SPECIAL: Final = re.compile(r"[\\'\"\n\t\r]|^[@?]|^ | $| (?= )")
_WRITTEN: Final = {"\n": "\\n", "\t": "\\t", "\r": "", " ": "\\u0020"}
_CDATA: Final = re.compile(r"\s*<!\[CDATA\[((?:(?!\]\]>)[\s\S])*)\]\]>\s*")
_QUOTED: Final = re.compile(r'\s*"(?:[^"\\<&]|\\[\s\S])*"\s*')
_REFERENCE: Final = re.compile(r"\s*[@?][\w.:+/*-]+\s*")
_TAG: Final = re.compile("<[A-Za-z/]")


def open_android(content: bytes, _reading: Reading) -> Spliced:
    """The values of an application for Android, such as `strings.xml`.

    Raises:
        BrokenDocument: It is no XML.
    """
    source = xml_source(content)
    places = (
        _place(source.text, element) for element in read_elements(source.text) if _is_value(element)
    )
    return Spliced("application/xml", source, tuple(place for place in places if place))


def _is_value(element: Element) -> bool:
    parent = element.parent
    if parent is None or "false" in (
        element.attributes.get("translatable"),
        parent.attributes.get("translatable"),
    ):
        return False
    if element.name == "string":
        return parent.name == "resources"
    return element.name == "item" and parent.name in ("plurals", "string-array")


def _place(text: str, element: Element) -> Place | None:
    raw = text[element.inner : element.inner_end]
    if _REFERENCE.fullmatch(raw):
        return None
    if match := _CDATA.fullmatch(raw):
        said = _said(match[1])
        part = Part(said, "html" if _TAG.search(said) else "text")
        start, end = element.inner + match.start(1), element.inner + match.end(1)
        return Place(start, end, part, _in_cdata) if has_words(said) else None
    if _QUOTED.fullmatch(raw):
        said = _said(raw.strip())
        start = element.inner + raw.index('"') + 1
        end = element.inner + raw.rindex('"')
        return Place(start, end, Part(said), _in_text) if has_words(said) else None
    pieces = list(xml_pieces(text, element, _is_argument, _said))
    return place_of(element.inner, pieces, joined(_in_text))


def _is_argument(element: Element) -> bool:
    return element.name == "g" and element.prefix != ""


def _said(raw: str) -> str:
    """What text says: escapes read, and blanks outside of quotes joined."""
    said = _ESCAPE.sub(_character, raw)
    # Two escapes for one character beyond the first 65,536; a half of one is no text.
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(match: re.Match[str]) -> str:
    code, named, quoted = match.groups()
    if quoted:
        return _INSIDE.sub(_character, quoted[1:-1])
    if code:
        return chr(int(code, 16))
    return _NAMED.get(named, named) if named else " "


def _with_escapes(translation: str) -> str:
    return _SPECIAL.sub(lambda m: _WRITTEN.get(m[0], f"\\{m[0]}"), translation)


def _in_text(translation: str) -> str:
    return escaped(_with_escapes(translation))


def _in_cdata(translation: str) -> str:
    return _with_escapes(translation).replace("]]>", "]]]]><![CDATA[>")
