"""Doubts about a translation: what a model does when it fails, seen from the text alone.

A neural model that meets what it was not trained on loops, gives the source back, stops early,
or makes numbers up, and its own score does not tell: a loop is very probable to itself. The four
checks here need no model and no dictionary. Each stays silent unless the case is plain, because
a doubt costs a second decoding and a warning: thresholds are set on human translations, where
every doubt is false. `benchmarks/guard.py` measures both sides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ai_translate.engine import numerals, repetition
from ai_translate.languages import LanguagePair

__all__ = ["Code", "Suspicion", "best", "examine"]

Code = Literal["repetition", "echo", "length", "numbers", "pieces"]

# Of 151,072 human translations from English to French, counted in the starter's tokens, two are
# longer than this and one is shorter.
_LONG: Final = (1.8, 12)
_SHORT: Final = (0.65, 5)

# A word of running text: small letters, perhaps with punctuation around it. Names, titles,
# abbreviations, numbers, addresses and code are not, and may stay as they are.
_ORDINARY: Final = re.compile(r"(?<!\S)[\"'“‘«(]*([^\W\d_A-Z]{2,})[\"'”’»),.;:!?…]*(?!\S)")
_LEAST_ORDINARY: Final = 3
# In capitals, names and abbreviations look like words.
_LEAST_ORDINARY_SHOUTED: Final = 5
# In scripts without spaces, names have fewer characters than this.
_LEAST_CHARACTERS: Final = 8
_ECHOED: Final = 0.8
# Languages in which many sentences are written alike.
_ALIKE: Final = (
    frozenset({"da", "nb", "nn", "no", "sv"}),
    frozenset({"bs", "hr", "sr", "sl"}),
    frozenset({"ca", "es", "gl", "oc", "pt"}),
    frozenset({"be", "bg", "mk", "ru", "uk"}),
    frozenset({"cs", "sk"}),
    frozenset({"id", "ms"}),
    frozenset({"af", "nl"}),
    frozenset({"ja", "zh"}),
)

_QUOTED: Final = 40


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One reason to doubt a translation.

    Attributes:
        code: Which check, for programs.
        message: What is wrong and where, for people.
        severity: How much of the sentence it spoils, from 0 to 1.
    """

    code: Code
    message: str
    severity: float


def examine(
    source: str,
    hypothesis: str,
    source_tokens: int,
    target_tokens: int,
    pair: LanguagePair,
) -> tuple[Suspicion, ...]:
    """Holds a translation against its source.

    Args:
        source: One sentence.
        hypothesis: What a model made of it.
        source_tokens: Length of the sentence in tokens of the model.
        target_tokens: Length of the translation in tokens of the model.
        pair: The direction.

    Returns:
        What speaks against the translation, the checks in a fixed order; mostly nothing.
    """
    words = repetition.words_of(hypothesis)
    found = (
        _repetition(source, hypothesis, words),
        _echo(source, words, pair),
        _length(source_tokens, target_tokens),
        _numbers(source, hypothesis, pair),
    )
    return tuple(suspicion for suspicion in found if suspicion is not None)


def best(candidates: Sequence[Sequence[Suspicion]]) -> int:
    """Which of several translations of one sentence to keep.

    Args:
        candidates: The suspicions about each translation, the model's favourite first.

    Returns:
        The place of the one that is least spoilt; of equals, the first.
    """
    spoilt = [sum(suspicion.severity for suspicion in found) for found in candidates]
    return spoilt.index(min(spoilt))


def _repetition(source: str, hypothesis: str, words: list[str]) -> Suspicion | None:
    loop = repetition.find(hypothesis, words)
    if loop is None:
        return None
    original = repetition.find(source, repetition.words_of(source))
    # A source that loops itself may be followed, and a little further.
    if original is not None and loop.copies <= 2 * original.copies:
        return None
    return Suspicion(
        "repetition",
        f"The translation repeats “{_clipped(loop.unit)}” {loop.copies} times in a row.",
        loop.excess,
    )


def _echo(source: str, words: list[str], pair: LanguagePair) -> Suspicion | None:
    present = set(words)
    original = repetition.words_of(source)
    if len(present.intersection(original)) < _LEAST_ORDINARY:
        return None
    shouted = source.isupper()
    ordinary = set(_ORDINARY.findall(source.lower() if shouted else source))
    least = _LEAST_ORDINARY_SHOUTED if shouted else _LEAST_ORDINARY
    if characters := set(filter(repetition.is_unspaced, original)):
        ordinary, least = characters, _LEAST_CHARACTERS
    if len(ordinary) < least:
        return None
    echoed = len(ordinary & present) / len(ordinary)
    if echoed < _ECHOED or _are_alike(pair):
        return None
    return Suspicion(
        "echo", f"The translation has the words of its source: “{_clipped(source)}”.", echoed
    )


def _length(source_tokens: int, target_tokens: int) -> Suspicion | None:
    most = _LONG[0] * source_tokens + _LONG[1]
    least = _SHORT[0] * source_tokens - _SHORT[1]
    if least <= target_tokens <= most:
        return None
    if target_tokens > most:
        much, severity = "long", 1 - most / target_tokens
    else:
        much, severity = "short", 1 - target_tokens / least
    return Suspicion(
        "length",
        f"The translation is too {much}: {target_tokens} tokens for {source_tokens}.",
        severity,
    )


def _numbers(source: str, hypothesis: str, pair: LanguagePair) -> Suspicion | None:
    difference = numerals.compare(source, hypothesis, pair)
    if difference is None:
        return None
    lost = ", ".join(difference.lost)
    added = ", ".join(difference.added)
    if lost and added:
        message = f"The translation has {_clipped(added)} where the source has {_clipped(lost)}."
    elif lost:
        message = f"The translation lacks {_clipped(lost)}."
    else:
        message = f"The translation has {_clipped(added)}, which the source lacks."
    return Suspicion("numbers", message, 0.5)


def _are_alike(pair: LanguagePair) -> bool:
    ends = {pair.source.partition("-")[0], pair.target.partition("-")[0]}
    return len(ends) == 1 or any(ends <= group for group in _ALIKE)


def _clipped(text: str) -> str:
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
