"""Several engines translate the same sentences in turn, so that their speeds can be compared.

A machine that others use is now slow and now fast. In each round all engines translate the same
group of sentences, one right after the other, and what is compared is their times in one round.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.work import finish
from ai_translate.languages import LanguagePair

__all__ = ["Run", "take_turns"]

# So many that batches are full; more would make fewer rounds.
_GROUP: Final = 128
_LEAST_ROUNDS: Final = 5
_WARM: Final = 16


@dataclass(slots=True)
class Run:
    """What one engine has done.

    Attributes:
        translations: Of each sentence, in order.
        cut_short: How many of them stopped at the limit of length.
        rates: Sentences a second in each round.
    """

    translations: list[str] = field(default_factory=list)
    cut_short: int = 0
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Sentences a second, median of the rounds."""
        return statistics.median(self.rates)

    def times_as_fast(self, other: Run) -> float:
        """How many times as fast it was as another, median of the rounds."""
        ratios = [mine / its for mine, its in zip(self.rates, other.rates, strict=True)]
        return statistics.median(ratios)


def take_turns(
    engines: Sequence[Engine],
    sentences: Sequence[str],
    pair: LanguagePair,
    options: DecodingOptions,
) -> list[Run]:
    """Lets each engine translate all sentences, group by group.

    Where groups are few, some are translated again for their times alone.

    Args:
        engines: Loaded models, all for the pair.
        sentences: What to translate; one at least.
        pair: The direction.
        options: How to search.

    Raises:
        ServiceError: A model failed on a sentence.
    """
    runs = [Run() for _ in engines]
    groups = _groups(sentences)
    rounds = max(_LEAST_ROUNDS, len(groups))
    for engine in engines:
        _translated(engine, sentences[:_WARM], pair, options)
    for number in range(rounds):
        group = groups[number % len(groups)]
        # Each is first in some round: who is may find the machine in another state.
        first = number % len(engines)
        for index in (*range(first, len(engines)), *range(first)):
            run = runs[index]
            started = time.perf_counter()
            found = _translated(engines[index], group, pair, options)
            run.rates.append(len(group) / (time.perf_counter() - started))
            if number < len(groups):
                run.translations += [sentence.best.text for sentence in found]
                run.cut_short += sum(sentence.truncated for sentence in found)
    return runs


def _groups(sentences: Sequence[str]) -> list[Sequence[str]]:
    """Neighbours together, in groups of equal size but for one sentence."""
    count = -(-len(sentences) // _GROUP)
    ends = [len(sentences) * number // count for number in range(count + 1)]
    return [sentences[start:end] for start, end in itertools.pairwise(ends)]


def _translated(
    engine: Engine, sentences: Sequence[str], pair: LanguagePair, options: DecodingOptions
) -> list[ScoredSentence]:
    outcomes = finish(engine.translate(sentences, pair, options, cached=False))
    found = []
    for outcome in outcomes:
        if not isinstance(outcome, ScoredSentence):
            raise outcome
        found.append(outcome)
    return found
