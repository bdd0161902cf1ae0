"""Numbers that are spelled out, in the languages that we have a table for."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_known", "spelled"]

_TABLES: Final = {
    "en": """
        0 zero midnight
        1 one once first
        2 two twice second
        3 three thrice third
        4 four fourth | 5 five fifth | 6 six sixth | 7 seven seventh | 8 eight eighth
        9 nine ninth | 10 ten tenth | 11 eleven eleventh | 12 twelve twelfth dozen noon midday
        13 thirteen thirteenth | 14 fourteen fourteenth fortnight | 15 fifteen fifteenth quarter
        16 sixteen sixteenth | 17 seventeen seventeenth | 18 eighteen eighteenth
        19 nineteen nineteenth | 20 twenty twenties twentieth score | 30 thirty thirties thirtieth
        40 forty forties fortieth | 50 fifty fifties fiftieth | 60 sixty sixties sixtieth
        70 seventy seventies seventieth | 80 eighty eighties eightieth
        90 ninety nineties ninetieth | 100 hundred hundreds hundredth
        1000 thousand thousands thousandth | 1000000 million millions millionth
        1000000000 billion billions | 1000000000000 trillion trillions""",
    "fr": """
        0 zéro minuit
        1 un une premier première premiers premières unième
        2 deux second seconde deuxième | 3 trois troisième | 4 quatre quatrième
        5 cinq cinquième | 6 six sixième | 7 sept septième | 8 huit huitième huitaine
        9 neuf neuvième | 10 dix dixième dizaine dizaines | 11 onze onzième
        12 douze douzième douzaine douzaines midi | 13 treize treizième
        14 quatorze quatorzième | 15 quinze quinzième quinzaine quart | 16 seize seizième
        20 vingt vingts vingtième vingtaine | 30 trente trentième trentaine
        40 quarante quarantième quarantaine | 50 cinquante cinquantième cinquantaine
        60 soixante soixantième soixantaine | 70 septante | 80 huitante octante | 90 nonante
        100 cent cents centième centaine centaines
        1000 mille mil millième millier milliers | 1000000 million millions millionième
        1000000000 milliard milliards | 1000000000000 billion billions""",
}
_HALVES: Final = {"en": frozenset({"half"}), "fr": frozenset({"demi", "demie", "demis", "demies"})}
_AND: Final = frozenset({"and", "et"})
# "Half" stands for 30 minutes, five tenths or fifty in a hundred.
_HALF: Final = frozenset({5, 30, 50})
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def _read(table: str) -> dict[str, int]:
    words = {}
    for line in re.split(r"[|\n]", table):
        if line.strip():
            value, *names = line.split()
            words.update(dict.fromkeys(names, int(value)))
    return words


_WORDS: Final = {language: _read(table) for language, table in _TABLES.items()}


def is_known(language: str) -> bool:
    """Whether there is a table for this BCP 47 tag; a region does not matter."""
    return language.partition("-")[0] in _WORDS


def spelled(text: str, language: str) -> frozenset[int]:
    """Every number that words of a text may stand for; none where there is no table.

    Generous on purpose: the value of each word counts, and so does that of each stretch of
    number words, so that `twenty-one` is 20, 1 and 21, and `nineteen eighty` is 1980 as well.
    """
    base = language.partition("-")[0]
    words = _WORDS.get(base)
    if words is None:
        return frozenset()
    found: set[int] = set()
    stretch: list[int] = []
    before_and = 0
    for word in [*_LETTERS.findall(text.casefold()), ""]:
        value = words.get(word)
        if value is not None:
            stretch.append(value)
        elif word in _AND:
            before_and = len(stretch)
        else:
            if stretch:
                found.update(stretch, _composed(stretch), _composed(stretch[before_and:]))
            stretch, before_and = [], 0
            if word in _HALVES[base]:
                found |= _HALF
    return frozenset(found)


def _composed(values: list[int]) -> set[int]:
    """What a stretch such as 2, 1000, 4, 20, 1 (deux mille quatre-vingt-un) amounts to.

    One may also stop before its end, as at the 45 of forty-five million. A year said in two
    halves (19, 84) is read both ways.
    """
    total = current = 0
    halves = values and 10 <= values[0] < 100
    found = {100 * values[0] + sum(values[1:])} if halves else set()
    for value in values:
        if value >= 1000:
            total += max(current, 1) * value
            current = 0
        elif value == 100:
            current = max(current, 1) * 100
        elif value == 20 and current % 100 == 4:  # quatre-vingt
            current += 76
        else:
            current += value
        found.add(total + current)
    return found
