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
    end = _finish(sentence, bare, spans, start)
    return (start, end) if has_words(bare[start:end]) else (0, len(sentence))


def _begin(sentence: str, spans: Sequence[Span]) -> int:
    start = 0
    for span in spans:
        if sentence[start : span.start].strip():
            break
        label = _AFTER_LABEL.match(sentence, span.end)
        if label is not None:
            start = label.end()
        elif span.kind in _LOOSE and (gap := re.match(r"\s+", sentence[span.end :])):
            start = span.end + gap.end()
        else:
            break
    return start


def _finish(sentence: str, bare: str, spans: Sequence[Span], start: int) -> int:
    end = len(sentence)
    for span in reversed(spans):
        if span.start < start or not _END.fullmatch(sentence, span.end, end):
            behind = sentence[span.end : end].lstrip()
            bracketed = behind[:1] in _CLOSING and _END.fullmatch(behind[1:]) if behind else None
            head = sentence[start : span.start].rstrip()
            if span.start < start or not bracketed or head[-1:] not in _OPENING:
                break
            end = len(sentence[: start + len(head) - 1].rstrip())
        elif span.kind in _LOOSE:
            end = len(sentence[: span.start].rstrip())
        else:
            break
        if not has_words(bare[start:end]):
            return len(sentence)
    return end
