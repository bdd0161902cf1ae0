"""XML as tokens: tags, texts, and what is neither.

Only the outermost form is read (https://www.w3.org/TR/xml/#NT-content), so parts of documents and
documents with mistakes are as good as others: what is no markup is text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from ai_translate.text.markup.token import Token

__all__ = ["xml_tokens"]

_TAG: Final = re.compile(
    r"<(/?)([A-Za-z_:\u00c0-\U0001ffff][\w:.\-\u00b7]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>"
)
_REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z_][\w.-]{0,60});")
_KNOWN: Final = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
_KEPT: Final = re.compile(r"""(?:^|\s)(?:its:)?translate\s*=\s*["'](no|yes)["']""")
_CLASS: Final = re.compile(r"""(?:^|\s)class\s*=\s*["'](?:[^"']*\s)?notranslate[\s"']""")
_DECLARATION: Final = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)\b")
_IN_DECLARATION: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[\[\]>]")
_ASIDES: Final = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))


def xml_tokens(source: str) -> list[Token]:
    """The tokens of a document or of a part of one, whatever it holds."""
    return list(_tokens(source))


def _tokens(source: str) -> Iterator[Token]:
    text_from = at = 0
    # Ends that are not there are not looked for again: time would grow with the square.
    missing: set[str] = set()
    while (at := source.find("<", at)) >= 0:
        token = _aside(source, at, missing) or _tag(source, at)
        if token is None:
            at += 1
            continue
        yield from _texts(source, text_from, at)
        yield token
        at = text_from = token.end
    yield from _texts(source, text_from, len(source))


def _aside(source: str, at: int, missing: set[str]) -> Token | None:
    if source[at + 1 : at + 2] not in {"!", "?"}:
        return None
    for begin, finish in _ASIDES:
        if source.startswith(begin, at):
            found = -1 if finish in missing else source.find(finish, at + len(begin))
            if found < 0:
                missing.add(finish)
                return None
            return Token("aside", at, found + len(finish))
    if _DECLARATION.match(source, at) is None:
        return None
    end = _declaration_end(source, at)
    # One that is never closed: what follows could be a part of it or not, and stays as it is.
    return Token("aside", at, len(source) if end is None else end)


def _declaration_end(source: str, at: int) -> int | None:
    """Behind a document type declaration, whose inner part may hold declarations of its own."""
    inner = 0
    for sign in _IN_DECLARATION.finditer(source, at):
        inner += {"[": 1, "]": -1}.get(sign[0], 0)
        if sign[0] == ">" and inner <= 0:
            return sign.end()
    return None


def _tag(source: str, at: int) -> Token | None:
    match = _TAG.match(source, at)
    if match is None:
        return None
    closing, name, rest = match.groups()
    if closing:
        return Token("close", at, match.end(), name)
    kept = None
    if "translate" in rest:
        said = _KEPT.search(rest)
        kept = said[1] == "no" if said else (True if _CLASS.search(rest) else None)
    kind = "empty" if rest.endswith("/") else "open"
    return Token(kind, at, match.end(), name, kept=kept)  # type: ignore[arg-type]  # one of two


def _texts(source: str, start: int, end: int) -> Iterator[Token]:
    for match in _REFERENCE.finditer(source, start, end):
        if match.start() > start:
            yield Token("text", start, match.start(), text=source[start : match.start()])
        start = match.end()
        known = match[0] in _KNOWN or match[0].startswith("&#")
        # What a document declares itself is not known here and passes as it is.
        said = html.unescape(match[0]) if known else ""
        yield Token("reference", match.start(), start, text=said)
    if start < end:
        yield Token("text", start, end, text=source[start:end])
