"""Translations broken into as many lines as their sources had."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from ai_translate.text.documents.tagged import Run

__all__ = ["wrapped"]

_BLANKS: Final = re.compile(r"[^\S\u00a0\u202f]+")


def wrapped(
    runs: Sequence[Run],
    breaks: Sequence[str],
    escape: Callable[[str], str] = str,
    may_break: Callable[[str, str], bool] = lambda _before, _behind: True,
) -> str:
    """A translation in lines of about the same length.

    Args:
        runs: The translation.
        breaks: How each line but the last ends, and what stands before the next one.
        escape: Gives text as the document must have it.
        may_break: Whether a line may end with one text and the next begin with another.
    """
    pieces: list[str] = []  # of words, blanks between them, and marks
    blanks: list[tuple[int, int]] = []  # which pieces are blanks, and the width before each
    width = 0
    for run in runs:
        if not run.is_text:
            pieces.append(run.text)
            continue
        at = 0
        for blank in _BLANKS.finditer(run.text):
            pieces += (escape(run.text[at : blank.start()]), " ")
            width += blank.start() - at
            if may_break(run.text[at : blank.start()], run.text[blank.end() : blank.end() + 9]):
                blanks.append((len(pieces) - 1, width))
            width += 1
            at = blank.end()
        pieces.append(escape(run.text[at:]))
        width += len(run.text) - at
    lines = len(breaks) + 1
    free = 0
    for number, line_end in enumerate(breaks, start=1):
        goal = width * number / lines
        choice = range(free, len(blanks) - (len(breaks) - number))
        best = min(choice, key=lambda place: abs(blanks[place][1] - goal), default=None)
        if best is None:
            continue
        pieces[blanks[best][0]] = line_end
        free = best + 1
    return "".join(pieces)
