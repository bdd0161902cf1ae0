"""Which numbers of a sentence did its translation lose, and which did it make up?

A number may be written anew in another language, and does so in more ways than can be listed:
`1,234.5` is `1 234,5` in French, `5:30 pm` is `17 h 30`, `12/25` is `25 décembre`, and `twelve`
is `12`. So this looks only at runs of digits, without regard to what separates them, to their
order or to how often they occur, and a run that the other side lacks is given every chance to
be a known rewriting before it counts as wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ai_translate.engine.number_words import is_known, spelled
from ai_translate.languages import LanguagePair

__all__ = ["Difference", "compare"]

_DIGIT: Final = re.compile(r"\d")
_RUN: Final = re.compile(r"\d+")
# Runs that one separator joins: a grouped number, a decimal, a date, a time, a telephone number.
_CHAIN: Final = re.compile(r"\d+(?:(?:[.,:/'’\-–\s]|\s?[hH]\s?)\d+)*")
# A run behind a Latin letter is part of a name (B12, mp3), which may be written otherwise.
_IN_NAME: Final = re.compile(r"(?<!\d)[A-Za-z]\d+")
_TIME: Final = re.compile(r"\d\s?(?:[:hH]|[ap]\.?m\b|o['’]clock)")
_DATE: Final = re.compile(r"\d/\d{1,2}\b|\d([.-])\d{1,2}\1\d")
_YEAR: Final = re.compile(r"1\d{3}|20\d{2}")
_ROMAN: Final = re.compile(r"\b(X{0,3}(?:IX|IV|V?I{0,3}))(?:er|re|e|è?me)?\b")
_ROMAN_UNITS: Final = {"I": 1, "V": 5, "X": 10}
# From this many digits on, as in telephone numbers, points and commas only group them.
_REGROUPED: Final = 7
# A longer run is no quantity; Python also refuses to read very long ones.
_LONGEST_QUANTITY: Final = 15


class Difference(NamedTuple):
    """Numbers that only one side has, as they are written there."""

    lost: tuple[str, ...]
    added: tuple[str, ...]


class _Numeral(NamedTuple):
    """A number as it stands, the runs of digits that it is made of, and all these together.

    `pointed` says that a point or comma joins it to what stands beside it.
    """

    written: str
    runs: tuple[str, ...]
    digits: str
    pointed: bool


@dataclass(slots=True)
class _Side:
    """What one text says in numbers.

    Attributes:
        numerals: What the other side must have.
        readings: Digits, without leading zeros, of all that stands here.
        joined: Digits of whole chains: 15 for 1.5.
        known: Whether number words can be read in this language.
        spelled: Values of number words.
    """

    text: str
    language: str
    numerals: list[_Numeral] = field(default_factory=list)
    readings: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    known: bool = False
    spelled: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.known = is_known(self.language)
        self.spelled = spelled(self.text, self.language)
        plain = self.text if self.text.isascii() else _ascii_digits(self.text)
        names = {match.start() + 1 for match in _IN_NAME.finditer(plain)}
        for chain in _CHAIN.finditer(plain):
            runs = [(run[0], run.start() + chain.start()) for run in _RUN.finditer(chain[0])]
            self.readings.update(_bare(run) for run, _ in runs)
            self.joined.add(_bare("".join(run for run, _ in runs)))
            pointed = "." in chain[0] or "," in chain[0]
            for numeral, start in _numerals(plain, runs, pointed=pointed):
                self.readings.add(numeral.digits)
                if start not in names:
                    self.numerals.append(numeral)


def compare(source: str, hypothesis: str, pair: LanguagePair) -> Difference | None:
    """The numbers in which a translation differs from its source; None if it does not.

    Where a language has no table of number words, every number that is commonly spelled out
    there (up to twenty, and round ones) is given the benefit of the doubt.
    """
    if not _DIGIT.search(hypothesis) and not _DIGIT.search(source):
        return None
    if set(_RUN.findall(source)) == set(_RUN.findall(hypothesis)):
        return None
    before, after = _Side(source, pair.source), _Side(hypothesis, pair.target)
    lost, added = _unmatched(before, after), _unmatched(after, before)
    if _regrouped(lost, added):
        return None
    lost = [numeral for numeral in lost if not _rewritten(numeral, before, after)]
    added = [numeral for numeral in added if not _rewritten(numeral, after, before)]
    if not before.known and not before.numerals:
        added = []  # the source may well spell its numbers
    if not lost and not added:
        return None
    return Difference(tuple(n.written for n in lost), tuple(n.written for n in added))


def _unmatched(side: _Side, other: _Side) -> list[_Numeral]:
    return [
        numeral
        for numeral in side.numerals
        if numeral.digits not in other.readings
        and not other.readings.issuperset(map(_bare, numeral.runs))
    ]


def _regrouped(lost: list[_Numeral], added: list[_Numeral]) -> bool:
    """Whether the same digits stand on both sides in other groups: 555-1234 and 55 51 23 4.

    A point or comma may be a decimal one, which is no matter of grouping.
    """
    digits = "".join(run for numeral in lost for run in numeral.runs)
    if digits != "".join(run for numeral in added for run in numeral.runs):
        return False
    return len(digits) >= _REGROUPED or not any(n.pointed for n in (*lost, *added))


def _rewritten(numeral: _Numeral, side: _Side, other: _Side) -> bool:
    """Whether the other side may have this number in another form."""
    if len(numeral.digits) > _LONGEST_QUANTITY:
        return False
    value = int(numeral.digits)
    values = {value}
    if _TIME.search(side.text) or _TIME.search(other.text):
        # 5 pm is 17 h; 5:45 is a quarter to six; 0:10 is ten past twelve.
        values |= {value + 12, value - 12, value % 12, value % 12 + 1, 60 - value}
    if values & other.spelled or any(str(v) in other.readings for v in values):
        return True
    return (
        value == 1  # an article or a singular says it
        or numeral.runs == ("00",)  # 5:00 or 20.00
        or (value <= 12 and _DATE.search(side.text) is not None)  # the month has a name
        or _abbreviates(numeral.digits, other)
        or (value < 40 and value in _romans(other.text))
        or _scaled(numeral.digits, side, other)
        or (not other.known and (value <= 20 or len(_significand(numeral.digits)) == 1))
    )


def _abbreviates(digits: str, other: _Side) -> bool:
    """Whether a year and its last two digits stand for each other: 1980s and années 80."""
    if _YEAR.fullmatch(digits):
        return digits[2:] in other.readings or int(digits[2:]) in other.spelled
    return any(_YEAR.fullmatch(reading) and reading[2:] == digits for reading in other.readings)


def _scaled(digits: str, side: _Side, other: _Side) -> bool:
    """Whether 3,000,000 and 3 million stand for each other, where such a word can stand."""
    for words in (side, other):
        if not words.known or any(value >= 100 for value in words.spelled):
            significand = _significand(digits)
            found = other.readings | other.joined
            return any(_significand(reading) == significand for reading in found)
    return False


def _significand(digits: str) -> str:
    return digits.rstrip("0")


def _romans(text: str) -> set[int]:
    values = set()
    for match in _ROMAN.finditer(text):
        if units := [_ROMAN_UNITS[letter] for letter in match[1]]:
            following = [*units[1:], 0]
            values.add(sum(-a if a < b else a for a, b in zip(units, following, strict=True)))
    return values


def _numerals(
    text: str, runs: list[tuple[str, int]], *, pointed: bool
) -> Iterator[tuple[_Numeral, int]]:
    """The runs of one chain, where groups of three digits belong to what stands before them."""
    group: list[tuple[str, int]] = []
    for run, start in [*runs, ("", -1)]:
        if group and not (len(run) == 3 and len(group[0][0]) <= 3):
            first, last = group[0], group[-1]
            parts = tuple(part for part, _ in group)
            written = text[first[1] : last[1] + len(last[0])]
            yield _Numeral(written, parts, _bare("".join(parts)), pointed), first[1]
            group = []
        group.append((run, start))


def _bare(digits: str) -> str:
    """Digits without leading zeros; a group of zeros stays what it is."""
    return digits.lstrip("0") or digits


def _ascii_digits(text: str) -> str:
    """The same text with the digits of every script as ASCII ones, at the same places."""
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in text
    )
