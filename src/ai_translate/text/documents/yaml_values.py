"""YAML: the strings that are values.

A translation is written in the style that its source has, if that can say it, and else in double
quotes. Whether it can is asked of the reader: what it does not read as the translation is not
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.yaml_scalars import Scalar, is_one_value, scalars
from ai_translate.text.words import has_words

__all__ = ["open_yaml", "place_of_scalar"]

_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x00": "\\0",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
# What cannot stand in a document, or would not be read as it was written.
_UNPRINTABLE: Final = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]'
)
_NOT_ASCII: Final = re.compile('[^\x20-\x7e]|["\\\\]')
_HEADER: Final = re.compile(r"[|>][^\r\n]*(?:\r\n|\r|\n)")
_TRAILING: Final = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*[ \t]*\Z")


def open_yaml(content: bytes, _reading: Reading) -> Spliced:
    """A document of YAML, or several in one file.

    Raises:
        BrokenDocument: It is no YAML.
    """
    source = Source.of(content)
    ascii_only = source.text.isascii() and re.search(r"\\[uU]", source.text) is not None
    places = (place_of_scalar(source.text, found, 0, ascii_only) for found in scalars(source.text))
    return Spliced("application/yaml", source, tuple(place for place in places if place))


def place_of_scalar(
    text: str, scalar: Scalar, moved: int, ascii_only: bool = False
) -> Place | None:
    """Where a scalar stands, if it has words.

    Args:
        text: What it was found in.
        scalar: What was found.
        moved: How far into the document that text begins.
        ascii_only: Whether only ASCII may be written in double quotes.
    """
    if not has_words(scalar.said):
        return None
    raw = text[scalar.start : scalar.end]
    write = partial(_written, raw=raw, scalar=scalar, ascii_only=ascii_only)
    return Place(moved + scalar.start, moved + scalar.end, Part(scalar.said), write)


def _written(translation: str, raw: str, scalar: Scalar, ascii_only: bool) -> str:
    if scalar.style in ("|", ">"):
        return _block(translation, raw, scalar, ascii_only)
    for written in _flow(translation, scalar.style):
        if is_one_value(written, translation):
            return written
    return _double_quoted(translation, ascii_only)


def _flow(translation: str, style: str) -> Iterator[str]:
    if "\n" not in translation and "\r" not in translation:
        if style == "":
            yield translation
        elif style == "'":
            yield "'" + translation.replace("'", "''") + "'"


def _double_quoted(text: str, ascii_only: bool) -> str:
    return f'"{(_NOT_ASCII if ascii_only else _UNPRINTABLE).sub(_escape, text)}"'


def _escape(character: re.Match[str]) -> str:
    code = ord(character[0])
    return _ESCAPES.get(character[0]) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _block(translation: str, raw: str, scalar: Scalar, ascii_only: bool) -> str:
    """A block under the header that was there, as far in, with the blank lines that followed it."""
    header = _HEADER.match(raw)
    trailing = _TRAILING.search(raw)
    if header is None or trailing is None:
        return _double_quoted(translation, ascii_only)
    body = raw[header.end() : trailing.start()]
    line_end = "\r\n" if header[0].endswith("\r\n") else "\n"
    indent = _indent(body, scalar.said)
    said = translation.rstrip("\n")
    lines = said.split("\n")
    literal = header[0].replace(">", "|", 1)
    folded = re.sub(r"\n(\n*)", r"\n\n\1", said).split("\n")
    attempts = [(literal, lines)]
    if scalar.style == ">":
        attempts.insert(0, (header[0], folded))
    for head, written in attempts if said else ():
        block = head + line_end.join(f"{indent}{line}" if line else "" for line in written)
        if _is_block(block, said, indent, head):
            return block + trailing[0]
    kept = scalar.said[len(scalar.said.rstrip("\n")) :]
    return _double_quoted(said + kept, ascii_only) + trailing[0]


def _indent(body: str, said: str) -> str:
    """How far in a block stands: what its first line has before what it says."""
    first = next((line for line in body.splitlines() if line.strip()), "")
    own = next((line for line in said.splitlines() if line.strip()), "")
    width = len(first) - len(first.lstrip(" ")) - (len(own) - len(own.lstrip(" ")))
    return " " * max(width, 1)


def _is_block(block: str, said: str, indent: str, head: str) -> bool:
    if any(sign.isdigit() for sign in head.partition("#")[0]):
        # The header says how far in the block stands from what it is in: so be it here.
        block = re.sub(r"\d", str(len(indent)), head, count=1) + block[len(head) :]
        if len(indent) > 9:
            return False
    try:
        return [scalar.said.rstrip("\n") for scalar in scalars(f"k: {block}\n")] == [said]
    except BrokenDocument:
        return False
