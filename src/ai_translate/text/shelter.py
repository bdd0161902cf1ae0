"""Takes a text apart of which some parts must pass as they are.

Sentences are found as if a word stood in place of each such part, so that nothing inside it ends a
sentence or breaks a line. What holds nothing else is layout.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ai_translate.text.protect import Span, blanked
from ai_translate.text.segment import Segment, keep_layout, split_text
from ai_translate.text.words import has_words

__all__ = ["split_sheltered"]


def split_sheltered(
    text: str, language: str, spans: Sequence[Span], *, unsplit: bool = False
) -> list[Segment]:
    """Takes a text apart as `split_text` does, and leaves the spans whole.

    Args:
        text: Any string.
        language: Tag of its language.
        spans: In order and apart from each other: see `protected_spans`.
        unsplit: Whether a line is one sentence, whatever stands in it.
    """
    masked = [span for span in spans if span.kind != "emoji"]
    waiting = deque(spans)
    found: list[Segment] = []
    layout: list[str] = []  # pieces since the last sentence
    at = 0
    for piece in split_text(blanked(text, masked, "x"), language, unsplit=unsplit):
        end = at + len(piece.text)
        own = text[at:end]
        inside = []
        while waiting and waiting[0].start < end:
            inside.append(waiting.popleft().moved(at))
        if piece.translate and (not inside or has_words(blanked(own, inside, " "))):
            keep_layout(found, layout)
            found.append(Segment(own, True, tuple(inside)))
        else:
            layout.append(own)
        at = end
    keep_layout(found, layout)
    return found
