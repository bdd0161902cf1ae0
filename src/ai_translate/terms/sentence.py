"""One sentence with terms of a glossary, and the best that has been found for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ai_translate.engine import ScoredSentence
from ai_translate.protection import Answer
from ai_translate.text.glossary import Term, Terms, Use, cased, words
from ai_translate.text.protect import Span
from ai_translate.text.renderings import rendering_in, same_in
from ai_translate.text.segment import Segment
from ai_translate.text.stand_ins import Masked, masked

__all__ = ["TermSentence"]


class TermSentence:
    """A sentence with terms, and the best that has been found for it.

    Args:
        segment: The sentence.
        uses: Where terms stand in it; at least one.
        answer: What the model has said by itself.

    Attributes:
        segment: The sentence.
        uses: Where terms stand in it.
        answer: The best so far.
        missed: The terms that this lacks.
    """

    def __init__(self, segment: Segment, uses: tuple[Use, ...], answer: ScoredSentence) -> None:
        self.segment = segment
        self.uses = uses
        self._targets = Terms({form: use.term.target for use in uses for form in _forms(use.term)})
        self._wanted = Counter(use.term.target for use in uses)
        self.answer = answer
        self.missed = self._missing(answer.best.text)
        self._take_whole(uses[0])

    def _take_whole(self, use: Use) -> None:
        """Where the sentence is nothing but a term, its translation is the glossary's."""
        before, behind = self.segment.text[: use.start], self.segment.text[use.end :]
        said = [word.key for word in words(self.answer.best.text) if word.letters]
        wanted = [word.key for word in words(use.term.target) if word.letters]
        if said != wanted and not any(map(str.isalnum, before + behind)):
            best = replace(self.answer.best, text=f"{before}{self._instead(use)}{behind}")
            self.answer = replace(self.answer, hypotheses=(best,), truncated=False, suspicions=())
            self.missed = []

    def offer(self, answer: Answer | None) -> None:
        """Takes an answer that lacks fewer terms than the best so far, and is no more suspect.

        It begins with a capital letter if the sentence does.
        """
        if not self.missed or not isinstance(answer, ScoredSentence):
            return
        answer = self._begun(answer)
        missed = self._missing(answer.best.text)
        doubted = len(answer.suspicions) > len(self.answer.suspicions)
        if len(missed) < len(self.missed) and not doubted:
            self.answer, self.missed = answer, missed

    def spanned(self, attempt: int) -> Masked | None:
        """The sentence as the model should see it in an attempt; see `masked`."""
        own = [
            Span(use.start, use.end, "term", self._instead(use))
            for use in self.uses
            if use.term in self.missed
        ]
        spans = sorted([*self.segment.spans, *own], key=lambda span: span.start)
        return masked(self.segment.text, spans, attempt)

    def swapped(self, heard: Mapping[Term, Counter[str]]) -> ScoredSentence:
        """The best answer with what the model calls each missed term replaced."""
        hypotheses = tuple(
            replace(hypothesis, text=self._swapped(hypothesis.text, heard))
            for hypothesis in self.answer.hypotheses
        )
        return replace(self.answer, hypotheses=hypotheses)

    def _begun(self, answer: ScoredSentence) -> ScoredSentence:
        if not self.segment.text[:1].isupper():
            return answer
        exact = tuple(use.term.target for use in self.uses if use.term.exact)
        hypotheses = tuple(
            one
            if one.text.startswith(exact)
            else replace(one, text=one.text[:1].upper() + one.text[1:])
            for one in answer.hypotheses
        )
        return replace(answer, hypotheses=hypotheses)

    def _missing(self, text: str) -> list[Term]:
        there = Counter(use.term.target for use in self._targets.uses_in(text))
        return [
            term
            for term in dict.fromkeys(use.term for use in self.uses)
            if there[term.target] < self._wanted[term.target]
        ]

    def _instead(self, use: Use) -> str:
        """What a term is to become, in the case that it has where it is not the sentence's."""
        own = self.segment.text[use.start : use.end]
        if use.term.exact:
            return use.term.target
        begins = not any(map(str.isalnum, self.segment.text[: use.start]))
        whole = not any(map(str.isalnum, self.segment.text[use.end :]))
        return (
            cased(use.term.target, own) if own.isupper() or whole or not begins else use.term.target
        )

    def _swapped(self, text: str, heard: Mapping[Term, Counter[str]]) -> str:
        for term in self._missing(text):
            there = sum(use.term.target == term.target for use in self._targets.uses_in(text))
            for _ in range(self._wanted[term.target] - there):
                taken = [(use.start, use.end) for use in self._targets.uses_in(text)]
                taken += _kept(self.segment, text)
                every = [
                    word
                    for word in words(text)
                    if not any(start < word.end and word.start < end for start, end in taken)
                ]
                place = same_in(every, term.target) or rendering_in(every, heard[term])
                if place is None:
                    break
                start, end = place
                put = term.target if term.exact else cased(term.target, text[start:end])
                text = text[:start] + put + text[end:]
        return text


def _forms(term: Term) -> Iterator[str]:
    """How a term's translation may be written where it is put in."""
    yield term.target
    if not term.exact:
        yield cased(term.target, "Ab")
        yield cased(term.target, "AB")


def _kept(segment: Segment, text: str) -> Iterator[tuple[int, int]]:
    """Where in a translation that stands which had to pass as it is."""
    for span in segment.spans:
        kept = segment.text[span.start : span.end]
        at = text.find(kept)
        while at >= 0:
            yield at, at + len(kept)
            at = text.find(kept, at + len(kept))
