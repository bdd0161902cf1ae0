"""What stands in a paragraph of Markdown: text, and the marks that must come back in place.

The judgement is markdown-it's, which follows CommonMark, but it does not tell where things stand.
So its rules are run here one by one, and what each of them has taken is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline, link_pairs
from markdown_it.rules_inline.state_inline import Delimiter

from ai_translate.text.documents.tagged import Piece

__all__ = ["MARKDOWN", "inline_pieces"]

# What tools beyond CommonMark read: footnotes, task lists, alerts, directives and templates.
_FIXED: Final = re.compile(
    r"\[\^[^\]\s]{1,100}\]:?|^\[[ xX]\](?=\s)|^\[![A-Za-z]{1,20}\][ \t]*|^:{3,}[^\n]*"
    r"|\{%[^%\n]{1,500}%\}|\{\{[^{}\n]{1,500}\}\}"
)
_ALT: Final = re.compile(r"[^\[\]\\*_`<&!\n]*")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class _Taken:
    """A piece that a rule has taken, by its place."""

    start: int
    end: int
    piece: Piece


@dataclass(slots=True)
class _Delimiters:
    """Where one delimiter of emphasis stands, and in which list it is."""

    among: list[Delimiter]
    index: int
    start: int
    end: int


class _State(StateInline):
    """What the rules work on, and what they have taken."""

    def __init__(self, text: str, env: dict[str, Any]) -> None:
        super().__init__(text, MARKDOWN, env, [])
        self.taken: list[_Taken] = []
        self.emphasis: list[_Delimiters] = []
        self.label_end = 0


class _Placing(ParserInline):
    """Runs the rules as its parent does, and writes down what each has taken."""

    def tokenize(self, state: StateInline) -> None:
        """Reads a text, or the label of a link in it."""
        if not isinstance(state, _State):  # the text of an image, which nobody asks about
            super().tokenize(state)
            return
        end = state.posMax
        rules = self.ruler.getRules("")
        deep = state.level >= state.md.options["maxNesting"]
        while state.pos < end:
            start, tokens, taken = state.pos, len(state.tokens), len(state.taken)
            among, delimiters = state.delimiters, len(state.delimiters)
            if not deep and any(rule(state, False) for rule in rules):
                for index in range(delimiters, len(among) if among is state.delimiters else 0):
                    width = 2 if state.src[start] == "~" else 1
                    at = state.pos - width * (len(among) - index)
                    state.emphasis.append(_Delimiters(among, index, at, at + width))
                if len(state.tokens) > tokens:
                    _take(state, start, taken)
            else:
                state.append_pending(state.src[start])
                state.pos += 1
        if state.pending:
            state.pushPending()
        state.label_end = end


MARKDOWN: Final = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKDOWN.core.ruler.enableOnly(["normalize", "block"])
MARKDOWN.inline = _Placing()
MARKDOWN.inline.ruler.disable(["linkify"])


def inline_pieces(text: str, env: dict[str, Any]) -> list[Piece]:
    """The text and marks of a paragraph, one behind the other.

    Args:
        text: Its lines, without what stands before them in a quotation or list.
        env: What the document has told of, such as the targets of its links.
    """
    state = _State(text, env)
    MARKDOWN.inline.tokenize(state)
    link_pairs(state)
    taken = sorted([*state.taken, *_emphasis(state)], key=lambda one: (one.start, one.end))
    pieces: list[Piece] = []
    at = 0
    for one in taken:
        if one.start < at:  # inside what another has taken whole
            continue
        pieces += _plain(text[at : one.start])
        pieces.append(one.piece)
        at = one.end
    pieces += _plain(text[at:])
    return pieces


def _plain(text: str) -> Iterator[Piece]:
    at = 0
    for fixed in _FIXED.finditer(text):
        if fixed.start() > at:
            yield Piece(text[at : fixed.start()], "text", text[at : fixed.start()])
        yield Piece(fixed[0], "alone", aside=fixed[0][0] != "{")
        at = fixed.end()
    if at < len(text):
        yield Piece(text[at:], "text", text[at:])


def _take(state: _State, start: int, taken: int) -> None:
    """Writes down what a rule has taken from `start` to where the state is."""
    token, raw = state.tokens[-1], state.src[start : state.pos]
    if raw[0] == "[" and token.type == "link_close":
        _take_link(state, start, start + 1, state.label_end, taken)
    elif token.type == "image":
        end = MARKDOWN.helpers.parseLinkLabel(state, start + 1, False)
        alt = _ALT.fullmatch(state.src, start + 2, max(end, start + 2))
        if alt is not None and end >= 0:
            _take_link(state, start, start + 2, end, taken)
        else:
            state.taken.append(_Taken(start, state.pos, Piece(raw, "alone")))
    elif token.type in ("softbreak", "hardbreak"):
        while start > 0 and state.src[start - 1] == " ":
            start -= 1
        raw = state.src[start : state.pos]
        soft = token.type == "softbreak"
        piece = Piece(raw, "text", " ") if soft else Piece(raw, "alone", name="hardbreak")
        state.taken.append(_Taken(start, state.pos, piece))
    elif token.type == "text_special":
        state.taken.append(_Taken(start, state.pos, Piece(raw, "text", token.content)))
    elif token.type == "html_inline":
        state.taken.append(_Taken(start, state.pos, _element(raw)))
    elif token.type in ("code_inline", "link_close"):
        state.taken.append(_Taken(start, state.pos, Piece(raw, "alone")))


def _element(raw: str) -> Piece:
    """A tag of HTML, or a comment."""
    tag = _TAG.match(raw)
    if tag is None or raw.endswith("/>"):
        return Piece(raw, "alone")
    return Piece(raw, "close" if tag[1] else "open", name=f"<{tag[2].lower()}")


def _take_link(state: _State, start: int, label: int, label_end: int, taken: int) -> None:
    """A link or image: a mark that opens, what is in it, and one that closes."""
    said = state.src[label:label_end]
    closer = state.src[label_end : state.pos]
    if said.startswith("^"):
        del state.taken[taken:]
        state.taken.append(_Taken(start, state.pos, Piece(state.src[start : state.pos], "alone")))
        return
    # Its own text names the target: once that is translated, the name must be written beside it.
    put = f"][{said}]" if closer in ("]", "][]") else None
    name = f"[{start}"
    opener = _Taken(start, label, Piece(state.src[start:label], "open", name=name))
    state.taken.insert(taken, opener)
    state.taken.append(_Taken(label_end, state.pos, Piece(closer, "close", name=name, put=put)))


def _emphasis(state: _State) -> Iterator[_Taken]:
    """The marks of emphasis that have found each other; `**` is one mark."""
    placed = {(id(one.among), one.index): one for one in state.emphasis}
    pairs: list[list[int]] = []
    for one in state.emphasis:
        end = one.among[one.index].end
        closer = placed.get((id(one.among), end)) if one.among[one.index].open else None
        if end < 0 or closer is None:
            continue
        last = pairs[-1] if pairs else [0, -1, -1, 0]
        sign = state.src[one.start]
        if last[1] == one.start and last[2] == closer.end and state.src[last[0]] == sign:
            last[1], last[2] = one.end, closer.start
        else:
            pairs.append([one.start, one.end, closer.start, closer.end])
    for start, inner, inner_end, end in pairs:
        name = f"*{start}"
        yield _Taken(start, inner, Piece(state.src[start:inner], "open", name=name))
        yield _Taken(inner_end, end, Piece(state.src[inner_end:end], "close", name=name))
