"""The way of sentences that have terms of a glossary.

They take their usual way first. Where the model has chosen other words than the glossary, what it
chose for the term is replaced, and the source is tried with the glossary's words in it; then with
a stand-in for the term, as for what must pass as it is. What keeps every term counts; where
nothing does, the sentence stays as it came closest, and the missed terms are told. So a glossary
costs nothing where no term is found or the model has chosen the same words by itself.
`benchmarks/glossaries.py` measures each of these ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ai_translate.assembly import QualityWarning, TermsUsed, Translation
from ai_translate.engine import ScoredSentence
from ai_translate.engine.work import Work
from ai_translate.protection import Answer, Asked, restored
from ai_translate.protection import translated as protected
from ai_translate.terms.sentence import TermSentence
from ai_translate.text.glossary import Term, Terms, Use
from ai_translate.text.renderings import heard_in
from ai_translate.text.segment import Segment

__all__ = ["Honouring"]

# A term alone is no sentence, and what a model makes of it not always a word. What it says of
# several such is what it calls the term.
_PROBES: Final = ("{0}", "{0}.", "{0}, {0}.")
_INLINE: Final = 0
_STAND_INS: Final = (1, 2)


class Honouring:
    """The way of sentences by a glossary. Remembers what becomes of their terms.

    Args:
        terms: Of the direction.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._found: dict[Segment, TermSentence] = {}

    def translated(self, segments: Iterable[Segment], asked: Asked) -> Work[dict[Segment, Answer]]:
        """What became of each sentence.

        Args:
            segments: Sentences; layout among them is passed over.
            asked: Whom to ask, and how.
        """
        sentences = [segment for segment in dict.fromkeys(segments) if segment.translate]
        answers = yield from protected(sentences, asked)
        tries: dict[Segment, TermSentence] = {}
        for segment in sentences:
            answer = answers[segment]
            uses = _uses(segment, self._terms)
            if uses and isinstance(answer, ScoredSentence):
                tries[segment] = TermSentence(segment, uses, answer)
        yield from _replaced([one for one in tries.values() if one.missed], asked)
        yield from _stood_in([one for one in tries.values() if one.missed], asked)
        answers.update((segment, one.answer) for segment, one in tries.items())
        self._found.update(tries)
        return answers

    def told(self, translation: Translation, segments: Iterable[Segment]) -> Translation:
        """A translation that tells what became of the terms in it.

        Args:
            translation: Of one text.
            segments: The text, taken apart.
        """
        applied: dict[str, None] = {}
        missed: dict[str, None] = {}
        warnings: list[QualityWarning] = []
        for segment in segments:
            one = self._found.get(replace(segment, marks=None))
            if one is not None:
                applied.update((use.term.source, None) for use in one.uses)
                missed.update((term.source, None) for term in one.missed)
                warnings += (_warning(term, segment) for term in one.missed)
        used = TermsUsed(tuple(term for term in applied if term not in missed), tuple(missed))
        return replace(translation, glossary=used, warnings=(*translation.warnings, *warnings))


def _warning(term: Term, segment: Segment) -> QualityWarning:
    message = f"The glossary's {term.target!r} for {term.source!r} could not be put in."
    return QualityWarning("term_missed", message, segment.shown)


def _uses(segment: Segment, terms: Terms) -> tuple[Use, ...]:
    """Where terms stand that touch nothing that must pass as it is."""
    return tuple(
        use
        for use in terms.uses_in(segment.text)
        if not any(span.start < use.end and use.start < span.end for span in segment.spans)
    )


def _replaced(tries: list[TermSentence], asked: Asked) -> Work[None]:
    """Puts the glossary's words in place of the model's: in the source, and in the translation."""
    missed = dict.fromkeys(term for one in tries for term in one.missed)
    probes = {term: [form.format(term.source) for form in _PROBES] for term in missed}
    inline = [one.spanned(_INLINE) for one in tries]
    answers = yield from asked.of(
        [
            *(one.text for one in inline if one is not None),
            *(probe for forms in probes.values() for probe in forms),
        ]
    )
    heard = {
        term: heard_in(_best(answers[probe]) for probe in forms) for term, forms in probes.items()
    }
    for one, seen in zip(tries, inline, strict=True):
        if seen is not None:
            one.offer(restored(seen, answers[seen.text]))
        one.offer(one.swapped(heard))


def _stood_in(tries: list[TermSentence], asked: Asked) -> Work[None]:
    """Lets words stand for the terms that models keep where they are."""
    seen = [(one, one.spanned(attempt)) for one in tries for attempt in _STAND_INS]
    answers = yield from asked.of(one.text for _, one in seen if one is not None)
    for one, with_stand_ins in seen:
        if with_stand_ins is not None:
            one.offer(restored(with_stand_ins, answers[with_stand_ins.text]))


def _best(answer: Answer) -> str:
    return answer.best.text if isinstance(answer, ScoredSentence) else ""
