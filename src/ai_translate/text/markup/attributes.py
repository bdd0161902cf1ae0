"""What people read or hear of a page's tags: texts in attributes, and the language it is in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ai_translate.languages import normalize
from ai_translate.text.markup.html import html_tokens
from ai_translate.text.markup.outline import outline

__all__ = ["TRANSLATABLE", "Attribute", "language_attributes", "text_attributes", "with_values"]

TRANSLATABLE: Final = ("alt", "title", "placeholder", "aria-label")
"""Attributes whose values are texts for people
(https://html.spec.whatwg.org/multipage/dom.html#translatable-attributes)."""

_NAME: Final = re.compile(r"<[^\s/>]+")
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
)
_LANGUAGES: Final = ("lang", "xml:lang")


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value of an attribute.

    Attributes:
        start: Where its value begins in the markup, behind the quotation mark if there is one.
        end: Behind it.
        quote: The quotation mark; empty if there is none.
        value: What it says.
    """

    start: int
    end: int
    quote: str
    value: str


def text_attributes(source: str) -> list[Attribute]:
    """The attributes of a page that are texts, without those of parts that are not translated."""
    return [one for name, one in _attributes(source) if name in TRANSLATABLE and one.value.strip()]


def language_attributes(source: str, language: str) -> list[Attribute]:
    """The attributes of a page that say that something is in a language.

    Args:
        source: The page.
        language: Tag of the language; `en-GB` is English, too.
    """
    primary = normalize(language).partition("-")[0]
    return [
        one
        for name, one in _attributes(source)
        if name in _LANGUAGES and one.value.strip().lower().partition("-")[0] == primary
    ]


def with_values(source: str, changes: Iterable[tuple[Attribute, str]]) -> str:
    """A page with other values of some attributes.

    Args:
        source: The page.
        changes: Attributes in the order of the page, with what each is to say.
    """
    parts: list[str] = []
    at = 0
    for attribute, value in changes:
        parts += [source[at : attribute.start], _written(source, attribute, value)]
        at = attribute.end
    return "".join([*parts, source[at:]])


def _attributes(source: str) -> Iterator[tuple[str, Attribute]]:
    for item in outline(html_tokens(source), html=True):
        tag = None if item.kept else _NAME.match(source, item.start, item.end)
        at = tag.end() if tag else item.end
        while match := _ATTRIBUTE.match(source, at, item.end):
            at = match.end()
            group = next((group for group in (2, 3, 4) if match[group] is not None), None)
            if group is not None:
                start, end = match.span(group)
                quote = {2: '"', 3: "'"}.get(group, "")
                yield match[1].lower(), Attribute(start, end, quote, html.unescape(match[group]))


def _written(source: str, attribute: Attribute, value: str) -> str:
    if value == attribute.value:
        return source[attribute.start : attribute.end]
    value = value.replace("&", "&amp;")
    if attribute.quote:
        return value.replace(attribute.quote, "&quot;" if attribute.quote == '"' else "&#39;")
    value = value.replace('"', "&quot;")
    return f'"{value}"'
