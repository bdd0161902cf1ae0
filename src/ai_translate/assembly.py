"""Puts a text together again from its layout and its translated sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ai_translate.engine import ScoredSentence
from ai_translate.languages import LanguagePair
from ai_translate.text.detect import Detected
from ai_translate.text.segment import Segment

__all__ = ["QualityWarning", "TermsUsed", "Translation", "assemble"]

# A loop is very probable to the model that is in it, so its own score does not fall. What is
# still suspect after a second decoding counts half.
_LOG_DOUBT: Final = math.log(0.5)


@dataclass(frozen=True, slots=True)
class QualityWarning:
    """A doubt about one sentence of a translation.

    Attributes:
        code: What kind of doubt, for programs.
        message: The same for people.
        sentence: The source sentence.
    """

    code: str
    message: str
    sentence: str


@dataclass(frozen=True, slots=True)
class TermsUsed:
    """What became of the terms of a glossary that stand in a text.

    Attributes:
        applied: Those whose translation is there as often as they are, in order.
        missed: The others.
    """

    applied: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """One translated text.

    Attributes:
        text: The translation; outside its sentences it is byte for byte the original.
        source: Language translated from, as the model calls it.
        target: Language translated into, likewise.
        confidence: Geometric mean of the probabilities that the model gave to the tokens that it
            chose, over all sentences: exp(mean log p), from 0 to 1, where a sentence that the
            guard still suspects counts half. It compares translations by one model; it is no
            probability of being right. A text without words has 1.
        model: Name and shortened digest of the model.
        alternatives: Further translations, in the model's order.
        warnings: Doubts, in the order of the sentences.
        detected: What the source language was found to be, if it was asked for.
        glossary: What became of the terms in it, if there was a glossary.
    """

    text: str
    source: str
    target: str
    confidence: float
    model: str
    alternatives: tuple[str, ...] = ()
    warnings: tuple[QualityWarning, ...] = ()
    detected: Detected | None = None
    glossary: TermsUsed | None = None


def assemble(
    segments: Sequence[Segment],
    found: Mapping[Segment, ScoredSentence],
    pair: LanguagePair,
    *,
    model: str,
    alternatives: int,
    detected: Detected | None = None,
) -> Translation:
    """One translation of one text.

    Args:
        segments: The text, taken apart.
        found: What the engine made of each of its sentences.
        pair: The direction.
        model: What to call the model.
        alternatives: How many further translations were asked for.
        detected: What the source language was found to be.
    """
    sentences = [(s.shown, found[s]) for s in segments if s.translate]
    versions = [
        "".join(_rendered(segment, found, rank) for segment in segments)
        for rank in range(1 + alternatives if sentences else 1)
    ]
    return Translation(
        text=versions[0],
        source=pair.source,
        target=pair.target,
        confidence=_confidence([sentence for _, sentence in sentences]),
        model=model,
        alternatives=tuple(dict.fromkeys(v for v in versions[1:] if v != versions[0])),
        warnings=tuple(
            warning for text, sentence in sentences for warning in _doubts(text, sentence)
        ),
        detected=detected,
    )


def _confidence(sentences: Sequence[ScoredSentence]) -> float:
    tokens = sum(sentence.best.tokens for sentence in sentences)
    if not tokens:
        return 1.0
    log_probability = sum(
        (s.best.score + (_LOG_DOUBT if s.suspicions else 0.0)) * s.best.tokens for s in sentences
    )
    return min(1.0, math.exp(log_probability / tokens))


def _rendered(segment: Segment, found: Mapping[Segment, ScoredSentence], rank: int) -> str:
    """A sentence's hypothesis of that rank; the source where the model found no words for it."""
    if not segment.translate:
        return segment.text
    hypotheses = found[segment].hypotheses
    return hypotheses[min(rank, len(hypotheses) - 1)].text or segment.source


def _doubts(text: str, sentence: ScoredSentence) -> Iterable[QualityWarning]:
    if not sentence.best.text:
        yield QualityWarning("untranslated", "The model found no words; the source stands.", text)
        return
    if sentence.truncated:
        yield QualityWarning(
            "cut_short", "The translation stopped at its length limit and may lack its end.", text
        )
    for suspicion in sentence.suspicions:
        yield QualityWarning(suspicion.code, suspicion.message, text)
