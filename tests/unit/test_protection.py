"""Whatever a model does, what must be kept is there just once, and in its form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate import Translator
from ai_translate.errors import EngineFailure
from ai_translate.text.protect import protected_spans
from support.fake_engine import FakeEngine


def test_a_stand_in_goes_to_the_model_and_its_original_comes_back() -> None:
    """In one call, together with the sentences that need none."""
    model = FakeEngine(says=lambda sentence: sentence.replace("Hello", "Salut"))
    with Translator([model]) as translator:
        found = translator.translate("Hello {name}. Hello you.")
    assert found.text == "Salut {name}. Salut you."
    assert model.calls == [["Hello you.", "Hello Tom."]]
    assert found.warnings == ()


def test_text_without_such_parts_goes_as_ever() -> None:
    """One call with the sentence as it is."""
    model = FakeEngine(says=str.upper)
    with Translator([model]) as translator:
        assert translator.translate("Hello, Tom.").text == "HELLO, TOM."
    assert model.calls == [["Hello, Tom."]]


def test_another_stand_in_is_tried() -> None:
    """One that the model loses is followed by one that it keeps."""
    model = FakeEngine(says=lambda sentence: sentence.replace("Tom", "lui"))
    with Translator([model]) as translator:
        found = translator.translate("Hello {name}.")
    assert found.text == "Hello {name}."
    assert model.calls == [["Hello Tom."], ["Hello Boston."]]
    assert found.warnings == ()


def test_what_no_stand_in_saves_is_translated_around() -> None:
    """In pieces, without the full stop that a piece did not have, and with a warning."""
    model = FakeEngine(
        says=lambda sentence: re.sub("[A-Z][a-z]+", "", sentence).strip().upper() + "."
    )
    with Translator([model]) as translator:
        found = translator.translate("we saw {name} in {place} today.")
    assert found.text == "WE SAW {name} IN {place} TODAY.."
    assert [warning.code for warning in found.warnings] == ["pieces"]
    assert "{name}, {place}" in found.warnings[0].message
    assert model.calls[-1] == ["we saw", "in", "today."]


def test_what_the_caller_names_is_kept() -> None:
    """By its words, in a batch as in one text."""
    model = FakeEngine(says=lambda sentence: sentence.replace("Deep Blue", "bleu profond"))
    with Translator([model]) as translator:
        assert translator.translate("I like Deep Blue.").text == "I like bleu profond."
        assert translator.translate("I like Deep Blue.", kept=["Deep Blue"]).text == (
            "I like Deep Blue."
        )


def test_an_error_of_the_engine_is_an_error() -> None:
    """It is not tried again, nor in pieces."""
    model = FakeEngine(says=str)
    with Translator([model]) as translator, pytest.raises(EngineFailure):
        translator.translate("FAIL {name}.")
    assert model.calls == [["FAIL Tom."]]


WORDS = st.sampled_from(["we", "saw", "Tom", "Boston", "25", "ok."])
KEPT = st.sampled_from(
    [
        *("{name}", "%s", "{{a.b}}", "%1$d", "https://x.org/a", "`a b`", "😀", "@me", "#tag"),
        *("{count}", "{n, plural, one {Tom} other {# 25}}", "<0>", "</0>", "${x}", "a@b.org"),
        *("/usr/bin", "{w}px"),
    ]
)
TEXT = st.lists(st.one_of(WORDS, KEPT), min_size=1, max_size=12).map(" ".join)
HARM: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.lower,
    lambda _: "",
    lambda sentence: sentence + sentence,
    lambda sentence: sentence[::-1],
    lambda sentence: sentence.replace("Tom", "Tom Tom"),
    lambda sentence: sentence.replace("25", "26"),
    lambda sentence: " ".join(sentence.split()[::-1]),
    lambda _: "Tom Boston Tokyo 25 60 20",
]


@given(TEXT, st.sampled_from(HARM))
def test_no_harm_reaches_what_must_be_kept(text: str, harm: Callable[[str], str]) -> None:
    """Whatever comes of the words: each part is there as often as in the source, and no other."""
    with Translator([FakeEngine(says=harm)]) as translator:
        result = translator.translate(text).text
    assert Counter(parts_of(result)) == Counter(parts_of(text)), result


def parts_of(text: str) -> list[str]:
    """What must be kept of a text, word by word, since neighbours count as one."""
    spans = protected_spans(text)
    return [text[span.start : span.end] for span in spans]
