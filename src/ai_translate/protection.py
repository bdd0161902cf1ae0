"""The way of sentences of which some parts must pass as they are.

Each such part has a stand-in that models copy. What comes back must have every stand-in just once;
otherwise the sentence is tried with others, and at last it is translated in pieces between these
parts, which are then put together by hand. So no part is ever lost, damaged or doubled, whatever
the model does. Sentences without such parts take their usual way, together with the first attempt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ai_translate.engine import (
    DecodingOptions,
    Engine,
    Hypothesis,
    ScoredSentence,
    Suspicion,
    Turn,
)
from ai_translate.engine.work import Work
from ai_translate.errors import ServiceError
from ai_translate.languages import LanguagePair
from ai_translate.text.segment import Segment
from ai_translate.text.stand_ins import ATTEMPTS, Masked, masked, unended
from ai_translate.text.words import has_words

__all__ = ["Answer", "Asked", "Way", "restored", "translated"]

Answer = ScoredSentence | ServiceError
"""What became of a sentence."""

_SHOWN: Final = 40
_SEVERITY: Final = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask, and how: see `Engine.translate`."""

    engine: Engine
    pair: LanguagePair
    options: DecodingOptions
    turn: Turn
    cached: bool

    def of(self, sentences: Iterable[str]) -> Work[dict[str, Answer]]:
        """The engine's answers by their sentences, each of which is sent once."""
        different = list(dict.fromkeys(sentences))
        if not different:
            return {}
        answers = yield from self.engine.translate(
            different, self.pair, self.options, turn=self.turn, cached=self.cached
        )
        return dict(zip(different, answers, strict=True))


Way = Callable[[Iterable[Segment], Asked], Work[dict[Segment, Answer]]]
"""What becomes of sentences; `translated` is one."""


def translated(segments: Iterable[Segment], asked: Asked) -> Work[dict[Segment, Answer]]:
    """What became of each sentence.

    Args:
        segments: Sentences; layout among them is passed over.
        asked: Whom to ask, and how.
    """
    plain: list[Segment] = []
    left: list[Segment] = []
    for segment in dict.fromkeys(segments):
        if segment.translate:
            (left if segment.spans else plain).append(segment)
    found: dict[Segment, Answer] = {}
    for attempt in range(ATTEMPTS if left else 1):
        tried = _tried(left, attempt)
        sentences = [*(one.text for one in plain), *(one.text for one in tried.values())]
        answers = yield from asked.of(sentences)
        found.update((segment, answers[segment.text]) for segment in plain)
        plain = []
        for segment, one in tried.items():
            answer = restored(one, answers[one.text])
            if answer is not None:
                found[segment] = answer
        left = [segment for segment in left if segment not in found]
        if not left:
            break
    if left:
        found.update((yield from _in_pieces(left, asked)))
    return found


def _tried(left: Iterable[Segment], attempt: int) -> dict[Segment, Masked]:
    """The sentences with stand-ins, as far as there are enough of them."""
    tried = {segment: masked(segment.text, segment.spans, attempt) for segment in left}
    return {segment: one for segment, one in tried.items() if one is not None}


def restored(one: Masked, answer: Answer) -> Answer | None:
    """An answer without stand-ins; None if the best hypothesis has not kept them."""
    if not isinstance(answer, ScoredSentence):
        return answer
    if one.restored(answer.best.text) is None:
        return None
    texts = [one.restored(hypothesis.text) for hypothesis in answer.hypotheses]
    hypotheses = tuple(
        replace(hypothesis, text=text)
        for hypothesis, text in zip(answer.hypotheses, texts, strict=True)
        if text is not None
    )
    suspicions = tuple(replace(s, message=one.told(s.message)) for s in answer.suspicions)
    return replace(answer, hypotheses=hypotheses, suspicions=suspicions)


def _in_pieces(left: Iterable[Segment], asked: Asked) -> Work[dict[Segment, Answer]]:
    pieces = {segment: list(_pieces(segment)) for segment in left}
    wanted = [piece.text for row in pieces.values() for piece in row if piece.translate]
    answers = yield from asked.of(wanted)
    return {segment: _joined(segment, row, answers) for segment, row in pieces.items()}


def _pieces(segment: Segment) -> Iterator[Segment]:
    """What is between the spans, without the signs beside them, and all the rest as layout."""
    at = 0
    length = len(segment.text)
    ends = [(span.start, span.end) for span in segment.spans]
    for start, end in [*ends, (length, length)]:
        between = segment.text[at:start]
        begin = _first(between, str.isalnum if at else _is_seen)
        finish = len(between) - _first(between[::-1], str.isalnum if start < length else _is_seen)
        if begin < finish and has_words(between[begin:finish]):
            yield Segment(between[:begin], False)
            yield Segment(between[begin:finish], True)
            yield Segment(between[finish:], False)
        else:
            yield Segment(between, False)
        yield Segment(segment.text[start:end], False)
        at = end


def _first(text: str, wanted: Callable[[str], bool]) -> int:
    return next((place for place, letter in enumerate(text) if wanted(letter)), len(text))


def _is_seen(letter: str) -> bool:
    return not letter.isspace()


def _joined(whole: Segment, pieces: list[Segment], answers: Mapping[str, Answer]) -> Answer:
    scored: list[ScoredSentence] = []
    parts: list[str] = []
    for piece in pieces:
        if not piece.translate:
            parts.append(piece.text)
            continue
        answer = answers[piece.text]
        if not isinstance(answer, ScoredSentence):
            return answer
        scored.append(answer)
        text = answer.best.text or piece.text
        parts.append(unended(text, piece.text))
    tokens = sum(one.best.tokens for one in scored)
    score = sum(one.best.score * one.best.tokens for one in scored) / tokens if tokens else 0.0
    kept = ", ".join(whole.text[span.start : span.end] for span in whole.spans)
    shown = kept if len(kept) <= _SHOWN else kept[: _SHOWN - 1] + "…"
    doubt = Suspicion(
        "pieces", f"The model lost {shown}; the sentence was translated around it.", _SEVERITY
    )
    return ScoredSentence(
        (Hypothesis("".join(parts), score if math.isfinite(score) else 0.0, max(tokens, 1)),),
        any(one.truncated for one in scored),
        (*(s for one in scored for s in one.suspicions), doubt),
    )
