"""What a model calls a term is found in its translation, and nothing else is taken for it."""

from __future__ import annotations

import pytest

from ai_translate.text.glossary import words
from ai_translate.text.renderings import heard_in, rendering_in, same_in


@pytest.mark.parametrize(
    ("said", "text", "expected"),
    [
        (["voiture.", "La voiture."], "J'ai une voiture.", "voiture"),
        (["pomme de terre.", "Pomme de terre."], "Une pomme de terre rouge.", "pomme de terre"),
        (["Où est la gare ?", "gare."], "Où se trouve la gare ?", "gare"),
        (["voiture.", "auto."], "J'ai une voiture.", None),
        (["La mer.", "la mer"], "Je vois la mer.", None),
        (["车站", "车站。"], "我在车站等你", "车站"),
        (["车站", "车站。"], "我在这里等车", None),
        ([], "Rien.", None),
    ],
)
def test_what_was_heard_twice_is_found(said: list[str], text: str, expected: str | None) -> None:
    """As all of its words that stand side by side; articles alone are no rendering."""
    place = rendering_in(list(words(text)), heard_in(said))
    assert (None if place is None else text[slice(*place)]) == expected


def test_the_same_words_are_found_in_any_case() -> None:
    """The first time that they stand there."""
    text = "La gare ROUTIÈRE, la Gare routière."
    place = same_in(list(words(text)), "Gare routière")
    assert place is not None
    assert text[slice(*place)] == "gare ROUTIÈRE"
    assert same_in(list(words(text)), "gare du nord") is None
