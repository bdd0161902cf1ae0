"""Loops: a stretch that comes again at once, among words and inside them."""

from __future__ import annotations

import re
from operator import eq
from typing import Final, NamedTuple

__all__ = ["Loop", "find", "is_unspaced", "words_of"]

# Scripts without spaces between words count by the character: Thai to Lao, Myanmar, Khmer, kana,
# Han.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_IS_UNSPACED: Final = re.compile(rf"[{_UNSPACED}]")
# Longest stretch of words that is looked for, which keeps the search linear in the text.
_LONGEST_UNIT: Final = 32
# Reduplication is grammar in Chinese, Japanese and Thai (休息休息), so a loop of characters must
# be longer than that.
_LEAST_CHARACTERS: Final = 6

# "ooooo" and "cincincin"; digits are for `numerals`.
_IN_WORD: Final = re.compile(r"([^\W\d_])\1{4,}|([^\W\d_]{2,8}?)\2{2,}")
_LEAST_LOOPING_WORD: Final = 6
# "!!!!!!!!" and "- - - - - - - -".
_PUNCTUATION: Final = re.compile(r"([^\w\s])(?:\s?\1){7,}")


class Loop(NamedTuple):
    """A stretch that is repeated without a pause.

    Attributes:
        unit: What is repeated, in small letters.
        copies: How many times it stands there.
        excess: Share of the text that is repetition, from 0 to 1.
    """

    unit: str
    copies: int
    excess: float


def words_of(text: str) -> list[str]:
    """Words in small letters; single characters in scripts that do not separate words."""
    return _WORD.findall(text.casefold())


def is_unspaced(word: str) -> bool:
    """Whether this "word" is a character of a script that does not separate words."""
    return _IS_UNSPACED.match(word) is not None


def find(text: str, words: list[str]) -> Loop | None:
    """The worst loop of a text whose words are given, or None.

    A word counts from its third copy on ("nous nous", "très très" are good French), a pair of
    words or more from the second.
    """
    spare = len(words) - len(set(words))
    if spare and (loop := _among(words, spare)):
        return loop
    return _inside(text, words)


def _among(words: list[str], spare: int) -> Loop | None:
    """A loop of n words with c copies leaves n (c - 1) words to spare, which bounds the search."""
    worst: tuple[int, int, int] = (0, 0, 0)  # words in excess, copies, words in the unit
    for period in range(1, min(spare, len(words) // 2, _LONGEST_UNIT) + 1):
        same = bytes(map(eq, words, words[period:]))
        run = max(map(len, same.split(b"\0")))
        copies = run // period + 1
        if copies >= (3 if period == 1 else 2) and run > worst[0]:
            unit = _unit(words, same, run, period)
            if period * copies >= _LEAST_CHARACTERS or not is_unspaced(unit):
                worst = (run, copies, period)
                found = unit
    if not worst[0]:
        return None
    return Loop(found, worst[1], worst[0] / len(words))


def _unit(words: list[str], same: bytes, run: int, period: int) -> str:
    start = same.index(b"\1" * run)
    unit = words[start : start + period]
    return ("" if is_unspaced(unit[0]) else " ").join(unit)


def _inside(text: str, words: list[str]) -> Loop | None:
    for word in words:
        if len(word) >= _LEAST_LOOPING_WORD and len(word) >= 2 * len(set(word)):
            match = _IN_WORD.search(word)
            if match:
                return _of(match, text)
    match = _PUNCTUATION.search(text)
    return _of(match, text) if match else None


def _of(match: re.Match[str], text: str) -> Loop:
    unit = match[1] or match[2]
    copies = match[0].count(unit)
    return Loop(unit, copies, (len(match[0]) - len(unit)) / len(text))
