"""Documents that are one part: plain text, and markup, which the translator itself takes apart."""

from __future__ import annotations

from ai_translate.text.documents.protocol import Format, Part, Reading
from ai_translate.text.documents.source import Source
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.xml_encoding import xml_source

__all__ = ["open_html", "open_text", "open_xml"]


def open_text(content: bytes, _reading: Reading) -> Spliced:
    """Plain text."""
    return _whole("text/plain", Source.of(content), "text")


def open_html(content: bytes, _reading: Reading) -> Spliced:
    """A page of HTML."""
    return _whole("text/html", Source.of(content), "html")


def open_xml(content: bytes, _reading: Reading) -> Spliced:
    """XML of a vocabulary that has no kind of its own."""
    return _whole("application/xml", xml_source(content), "xml")


def _whole(media_type: str, source: Source, markup: Format) -> Spliced:
    text = source.text
    places = (Place(0, len(text), Part(text, markup)),) if text.strip() else ()
    return Spliced(media_type, source, places)
