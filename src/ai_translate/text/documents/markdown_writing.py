"""Translations written as Markdown that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from ai_translate.text.documents.markdown_inline import inline_pieces
from ai_translate.text.documents.tagged import Run
from ai_translate.text.documents.wrapping import wrapped

__all__ = ["written"]

_SIGNS: Final = re.compile(r"[\\`*_\[\]<&~]")
# Those of them that are likely to be read as marks.
_LIKELY: Final = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\*(?!\s)|(?<!\s)\*|(?<!\w)_|_(?!\w)|[\[\]]|<(?=[\w/!?])|&(?=#?\w+;)|~(?=~)"
)
# What would begin something else than a paragraph, and what might, at the beginning of a line.
_BLOCK: Final = re.compile(
    r"(\d{1,9})(?=[.)](?:\s|\Z))|(?=(?:[-+*]|#{1,6})(?:\s|\Z)|>|=+\s*\Z|[-*_][-*_\s]*\Z|<[\w/!?]|[-~`*_]{3}|:{3}|\|)"
)
_DOUBTFUL: Final = re.compile(r"[-+*#>=~`:|_\d]")
_EMPHASIS: Final = {"*": "em", "_": "em", "**": "strong", "__": "strong", "~~": "del"}


def written(runs: Sequence[Run], breaks: Sequence[str], in_cell: bool, env: dict[str, Any]) -> str:
    """A translation in as many lines as its source.

    Its text is escaped only where it would be read as marks; emphasis that Markdown cannot say
    there becomes HTML.

    Args:
        runs: The translation.
        breaks: How its lines end, and what begins the next.
        in_cell: Whether it stands in a cell of a table.
        env: What the document has told of, such as the targets of its links.
    """
    runs = _tight(runs)
    escape: Callable[[str], str]
    for escape in (str, partial(_LIKELY.sub, r"\\\g<0>"), partial(_SIGNS.sub, r"\\\g<0>")):
        said = "".join(escape(run.text) if run.is_text else run.text for run in runs)
        if _reads_as(said, runs, env):
            break
    else:
        runs = [_in_html(run) for run in runs]

    def in_place(text: str) -> str:
        text = re.sub(r"\s*[\r\n]\s*", " ", escape(text))
        return re.sub(r"(?<!\\)\|", r"\\|", text) if in_cell else text

    text = wrapped(runs, breaks, in_place, _may_break)
    return _guarded(text) if runs and runs[0].is_text and not in_cell else text


def _may_break(before: str, behind: str) -> bool:
    # With nothing behind, a mark follows: of HTML, some would begin a block there.
    return bool(behind) and not before.endswith("\\") and not _DOUBTFUL.match(behind)


def _guarded(text: str) -> str:
    """Text that begins no block, and is not so far in that it were code."""
    inner = text.lstrip()
    blank = " " if inner != text else ""
    block = _BLOCK.match(inner)
    return blank + (f"{block[1] or ''}\\{inner[block.end() :]}" if block else inner)


def _reads_as(text: str, runs: Sequence[Run], env: dict[str, Any]) -> bool:
    found = [Run(p.said if p.kind == "text" else p.raw, p.kind) for p in inline_pieces(text, env)]
    return _gist(found) == _gist(runs)


def _gist(runs: Sequence[Run]) -> list[tuple[bool, str]]:
    """Text and marks in turn, however many pieces each is in."""
    gist: list[tuple[bool, str]] = []
    for is_text, group in groupby(runs, lambda run: run.is_text):
        text = "".join(run.text for run in group)
        if text:
            gist.append((is_text, re.sub(r"\s+", " ", text) if is_text else text))
    return gist


def _tight(runs: Sequence[Run]) -> list[Run]:
    """No blanks inside of marks at their edges, where CommonMark does not read them as marks."""
    tight: list[Run] = []
    blank = ""
    for run in runs:
        if run.kind == "close" and tight and tight[-1].kind == "open" and run.text in _EMPHASIS:
            tight.pop()
            continue
        if run.is_text:
            text, blank = blank + run.text, ""
            if tight and tight[-1].kind == "open":
                inner = text.lstrip()
                if len(inner) < len(text):
                    tight.insert(len(tight) - 1, Run(text[: len(text) - len(inner)]))
                text = inner
            if text:
                tight.append(Run(text))
            continue
        if run.kind == "close" and tight and tight[-1].is_text:
            inner = tight[-1].text.rstrip()
            blank = tight[-1].text[len(inner) :]
            tight[-1] = Run(inner)
        elif blank:
            tight.append(Run(blank))
            blank = ""
        tight.append(run)
    if blank:
        tight.append(Run(blank))
    return tight


def _in_html(run: Run) -> Run:
    name = _EMPHASIS.get(run.text)
    if name is None or run.kind not in ("open", "close"):
        return run
    return Run(f"<{'/' if run.kind == 'close' else ''}{name}>", run.kind)
