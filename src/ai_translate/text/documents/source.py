"""The text of a document and how it was encoded, so that it can be encoded so again."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final, Literal

from ai_translate.errors import BrokenDocument

__all__ = ["Source", "line_of"]

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Codecs of Python that are no encodings of documents: slow, or not exact on the way back.
_NONE: Final = {
    "idna",
    "punycode",
    "raw_unicode_escape",
    "rot13",
    "undefined",
    "unicode_escape",
    "utf_7",
}


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a document.

    Attributes:
        text: All of it, line ends as they are, without the byte order mark.
        encoding: What Python calls its encoding.
        mark: The byte order mark that it began with, or nothing.
        missing: What becomes of characters that the encoding lacks: `strict` refuses them, and
            `xmlcharrefreplace` writes their numbers.
    """

    text: str
    encoding: str
    mark: bytes = b""
    missing: Literal["strict", "xmlcharrefreplace"] = "strict"

    @classmethod
    def of(cls, content: bytes, encoding: str = "utf-8") -> Source:
        """Decodes a document.

        Args:
            content: Its bytes. A byte order mark overrules the encoding; so do the NULs of
                UTF-16 that has none.
            encoding: What it is in otherwise.

        Raises:
            BrokenDocument: The bytes are not in this encoding, or it is not known.
        """
        mark = next((known for known in _MARKS if content.startswith(known[0])), None)
        if mark is not None:
            return cls(_decoded(content[len(mark[0]) :], mark[1]), mark[1], mark[0])
        if len(content) % 2 == 0 and content[:2].count(0) == 1 and content[:4].count(0) == 2:
            encoding = "utf-16-be" if content[0] == 0 else "utf-16-le"
        return cls(_decoded(content, encoding), encoding)

    def encoded(self, text: str) -> bytes:
        """Another text in this encoding.

        Raises:
            BrokenDocument: The encoding lacks some of its characters.
        """
        # UTF lacks nothing but lone surrogates.
        missing = "replace" if self.encoding.startswith("utf") else self.missing
        try:
            return self.mark + text.encode(self.encoding, missing)
        except UnicodeEncodeError as error:
            raise BrokenDocument(
                f"The document is in {self.encoding.upper()}, which lacks characters of its"
                f" translation: {text[error.start]!r}.",
                hint="Save the document as UTF-8.",
            ) from error


def line_of(text: str, place: int) -> int:
    """The number of the line, from 1, in which a character stands."""
    return text.count("\n", 0, place) + 1


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding) if _is_of_documents(encoding) else None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenDocument(
            f"Line {line} is not {encoding.upper()}: byte 0x{content[error.start]:02x}.",
            hint="Save the document as UTF-8.",
        ) from error
    if text is None or (encoding != "utf-8" and text.encode(encoding) != content):
        raise BrokenDocument(
            f"The document says it is in {encoding[:40]!r}, which cannot be read and written.",
            hint="Save the document as UTF-8, and let it say so.",
        )
    return text


def _is_of_documents(encoding: str) -> bool:
    try:
        "".encode(encoding)  # fails for codecs that are not of text, such as zlib
        return codecs.lookup(encoding).name.replace("-", "_") not in _NONE
    except (LookupError, ValueError):
        return False
