"""The narrow door of the engine: what goes in, what comes out, and what an engine must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ai_translate.artifact import Artifact
from ai_translate.engine.guard import Suspicion
from ai_translate.engine.pace import Pace
from ai_translate.engine.stats import EngineStats
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import InvalidRequest, ServiceError
from ai_translate.languages import LanguagePair

__all__ = [
    "MAX_BEAM_SIZE",
    "DecodingOptions",
    "Engine",
    "Hypothesis",
    "ScoredSentence",
    "Suspicion",
]

MAX_BEAM_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How to search for a translation. Defaults were measured: see ADR 0005.

    Attributes:
        beam_size: Hypotheses kept alive at each step; 1 is greedy search.
        alternatives: Further hypotheses to return beside the best; at most `beam_size` - 1.
        length_penalty: Exponent by which a hypothesis' length divides its log-probability when
            hypotheses are compared: 0 favours short ones, 1 compares means per token.
        max_target_tokens: Longest translation of one sentence, in tokens. None allows twice
            the source and 16 more, within the model's positions.
        no_repeat_ngram: Runs of this many tokens may stand only once in a translation; 0 allows
            all. Breaks loops, and forbids repetition that is right.

    Raises:
        InvalidRequest: A value is out of its range.
    """

    beam_size: int = 2
    alternatives: int = 0
    length_penalty: float = 1.0
    max_target_tokens: int | None = None
    no_repeat_ngram: int = 0

    def __post_init__(self) -> None:
        _within("beam_size", self.beam_size, 1, MAX_BEAM_SIZE)
        _within("alternatives", self.alternatives, 0, MAX_BEAM_SIZE - 1)
        _within("length_penalty", self.length_penalty, 0.0, 10.0)
        _within("no_repeat_ngram", self.no_repeat_ngram, 0, 100)
        if self.max_target_tokens is not None:
            _within("max_target_tokens", self.max_target_tokens, 1, 100_000)
        if self.alternatives >= self.beam_size and self.alternatives:
            raise InvalidRequest(
                f"alternatives is {self.alternatives}, but a beam of {self.beam_size} "
                f"gives at most {self.beam_size - 1}.",
                hint=f"Ask for beam_size {self.alternatives + 1} or fewer alternatives.",
            )


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation of one sentence.

    Attributes:
        text: The translation.
        score: Mean natural log-probability of its tokens, the end of the sentence among them.
        tokens: How many tokens that is.
    """

    text: str
    score: float
    tokens: int


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """What an engine found for one sentence.

    Attributes:
        hypotheses: Translations, best first, never none.
        truncated: Whether the best one stopped at the length limit and not by itself.
        suspicions: What speaks against the best one.
    """

    hypotheses: tuple[Hypothesis, ...]
    truncated: bool = False
    suspicions: tuple[Suspicion, ...] = ()

    @property
    def best(self) -> Hypothesis:
        """The most probable translation."""
        return self.hypotheses[0]


class Engine(Protocol):
    """One loaded model."""

    @property
    def name(self) -> str:
        """What the lock calls the model."""

    @property
    def artifact(self) -> Artifact:
        """What was loaded."""

    @property
    def pace(self) -> Pace:
        """How fast it is."""

    @property
    def resident(self) -> bool:
        """Whether it is in memory now; a model that is not is loaded when a sentence needs it."""

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[ScoredSentence | ServiceError]]:
        """Translates sentences, each of which has a result or an error in its place.

        Args:
            sentences: Sentences of one language.
            pair: The direction.
            options: How to search.
            turn: How they wait for a worker.
            cached: Whether earlier translations may be given, and these kept.
        """

    def stats(self) -> EngineStats:
        """What it does, and has done since it was loaded. Cheap."""

    def close(self) -> None:
        """Frees the model. Idempotent."""


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidRequest(
            f"{name} is {value}, outside {low} to {high}.", hint="Leave it out for the default."
        )
