"""Takes a text apart of which some parts must pass as they are.

Sentences are found as if a word stood in place of each such part, so that nothing inside it ends a
sentence or breaks a line. What holds nothing else is layout.
"""

from __future__ import annotations

from collections.abc import Sequence

from ai_translate.text.protect import Span, blanked
from ai_translate.text.segment import Segment, split_text
from ai_translate.text.words import has_words

__all__ = ["split_sheltered"]


def split_sheltered(text: str, language: str, spans: Sequence[Span]) -> list[Segment]:
    """Takes a text apart as `split_text` does, and leaves the spans whole.

    Args:
        text: Any string.
        language: Tag of its language.
        spans: In order and apart from each other: see `protected_spans`.
    """
    masked = [span for span in spans if span.kind != "emoji"]
    found: list[Segment] = []
    at = 0
    for piece in split_text(blanked(text, masked, "x"), language):
        end = at + len(piece.text)
        own = text[at:end]
        if piece.translate:
            inside = tuple(span.moved(at) for span in spans if at <= span.start < end)
            has = has_words(blanked(own, inside, " ")) if inside else True
            _append(found, Segment(own, has, inside if has else ()))
        else:
            _append(found, Segment(own, False))
        at = end
    return found


def _append(found: list[Segment], segment: Segment) -> None:
    """Adds a segment; layout to the layout before it."""
    if not segment.text:
        return
    if found and not segment.translate and not found[-1].translate:
        segment = Segment(found.pop().text + segment.text, False)
    found.append(segment)
