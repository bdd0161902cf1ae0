"""Terms with a translation of their own, and where they stand in a text.

A term is found as whole words; where several begin at one place, the longest counts, and what it
covers belongs to no other. One in lower case is found in any case. One with a capital letter is
found as it is written and no other way. Nothing else is guessed: a plural is another term.

Words are what letters, digits and marks make, with hyphens inside: `mail` is not found in
`e-mail`, but `driver` is in `driver's`. In scripts without spaces each letter counts as a word, so
that terms are found anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from ai_translate.errors import InvalidRequest
from ai_translate.languages import LanguagePair

__all__ = ["Glossary", "Term", "Terms", "Use", "Word", "cased", "words"]

# Thai, Lao, Myanmar, Khmer, kana, Han, and what belongs to them.
_SPACELESS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U000323af"
)


@dataclass(frozen=True, slots=True)
class Term:
    """What is to become what."""

    source: str
    target: str

    @property
    def exact(self) -> bool:
        """Whether it is found as it is written alone, and its translation stays so, too."""
        return any(letter.isupper() or letter.istitle() for letter in self.source)


@dataclass(frozen=True, slots=True)
class Use:
    """One place of a text at which a term stands.

    Attributes:
        start: Its first character.
        end: Behind its last one.
        term: Which.
    """

    start: int
    end: int
    term: Term


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text, or one sign between words.

    Attributes:
        start: Its first character.
        end: Behind its last one.
        text: The word, with its marks composed.
        joined: How it follows the one before: with a space between, or at once.
        letters: Whether it is a word, and no sign.
    """

    start: int
    end: int
    text: str
    joined: str
    letters: bool

    @property
    def key(self) -> str:
        """The same for every case of the word."""
        return self.text.casefold()

    @property
    def spaceless(self) -> bool:
        """Whether it is a letter of a script that has no spaces."""
        return _spaceless().match(self.text) is not None


class Terms:
    """The terms of one direction.

    Looking for them takes time by the length of the text, however many there are.

    Args:
        entries: Translations by their terms.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.entries = entries
        # By a hash of their words. The beginnings of terms of several words have no term.
        self._index: dict[int, tuple[Term, ...]] = {}
        for source, target in entries.items():
            path = 0
            for word in words(source):
                path = _followed(path, word)
                self._index.setdefault(path, ())
            if path:
                self._index[path] += (Term(source, target),)

    def uses_in(self, text: str) -> list[Use]:
        """Where terms stand, in order and apart from each other."""
        found: list[Use] = []
        every = list(words(text))
        at = 0
        while at < len(every):
            use, at = self._longest(every, at)
            if use is not None:
                found.append(use)
        return found

    def _longest(self, every: list[Word], at: int) -> tuple[Use | None, int]:
        """The longest term that begins with a word, and the word that follows."""
        use, behind = None, at + 1
        path = 0
        for place in range(at, len(every)):
            word = every[place]
            path = _followed(path, word)
            terms = self._index.get(path)
            if terms is None:
                break
            term = _fitting(terms, every[at : place + 1]) if terms else None
            if term is not None:
                use, behind = Use(every[at].start, word.end, term), place + 1
        return use, behind


def _followed(path: int, word: Word) -> int:
    """A hash of some words (0 for none) and one that follows, whatever their case."""
    return hash((path, word.joined if path else "", word.key))


def _fitting(terms: tuple[Term, ...], found: Sequence[Word]) -> Term | None:
    """The term for words as they are written: of those that differ in case alone."""
    any_case = None
    for term in terms:
        if not term.exact:
            any_case = term
        elif [word.text for word in words(term.source)] == [word.text for word in found]:
            return term
    return any_case


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms by direction.

    Attributes:
        name: What to call it in messages.
        terms: Those of each direction.
    """

    name: str
    terms: Mapping[LanguagePair, Terms]

    @classmethod
    def of(cls, name: str, entries: Mapping[LanguagePair, Mapping[str, str]]) -> Glossary:
        """A glossary of translations by their terms, by direction."""
        return cls(name, {pair: Terms(those) for pair, those in entries.items()})

    def terms_for(self, pair: LanguagePair) -> Terms:
        """The terms of a direction: of exactly this one, or with the region or script left off.

        Raises:
            InvalidRequest: There are none; the message names the directions that there are.
        """
        for candidate in pair.candidates():
            if candidate in self.terms:
                return self.terms[candidate]
        there = ", ".join(sorted(map(str, self.terms))) or "none"
        raise InvalidRequest(
            f"The glossary {self.name} has no terms for {pair}. Its directions: {there}.",
            hint="Add terms of this direction to it, or leave the glossary out.",
        )


def words(text: str) -> Iterator[Word]:
    """Every word and every sign of a text, in order."""
    behind = 0
    for match in _word().finditer(text):
        start, end = match.span()
        joined = " " if start > behind else ""
        yield Word(start, end, _composed(match[0]), joined, match.lastgroup is not None)
        behind = end


def cased(target: str, like: str) -> str:
    """A translation in the case of what it replaces.

    In capitals where that is, of two letters or more; with a capital first where that begins with
    one. Otherwise as it is.
    """
    letters = [letter for letter in like if letter.isalpha()]
    if len(letters) > 1 and like.isupper():
        return target.upper()
    if letters and letters[0].isupper():
        return target[:1].upper() + target[1:]
    return target


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@cache
def _marks() -> str:
    """Every combining mark, for a class of characters: what `re` calls a word has none."""
    ranges: list[list[int]] = []
    for code in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@cache
def _word() -> re.Pattern[str]:
    marks = _marks()
    letter = rf"(?:(?![{_SPACELESS}])\w[{marks}]*)"
    return re.compile(
        rf"(?P<alone>[{_SPACELESS}][{marks}]*)|(?P<word>{letter}+(?:[-\u2010\u2011]{letter}+)*)|\S"
    )


@cache
def _spaceless() -> re.Pattern[str]:
    return re.compile(f"[{_SPACELESS}]")
