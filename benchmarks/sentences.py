"""Sentences for measuring speed: as many different ones as are wanted, the same from each seed.

A cache answers what it has seen, and a queue joins what is equal, so a load of repeated sentences
measures neither the model nor the service. These are put together from small lists; they have 3 to
25 words, 11 on average, as everyday text has, and no two are equal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Final

__all__ = ["sentences"]

_MOST_WORDS: Final = 25


def _list(*lines: str) -> list[str]:
    """What stands between commas."""
    return [entry.strip() for entry in ",".join(lines).split(",")]


_WHO: Final = _list(
    "he, she, they, we, I, you, Tom, Mary, John, my brother, my sister, the teacher, the doctor",
    "the old man, her husband, his wife, the driver, my friend, my aunt, our daughter",
    "the young woman, the children, his parents, the students, your mother, my father",
)
_NAMED: Final = _list(
    "Tom, Mary, John, my brother, my sister, the teacher, the doctor, the old man, her husband",
    "his wife, the driver, my friend, my aunt, our daughter, the young woman, your mother",
)
_THINGS: Final = _list(
    "key, letter, red bicycle, ticket, suitcase, map, newspaper, guitar, camera, coat, cake, bread",
    "blue shirt, phone, chair, bottle of wine, table, book, window, box, radio, old clock, cheese",
    "little dog, white cat, black hat, car, knife, glass of water, picture, dictionary, computer",
    "money, house, door, bag, watch, umbrella, coffee, green apple, new pen, fish, big box",
)
_PLACES: Final = _list(
    "station, market, garden, library, kitchen, office, hotel, museum, restaurant, school",
    "hospital, beach, village, church, airport, park, theatre, post office, river, bank, lake",
)
_TIMES: Final = _list(
    "yesterday, this morning, last night, last week, last summer, on Monday, on Friday",
    "after lunch, in the afternoon, a long time ago, before dinner, in winter, on Sunday",
)
_QUALITIES: Final = _list(
    "tired, happy, late, hungry, angry, ready, ill, alone, surprised, busy, nervous, thirsty, sad",
)
_VERBS: Final = _list(
    "forgot, found, lost, sold, bought, broke, cleaned, wanted, brought, took, saw, needed, liked",
    "opened, left, put, looked for, used",
)
_ACTIONS: Final = _list(
    "sang, worked, danced, swam, cooked, read, laughed, waited, slept, wrote, spoke, walked, played"
)
_MANNERS: Final = _list(
    "slowly, very well, here, quickly, outside, at home, every day, for a long time, too much"
)
_JOINED: Final = (", but", " and", " because", " while", " when", ", so")

_CLAUSES: Final = (
    "{who} {action} {manner}",
    "{who} {verb} the {thing}",
    "{who} {verb} the {thing} {time}",
    "{named} was {quality}",
    "{named} was {quality} {time}",
    "{named} is at the {place}",
    "{who} {verb} the {thing} in the {place}",
    "{who} will go to the {place} with {named}",
    "{who} asked {named} where the {thing} was",
    "{who} {verb} the {thing} near the {place} {time}",
    "there is a {thing} in the {place}",
    "the {thing} belongs to {named}",
    "{who} {action} in the {place} {time}",
    "{who} worked at the {place} for {number} years",
)
_QUESTIONS: Final = (
    "where did {who} put the {thing}",
    "did {who} find the {thing} in the {place}",
    "is {named} still {quality}",
    "could you bring the {thing} to the {place}",
    "why did {who} go to the {place} {time}",
    "can {who} see the {thing} from here",
)


def sentences(count: int, *, seed: int = 1) -> list[str]:
    """That many different sentences.

    Args:
        count: How many; tens of thousands are possible.
        seed: Another one gives other sentences.
    """
    seen: dict[str, None] = {}
    source = random.Random(seed)
    drawn = _endless(source)
    while len(seen) < count:
        seen.update(dict.fromkeys(islice(drawn, count - len(seen))))
    found = list(seen)
    # Short ones run out first: in the order of drawing, the beginning would be shorter.
    source.shuffle(found)
    return found


def _endless(source: random.Random) -> Iterator[str]:
    while True:
        kind = source.random()
        if kind < 0.15:
            text, end = _filled(source.choice(_QUESTIONS), source), "?"
        else:
            text, end = _filled(source.choice(_CLAUSES), source), "."
            for _ in range((kind > 0.65) + (kind > 0.93)):
                text += f"{source.choice(_JOINED)} {_filled(source.choice(_CLAUSES), source)}"
        if text.count(" ") < _MOST_WORDS:
            yield text[0].upper() + text[1:] + end


def _filled(clause: str, source: random.Random) -> str:
    return clause.format(
        who=source.choice(_WHO),
        named=source.choice(_NAMED),
        thing=source.choice(_THINGS),
        place=source.choice(_PLACES),
        time=source.choice(_TIMES),
        quality=source.choice(_QUALITIES),
        verb=source.choice(_VERBS),
        action=source.choice(_ACTIONS),
        manner=source.choice(_MANNERS),
        number=source.randint(2, 9),
    )
