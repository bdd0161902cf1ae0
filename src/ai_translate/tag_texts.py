"""The way of what is text in tags: it is translated, and the page has it before its way begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ai_translate.engine import ScoredSentence
from ai_translate.engine.work import Work
from ai_translate.protection import Answer, Asked, Way, translated
from ai_translate.text.markup.attributes import (
    Attribute,
    language_attributes,
    text_attributes,
    with_values,
)
from ai_translate.text.protect import protected_spans
from ai_translate.text.segment import Segment
from ai_translate.text.shelter import split_sheltered

__all__ = ["with_tag_texts"]


def with_tag_texts(
    pages: Sequence[str], asked: Asked, kept: Sequence[str], way: Way = translated
) -> Work[list[str]]:
    """Pages in HTML whose attributes are translated, and which say that they are.

    A value that cannot be translated stays as it is.

    Args:
        pages: In the source language.
        asked: Whom to ask, and how.
        kept: What the caller wants to be kept wherever it stands.
        way: The way of their sentences.
    """
    found = [text_attributes(page) for page in pages]
    language = asked.pair.source
    apart = {
        one.value: split_sheltered(one.value, language, protected_spans(one.value, kept))
        for row in found
        for one in row
    }
    answers = yield from way((s for row in apart.values() for s in row), asked)
    values = {value: _joined(segments, answers) for value, segments in apart.items()}
    changed = []
    for page, attributes in zip(pages, found, strict=True):
        changes = [(one, values[one.value]) for one in attributes]
        changes += [(one, asked.pair.target) for one in language_attributes(page, language)]
        changed.append(with_values(page, sorted(changes, key=_place)))
    return changed


def _place(change: tuple[Attribute, str]) -> int:
    return change[0].start


def _joined(segments: Sequence[Segment], answers: Mapping[Segment, Answer]) -> str:
    parts = []
    for segment in segments:
        answer = answers[segment] if segment.translate else None
        said = answer.best.text if isinstance(answer, ScoredSentence) else ""
        parts.append(said or segment.text)
    return "".join(parts)
