"""What a model calls a term, found again in a translation.

A model that is given a term alone says it as it would in a sentence, and often more. What it says
of several such, a sentence's translation has in common with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ai_translate.text.glossary import Word, words

__all__ = ["heard_in", "rendering_in", "same_in"]

# Shorter words are articles and the like, in scripts that have spaces.
_SHORTEST: Final = 4
_SHORTEST_SPACELESS: Final = 2
# What was heard only once may belong to the sentence that a model has made around the term.
_LEAST: Final = 2


def heard_in(texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in some texts, whatever its case."""
    return Counter(word.key for text in texts for word in words(text) if word.letters)


def same_in(every: Sequence[Word], target: str) -> tuple[int, int] | None:
    """Where a text has the words of another one, in whatever case: its first such part."""
    wanted = [word.key for word in words(target)]
    for at in range(len(every) - len(wanted) + 1):
        run = every[at : at + len(wanted)]
        if [word.key for word in run] == wanted:
            return run[0].start, run[-1].end
    return None


def rendering_in(every: Sequence[Word], heard: Mapping[str, int]) -> tuple[int, int] | None:
    """Where a text has what was heard of a term: around the word that was heard most.

    Args:
        every: Words of the text that may be it.
        heard: How often each word was heard, by `Word.key`.
    """
    candidates = [
        (heard[word.key], len(word.text), -at)
        for at, word in enumerate(every)
        if _heard(word, heard, _LEAST) and (word.spaceless or len(word.text) >= _SHORTEST)
    ]
    if not candidates:
        return None
    count, _, at = max(candidates)
    first = last = -at
    while (
        first and _beside(every[first - 1], every[first]) and _heard(every[first - 1], heard, count)
    ):
        first -= 1
    behind = every[last + 1 :]
    for word in behind:
        if not _beside(every[last], word) or not _heard(word, heard, count):
            break
        last += 1
    if every[first].spaceless and last - first + 1 < _SHORTEST_SPACELESS:
        return None
    return every[first].start, every[last].end


def _heard(word: Word, heard: Mapping[str, int], times: int) -> bool:
    return word.letters and heard.get(word.key, 0) >= times


def _beside(word: Word, other: Word) -> bool:
    return other.start - word.end <= 1
