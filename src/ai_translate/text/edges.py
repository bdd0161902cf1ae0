"""What a sentence does not need of the parts that must pass as they are.

At its edges, and so better put beside its translation than into it:

- a label (`{name}: …`), with its colon;
- mentions, tags and emoji before the first word and behind the last one;
- parts in brackets behind the last word (`… (%s).`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ai_translate.text.protect import Span, blanked
from ai_translate.text.words import has_words

__all__ = ["edges"]

_AFTER_LABEL: Final = re.compile(r"\s*[:：]\s+")
_SPACES: Final = re.compile(r"\s+")
_LOOSE: Final = frozenset({"name", "emoji"})
_OPENING: Final = "([（【"
_CLOSING: Final = ")]）】"
_END: Final = re.compile(r"[\s.!?…。！？]*")


def edges(sentence: str, spans: Sequence[Span]) -> tuple[int, int]:
    """Where the part of a sentence begins and ends that a model should see.

    Args:
        sentence: One sentence with words beside its spans.
        spans: In order and apart from each other.
    """
    bare = blanked(sentence, spans, " ")
    start = _begin(sentence, spans)
    end = _finish(sentence, spans, start)
    if not has_words(bare[start:end]):
        end = len(sentence)
    return (start, end) if has_words(bare[start:end]) else (0, len(sentence))


def _begin(sentence: str, spans: Sequence[Span]) -> int:
    start = 0
    for span in spans:
        if sentence[start : span.start].strip():
            break
        label = _AFTER_LABEL.match(sentence, span.end)
        if label is not None:
            start = label.end()
        elif span.kind in _LOOSE and (gap := _SPACES.match(sentence, span.end)):
            start = gap.end()
        else:
            break
    return start


def _finish(sentence: str, spans: Sequence[Span], start: int) -> int:
    end = len(sentence)
    for span in reversed(spans):
        if span.start < start:
            break
        before = _without_spaces(sentence, start, span.start)
        if _END.fullmatch(sentence, span.end, end):
            if span.kind not in _LOOSE:
                break
            end = before
        else:
            behind = sentence[span.end : end].lstrip()
            closed = behind[:1] in _CLOSING and _END.fullmatch(behind[1:]) if behind else None
            if not closed or before == start or sentence[before - 1] not in _OPENING:
                break
            end = _without_spaces(sentence, start, before - 1)
    return end


def _without_spaces(text: str, start: int, end: int) -> int:
    """Where a part of a text ends without the spaces at its end."""
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
