"""The way of sentences with tags in them.

The text of a sentence goes its usual way, without its tags, and in the same call the texts of its
elements go alone. What became of these tells where in the sentence's translation they are; see
`text.markup.placing`. So a tag costs no second turn, and the translation is the one that the
sentence would have without tags.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ai_translate.engine import ScoredSentence
from ai_translate.engine.work import Work
from ai_translate.protection import Answer, Asked, Way
from ai_translate.protection import translated as protected
from ai_translate.text.markup.marks import Marks
from ai_translate.text.markup.placing import placed
from ai_translate.text.protect import blanked
from ai_translate.text.segment import Segment
from ai_translate.text.words import has_words

__all__ = ["translated"]

# Elements of one sentence that are worth asking for.
_MOST_ASKED: Final = 12
# An element that is most of its sentence is found by its place.
_MOST_OF_SENTENCE: Final = 0.7


def translated(
    segments: Iterable[Segment], asked: Asked, way: Way = protected
) -> Work[dict[Segment, Answer]]:
    """What became of each sentence, as markup where it has marks.

    Args:
        segments: Sentences; layout among them is passed over.
        asked: Whom to ask, and how.
        way: The way of their texts.
    """
    marked: dict[Segment, Marks] = {}
    plain: list[Segment] = []
    for segment in segments:
        if segment.translate and segment.marks is not None:
            marked[segment] = segment.marks
        else:
            plain.append(segment)
    if not marked:
        return (yield from way(plain, asked))
    bare = {segment: replace(segment, marks=None) for segment in marked}
    parts = {segment: list(_parts(segment, marks)) for segment, marks in marked.items()}
    alone = [part for row in parts.values() for part in row]
    found = yield from way([*plain, *bare.values(), *alone], asked)
    for segment, marks in marked.items():
        told = {part.text: _said(found[part]) for part in parts[segment]}
        found[segment] = _with_marks(segment, marks, found[bare[segment]], told)
    return found


def _parts(segment: Segment, marks: Marks) -> Iterator[Segment]:
    """The texts of a sentence's elements, as far as they are worth a translation of their own."""
    nodes = (node for node in marks.elements() if node.start < node.end)
    for node in itertools.islice(nodes, _MOST_ASKED):
        text = segment.text[node.start : node.end].strip()
        start = segment.text.index(text, node.start)
        end = start + len(text)
        spans = [span for span in segment.spans if span.start < end and start < span.end]
        if len(text) > _MOST_OF_SENTENCE * len(segment.text):
            continue
        if any(span.start < start or end < span.end for span in spans):
            continue
        moved = tuple(span.moved(start) for span in spans)
        if has_words(blanked(text, moved, " ")):
            yield Segment(text, True, moved)


def _said(answer: Answer) -> str:
    return answer.best.text if isinstance(answer, ScoredSentence) else ""


def _with_marks(segment: Segment, marks: Marks, answer: Answer, told: dict[str, str]) -> Answer:
    if not isinstance(answer, ScoredSentence):
        return answer
    whole = [segment.text[span.start : span.end] for span in segment.spans]
    return replace(
        answer,
        hypotheses=tuple(
            replace(one, text=one.text and placed(marks, segment.text, one.text, told, whole))
            for one in answer.hypotheses
        ),
        suspicions=tuple(
            replace(one, message=marks.restored(one.message)) for one in answer.suspicions
        ),
    )
