"""HTML as tokens, by the rules of its standard (https://html.spec.whatwg.org/#tokenization).

The library `turbohtml` reads it, in time that grows as the text does whatever it holds; see ADR
0014. It tells where each token begins; this module makes places in the text of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import turbohtml

from ai_translate.text.markup.token import Kind, Token
from ai_translate.text.markup.vocabulary import VOID

__all__ = ["html_tokens"]

_KINDS: Final[dict[turbohtml.TokenType, Kind]] = {
    turbohtml.TokenType.TEXT: "text",
    turbohtml.TokenType.CHARACTER_REFERENCE: "reference",
    turbohtml.TokenType.START_TAG: "open",
    turbohtml.TokenType.END_TAG: "close",
}
# An end tag without a name is ignored, and what stands around it is one text.
_NAMELESS: Final = "</>"


def html_tokens(source: str) -> list[Token]:
    """The tokens of a page or of a part of one, whatever it holds."""
    # A carriage return is white space, but would be counted together with what follows it.
    read = source.replace("\r", " ")
    tokens = list(turbohtml.tokenize(read, resolve_references=False, capture_source=True))
    if not tokens:
        return [Token("aside", 0, len(source))] if source else []
    lines = [0]
    while found := read.find("\n", lines[-1]) + 1:
        lines.append(found)
    starts = [lines[token.line - 1] + token.col for token in tokens]
    last = tokens[-1]
    end = starts[-1] + len(last.source or last.data or "")
    made: list[Token] = []
    for token, start, behind in zip(tokens, starts, [*starts[1:], end], strict=True):
        kind = _KINDS.get(token.type, "aside")
        if kind == "text":
            made += _texts(source, start, behind)
        elif kind == "open":
            name = token.tag or ""
            kept = _kept(token) if "translate" in (token.source or "").lower() else None
            made.append(Token("empty" if name in VOID else kind, start, behind, name, kept=kept))
        else:
            made.append(Token(kind, start, behind, token.tag or "", token.data or ""))
    if end < len(source):
        # A tag that is never finished: no part of the page to any reader.
        made.append(Token("aside", end, len(source)))
    return made


def _texts(source: str, start: int, end: int) -> Iterator[Token]:
    while (found := source.find(_NAMELESS, start, end)) >= 0:
        if found > start:
            yield Token("text", start, found, text=source[start:found])
        start = found + len(_NAMELESS)
        yield Token("aside", found, start)
    if start < end:
        yield Token("text", start, end, text=source[start:end])


def _kept(token: turbohtml.Token) -> bool | None:
    """As `translate` or the customary class says; see the standard's section on `translate`."""
    if "notranslate" in (token.attr("class") or "").split():
        return True
    value = token.attr("translate")
    if value is None:
        return None
    return {"no": True, "yes": False, "": False}.get(value.strip().lower())
