"""Tells which language a text is written in.

The library is `py3langid` (ADR 0006): a naive Bayes model over byte n-grams, inside its wheel, so
that nothing is downloaded. Its probabilities assume that every language is equally likely, which
for one or two words makes rare languages win; here they are weighted by how much is written in
each language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from ai_translate.languages import name_of
from ai_translate.text.identifier import load_identifier
from ai_translate.text.words import ADDRESS, has_words

__all__ = ["UNDETERMINED", "Detected", "Detector"]

# BCP 47 for a text that is in no language, or in none that we know (RFC 5646, section 4.1).
UNDETERMINED: Final = "und"

# What is decisive stands in the first characters; more would only cost time.
_SAMPLE: Final = 1500
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile("[A-Za-z]")

# How often texts in a language come, roughly: English, other languages of the whole web, languages
# that are written much in some countries, all others 1. Small steps: any evidence outweighs them.
_WEB: Final = "de es fr it ja pt ru zh"
_MUCH_WRITTEN: Final = """
    ar bg bn ca cs da el et fa fi he hi hr hu id ko lt lv ms nl no pl ro sk sl sv ta th tr uk ur vi
"""
_WEIGHTS: Final[Mapping[str, float]] = {
    **dict.fromkeys(_MUCH_WRITTEN.split(), 3.0),
    **dict.fromkeys(_WEB.split(), 4.0),
    "en": 6.0,
    "sr": 1.5,  # the model adds up one class for each of its two alphabets
}

# The library's code, where ours differs: written Norwegian without further mark is Bokmål.
_OURS: Final = {"no": "nb"}
_LIBRARYS: Final = {"nb": "no"}


@dataclass(frozen=True, slots=True)
class Detected:
    """A language and how sure it is.

    Attributes:
        language: BCP 47 tag; one of the candidates where candidates were given; `und` for a text
            without letters, or in a script of which the model has no trace.
        confidence: Probability from 0 to 1 by the model, among the languages considered. Low for
            a word or two: `Bonjour` alone can be many a language's.
    """

    language: str
    confidence: float


class Detector:
    """Detects languages. Loads its model (half a second, about 80 MB) with the first text.

    Safe to share between threads. Blocks for about 50 microseconds a text once it is loaded.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._identifier: Any = None

    def load(self) -> None:
        """Loads the model now, so that the first text does not wait for it.

        Raises:
            NotReady: The model of the library cannot be read.
        """
        with self._lock:
            if self._identifier is not None:
                return
            identifier = load_identifier()
            # A dozen labels are dialects and old tongues that the ground floor does not name.
            identifier.set_languages([one for one in identifier.labels if name_of(one) != one])
            self._identifier = identifier

    def detect(self, text: str, candidates: Collection[str] | None = None) -> Detected:
        """The most likely language of a text.

        Args:
            text: Any string. Addresses in it are ignored.
            candidates: BCP 47 tags to choose among, such as the languages that models serve. None
                considers every language that the model knows. Of several variants of one language
                (`pt`, `pt-BR`) the first by alphabet stands for all.

        Raises:
            NotReady: See `load`.
        """
        sample = _sample(text)
        if not has_words(sample):
            return Detected(UNDETERMINED, 0.0)
        self.load()
        scores: dict[str, float] = dict(self._identifier.rank(sample))
        if len(set(scores.values())) <= 2 and _LATIN.search(sample) is None:
            # All equal but for Serbian (see its weight): the model knows nothing of this script.
            return Detected(UNDETERMINED, 0.0)
        weighted = {one: score * _WEIGHTS.get(one, 1.0) for one, score in scores.items()}
        tags = _tags(weighted, candidates)
        if not tags:
            return Detected(UNDETERMINED, 0.0)
        # Probabilities can underflow to zero for each of a few unlikely candidates.
        total = sum(weighted[one] for one in tags)
        best = max(tags, key=lambda one: weighted[one])
        return Detected(tags[best], weighted[best] / total if total else 0.0)


def _sample(text: str) -> str:
    """The first characters that can tell: from the first letter on, without addresses."""
    first = _LETTER.search(text)
    if first is None:
        return ""
    head = text[first.start() : first.start() + _SAMPLE]
    if len(head) == _SAMPLE:
        head = head.rsplit(None, 1)[0]  # no half address
    rest = ADDRESS.sub(" ", head)
    return rest if has_words(rest) else ADDRESS.sub(" ", text)[: 2 * _SAMPLE]


def _tags(known: Collection[str], candidates: Collection[str] | None) -> dict[str, str]:
    """The languages to choose among: the library's code for each, and the tag to answer with."""
    if candidates is None:
        return {one: _OURS.get(one, one) for one in known}
    tags: dict[str, str] = {}
    for tag in sorted(candidates):
        language = tag.partition("-")[0].lower()
        code = _LIBRARYS.get(language, language)
        if code in known:
            tags.setdefault(code, tag)
    return tags
