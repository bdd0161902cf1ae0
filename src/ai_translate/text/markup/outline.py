"""What each token of markup is to the sentences around it.

Elements of blocks end a sentence. Elements within a line are tags of it, as long as start and end
belong together; a tag that has no partner, or is one of too many, ends a sentence as well. So what
is wrong in a page stays as it was, and what is right around it is translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from ai_translate.text.markup.token import Token
from ai_translate.text.markup.vocabulary import (
    BREAKING_XML,
    INLINE,
    NOUNS,
    NOUNS_XML,
    OPAQUE,
    POINTS,
    POINTS_XML,
    VOID,
)

__all__ = ["Item", "Role", "outline", "paired", "paragraphs"]

Role = Literal["text", "open", "close", "point", "noun", "code", "kept", "break"]
"""Text; the tags of an element; what stands between words; what stands for a word: an image, code,
what is not to be translated; and what ends a sentence."""

_DEEPEST: Final = 40
_MOST_TAGS: Final = 200
_LONGEST_NOTE: Final = 8  # tokens
_BEFORE_NOTE: Final = re.compile(r"(?:[^\W\d_]{4}|[^\w\s])\Z")
_RAW: Final = frozenset({"script", "style", "textarea", "xmp", "plaintext", "iframe", "noscript"})
_INLINE_OPAQUE: Final = frozenset({"code", "kbd", "samp", "var", "svg", "math"})


@dataclass(frozen=True, slots=True)
class Item:
    """Some tokens that are one thing to a sentence.

    Attributes:
        role: What they are to it.
        start: Where they begin in the markup.
        end: Behind them.
        name: Of the element.
        text: What they say, of text.
        kept: Whether nothing in it is to be translated, not even an attribute.
    """

    role: Role
    start: int
    end: int
    name: str = ""
    text: str = ""
    kept: bool = False


def paragraphs(tokens: Sequence[Token], *, html: bool) -> Iterator[list[Item]]:
    """What is to be taken apart into sentences, each without a break in it.

    Args:
        tokens: All of the markup.
        html: Whether elements are those of HTML. In XML those count as parts of a sentence that
            stand beside text, or inside one that does.
    """
    gathered: list[Item] = []
    for item in outline(tokens, html=html):
        if item.role == "break":
            yield from _whole(gathered)
            gathered = []
        else:
            gathered.append(item)
    yield from _whole(gathered)


def outline(tokens: Sequence[Token], *, html: bool) -> Iterator[Item]:
    """What each token is to the sentences around it, in order. See `paragraphs`."""
    inline = None if html else _beside_text(tokens)
    partners = _partners(tokens)
    translated = list(accumulate((token.kept is False for token in tokens), initial=0))
    ends = [(0, len(tokens), False)]  # ranges of tokens that are left, and whether they are kept
    while ends:
        at, end, kept = ends.pop()
        while at < end:
            token = tokens[at]
            beside = None if inline is None else inline[at]
            if kept:
                # Inside what is not translated, an element may say that it is.
                if token.kept is False and at in partners:
                    yield Item("break", token.start, token.end, kept=True)
                    ends += [(partners[at], end, True), (at + 1, partners[at], False)]
                    break
                yield Item("break", token.start, token.end, kept=True)
                at += 1
            elif token.kind == "open" and _is_opaque(token, html=inline is None):
                last = _last(tokens, at, partners)
                if translated[at + 1] < translated[last]:
                    ends += [(last, end, False), (at, last, True)]
                    break
                yield _opaque(token, tokens[last - 1].end, beside)
                at = last
            elif (note := _note(tokens, at, partners)) is not None:
                yield Item("point", token.start, tokens[note].end, token.name)
                at = note + 1
            else:
                yield _item(token, beside)
                at += 1


def _is_opaque(token: Token, *, html: bool) -> bool:
    if token.kept is not None:
        return token.kept
    return token.name in OPAQUE if html else token.name in NOUNS_XML | POINTS_XML


def _opaque(token: Token, end: int, inline: bool | None) -> Item:
    html = inline is None
    role: Role = "break"
    if token.name in (POINTS if html else POINTS_XML):
        role = "point"
    elif token.name in (NOUNS if html else NOUNS_XML):
        role = "noun"
    elif html and token.name in _INLINE_OPAQUE:
        role = "code"
    elif token.kept and (token.name in INLINE if html else inline):
        role = "kept"
    return Item(role, token.start, end, token.name, kept=True)


def _note(tokens: Sequence[Token], at: int, partners: dict[int, int]) -> int | None:
    """The last token of a note's sign (`word<sup>[1]</sup>`), which is no part of the word."""
    if tokens[at].name != "sup" or at not in partners or at == 0:
        return None
    last = partners[at]
    inner = tokens[at + 1 : min(last, at + _LONGEST_NOTE)]
    if last - at > _LONGEST_NOTE or any(letter.isalpha() for one in inner for letter in one.text):
        return None
    return last if _BEFORE_NOTE.search(tokens[at - 1].text[-8:]) else None


def _item(token: Token, inline: bool | None) -> Item:
    html = inline is None
    role: Role = "break"
    if token.kind in {"text", "reference"}:
        role = "text"
    elif token.kind == "aside" or token.name in (POINTS if html else POINTS_XML):
        role = "point"
    elif token.kind == "empty":
        if token.name in (NOUNS if html else NOUNS_XML):
            role = "noun"
        elif inline and token.name not in BREAKING_XML:
            role = "point"
    elif token.name in INLINE if html else inline:
        role = "open" if token.kind == "open" else "close"
    return Item(role, token.start, token.end, token.name, token.text)


def _last(tokens: Sequence[Token], at: int, partners: dict[int, int]) -> int:
    """Behind the last token of an opaque element, whether it is closed or not."""
    if at in partners:
        return partners[at] + 1
    name = tokens[at].name
    if name in _RAW or name == "pre":
        return len(tokens)
    last = at + 1
    if tokens[at].kept:
        # It ends where its own kind, or a block, begins or ends.
        while last < len(tokens) and (
            tokens[last].kind in {"text", "reference", "aside"} or tokens[last].name in INLINE
        ):
            last += 1
    return last


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """For each start tag that has one, its end tag: the next of its name that is left."""
    opened: dict[str, list[int]] = {}
    found: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.kind == "open" and token.name not in VOID:
            opened.setdefault(token.name, []).append(place)
        elif token.kind == "close" and opened.get(token.name):
            found[opened[token.name].pop()] = place
    return found


def _beside_text(tokens: Sequence[Token]) -> list[bool]:
    """For each token of XML, whether it stands in a line of text."""
    # The elements that are open, and each token's parent; the last one is the whole.
    whole = len(tokens)
    parents: list[int] = []
    opened: list[int] = [whole]
    has_text = [False] * (whole + 1)
    top = 0
    for place, token in enumerate(tokens):
        if token.kind == "close" and len(opened) > 1 and tokens[opened[-1]].name == token.name:
            opened.pop()
        parents.append(opened[-1])
        if token.kind == "reference" or (token.kind == "text" and not token.text.isspace()):
            has_text[opened[-1]] = True
        elif token.kind == "open":
            top += len(opened) == 1
            opened.append(place)
        elif token.kind == "empty":
            top += len(opened) == 1
    has_text[whole] = has_text[whole] or top > 1
    # A parent comes before its children.
    inline = [False] * (whole + 1)
    inline[whole] = has_text[whole]
    for place, token in enumerate(tokens):
        parent = parents[place]
        inline[place] = has_text[parent] or (inline[parent] and parent != whole)
        if token.kind == "close":
            continue
    return inline[:whole]


def paired(tags: Sequence[Item]) -> list[Item]:
    """Those of some tags that have partners with nothing but such between them."""
    if len(tags) > _MOST_TAGS:
        return []
    partner = _nested(tags)
    return [tag for place, tag in enumerate(tags) if place in partner]


def _whole(items: list[Item]) -> Iterator[list[Item]]:
    """A paragraph whose tags have partners, or the parts of it between those that have none.

    Where points are too many, each of them ends a part: what is to be placed in a sentence is
    looked at again for each of them.
    """
    points = [item.start for item in items if item.role == "point"]
    whole = {tag.start for tag in paired([i for i in items if i.role in {"open", "close"}])}
    if len(points) <= _MOST_TAGS:
        whole.update(points)
    part: list[Item] = []
    for item in items:
        if item.role not in {"open", "close", "point"} or item.start in whole:
            part.append(item)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _nested(tags: Sequence[Item]) -> dict[int, int]:
    """Tags that belong together, both ways, with nothing but such ones between them."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    alone: list[int] = []
    for place, tag in enumerate(tags):
        if tag.role == "open":
            opened.append(place)
            continue
        found = next(
            (back for back, begin in enumerate(reversed(opened)) if tags[begin].name == tag.name),
            None,
        )
        if found is None:
            alone.append(place)
            continue
        alone += [opened.pop() for _ in range(found)]
        if len(opened) > _DEEPEST:
            alone += [opened.pop(), place]
        else:
            pairs.append((opened.pop(), place))
    alone += opened
    partner: dict[int, int] = {}
    for begin, end in pairs:
        if not any(begin < place < end for place in alone):
            partner |= {begin: end, end: begin}
    return partner
