"""Translators that are no translators: one that changes nothing, one that changes all text."""

from __future__ import annotations

import re
from collections.abc import Callable

from ai_translate.text.documents.opening import open_document
from ai_translate.text.documents.protocol import Part, Reading

__all__ = ["changed", "said", "same"]

_DEFAULT = Reading()


def said(name: str, content: bytes, reading: Reading = _DEFAULT) -> list[str]:
    """The parts of a document; those with elements in them begin with their format."""
    parts = open_document(name, content, reading).parts
    return [part.text if part.format == "text" else f"{part.format}:{part.text}" for part in parts]


def same(name: str, content: bytes, reading: Reading = _DEFAULT) -> bytes:
    """What a translator leaves that gives every part back as it got it."""
    document = open_document(name, content, reading)
    return document.written([part.text for part in document.parts])


def changed(
    name: str,
    content: bytes,
    change: Callable[[str], str] = str.upper,
    reading: Reading = _DEFAULT,
) -> bytes:
    """What a translator leaves that changes all text, and no element."""
    document = open_document(name, content, reading)
    return document.written([_changed(part, change) for part in document.parts])


def _changed(part: Part, change: Callable[[str], str]) -> str:
    if part.format == "text":
        return change(part.text)
    pieces = re.split(r"(<[^<>]*>|&\w+;)", part.text)
    return "".join(p if p[:1] in "<&" and p else change(p) if p else p for p in pieces)
