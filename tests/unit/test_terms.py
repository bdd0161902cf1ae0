"""Whatever a model does, terms become what the glossary says or are told as missed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate import DecodingOptions, Translation, Translator
from ai_translate.errors import EngineFailure, InvalidRequest
from ai_translate.languages import LanguagePair
from ai_translate.text.glossary import Glossary
from support.fake_engine import FakeEngine

PAIR = LanguagePair("en", "fr")
ROUTE = {"station": "halte", "bus": "car", "Paris": "Lutèce", "teacher": "maître"}
FRENCH = {
    "where": "où",
    "is": "est",
    "the": "la",
    "station": "gare",
    "bus": "autobus",
    "teacher": "professeur",
}


def in_french(sentence: str) -> str:
    """Word by word; others stay, and the first letter keeps its case."""

    def said(match: re.Match[str]) -> str:
        word = FRENCH.get(match[0].lower(), match[0])
        return word[:1].upper() + word[1:] if match[0][0].isupper() else word

    return re.sub("[A-Za-z]+", said, sentence)


def translated(
    text: str, entries: Mapping[str, str], says: Callable[[str], str]
) -> tuple[Translation, list[list[str]]]:
    model = FakeEngine(says=says)
    with Translator([model]) as translator:
        found = translator.translate(text, glossary=Glossary.of("g", {PAIR: entries}))
    return found, model.calls


def test_what_the_model_says_by_itself_costs_nothing() -> None:
    """The term is there: one call, and it is told as applied."""
    found, calls = translated("Where is the station?", {"station": "gare"}, in_french)
    assert found.text == "Où est la gare?"
    assert calls == [["Where is the station?"]]
    assert found.glossary is not None
    assert (found.glossary.applied, found.glossary.missed) == (("station",), ())
    assert found.warnings == ()


def test_a_text_without_terms_goes_as_ever() -> None:
    """One call, and nothing found."""
    found, calls = translated("Where is the bus?", {"station": "halte"}, in_french)
    assert calls == [["Where is the bus?"]]
    assert found.glossary is not None
    assert (found.glossary.applied, found.glossary.missed) == ((), ())


def test_the_term_is_put_into_the_source() -> None:
    """A model that copies it says the rest around it; all is asked in one further call."""
    found, calls = translated("Where is the station?", {"station": "halte"}, in_french)
    assert found.text == "Où est la halte?"
    assert calls[1:] == [
        ["Where is the halte?", "station", "station.", "station, station."],
    ]
    assert found.warnings == ()


def test_what_the_model_calls_the_term_is_replaced() -> None:
    """Where it makes something else of foreign words; in the case of what stood there."""
    found, calls = translated(
        "Station of the bus.", ROUTE, lambda s: in_french(re.sub("(?i)halte|car", "fou", s))
    )
    assert found.text == "Halte of la car."
    assert found.glossary is not None
    assert found.glossary.applied == ("station", "bus")
    assert len(calls) == 2


def test_a_stand_in_saves_what_is_called_otherwise_alone() -> None:
    """A name first; the sentence begins with a capital letter if it did."""

    def says(sentence: str) -> str:
        return "Non." if re.match("(?i)teacher[.,]?|maître", sentence) else in_french(sentence)

    found, calls = translated("Teacher is bus.", {"teacher": "maître"}, says)
    assert found.text == "Maître est autobus."
    assert calls[2] == ["Tokyo is bus.", "25 is bus."]


def test_what_nothing_saves_is_told_and_stays() -> None:
    """With a warning that names the term, and the translation as the model has it."""
    found, calls = translated(
        "Where is the station? My thanks.",
        {"station": "halte"},
        lambda s: "Rien." if " " in s else "Non.",
    )
    assert found.text == "Rien. Rien."
    assert found.glossary is not None
    assert (found.glossary.applied, found.glossary.missed) == ((), ("station",))
    [warning] = found.warnings
    assert (warning.code, warning.sentence) == ("term_missed", "Where is the station?")
    assert "'halte'" in warning.message
    assert "'station'" in warning.message
    assert len(calls) == 3


def test_a_doubtful_answer_does_not_honour_a_term() -> None:
    """What the guard suspects is worse than what the model says by itself."""
    found, _ = translated(
        "where is the station", {"station": "LOOP"}, lambda s: s if "LOOP" in s else "où"
    )
    assert found.text == "où"
    assert [warning.code for warning in found.warnings] == ["term_missed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("station", "halte"),
        ("Station", "Halte"),
        ("STATION!", "HALTE!"),
        ("  « station »\n", "  « halte »\n"),
        ("Paris", "Lutèce"),
        ("paris", "rien"),
    ],
)
def test_a_sentence_that_is_a_term_needs_no_model(text: str, expected: str) -> None:
    """Its translation is the glossary's, in its case; what is around stays."""
    found, calls = translated(text, ROUTE, lambda _: "rien")
    assert found.text == expected
    assert len(calls) == 1


def test_a_term_that_is_a_sentence_keeps_how_the_model_writes_it() -> None:
    """Its own signs, where its words are the glossary's; what it says beside them goes."""
    assert translated("Station!", {"station": "halte"}, lambda _: "Halte !")[0].text == "Halte !"
    assert translated("Station", {"station": "halte"}, lambda _: "La halte est")[0].text == "Halte"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phone is the bus", "iPhone est la eBus"),
        ("the Phone is", "la iPhone est"),
        ("Bus is the Phone", "EBus est la iPhone"),
        ("the BUS is", "la EBUS est"),
    ],
)
def test_capitals_of_a_translation_are_its_own(text: str, expected: str) -> None:
    """They stay where its term has capitals, too; otherwise the first letter may become one."""
    found, _ = translated(text, {"Phone": "iPhone", "bus": "eBus"}, in_french)
    assert found.text == expected
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Station is", "la Halte est"),
        ("THE STATION IS", "THE HALTE IS"),
        ("the bus is the station", "la car est la halte"),
        ("the station is the station", "la halte est la halte"),
        ("is Paris the station", "est Lutèce la halte"),
        ("is PARIS the bus", "est PARIS la car"),
    ],
)
def test_case_and_number_are_kept(text: str, expected: str) -> None:
    """Each term as often as it is there, in the case that it has there."""
    says = in_french if text != text.upper() else str
    assert translated(text, ROUTE, says)[0].text == expected


def test_what_must_pass_is_left_alone() -> None:
    """Terms inside placeholders, code and what the caller keeps are none, and these survive."""
    glossary = Glossary.of("g", {PAIR: {"station": "halte", "bus": "car"}})
    text = "the {station} is `station`, the station is bus"
    with Translator([FakeEngine(says=in_french)]) as translator:
        found = translator.translate(text, glossary=glossary, kept=["bus"])
    assert found.text == "la {station} est `station`, la halte est bus"
    assert found.glossary is not None
    assert found.glossary.applied == ("station",)


def test_alternatives_are_mended_too() -> None:
    """What the model calls the term is replaced in each of them."""
    model = FakeEngine(says=lambda s: in_french(s.replace("halte", "x")))
    glossary = Glossary.of("g", {PAIR: {"station": "halte"}})
    with Translator([model]) as translator:
        found = translator.translate(
            "the station", options=DecodingOptions(alternatives=1), glossary=glossary
        )
    assert [found.text, *found.alternatives] == ["la halte", "la halte (1)"]


def test_errors_are_errors() -> None:
    """Of the engine for a sentence; a failure of what was tried beyond it costs the term alone."""
    glossary = Glossary.of("g", {PAIR: {"station": "halte", "bus": "FAIL"}})
    with Translator([FakeEngine(says=in_french)]) as translator:
        with pytest.raises(EngineFailure):
            translator.translate("the station FAIL", glossary=glossary)
        found = translator.translate("the bus is", glossary=glossary)
    assert found.text == "la FAIL est"


def test_a_glossary_without_the_direction_is_an_error() -> None:
    """For texts of a named language at once; for detected ones each alone."""
    models = [FakeEngine(says=str), FakeEngine("de", [("de", "fr")], says=str)]
    glossary = Glossary.of("mine", {PAIR: ROUTE})
    texts = ["Where is the railway station?", "Wo ist denn hier der Bahnhof?"]
    with Translator(models) as translator:
        with pytest.raises(InvalidRequest, match="mine has no terms for de→fr"):
            translator.translate("Bahnhof", "de", glossary=glossary)
        first, second = asyncio.run(
            translator.translate_batch_async(texts, "auto", glossary=glossary)
        )
    assert isinstance(first, Translation)
    assert isinstance(second, InvalidRequest)
    assert "en→fr" in second.message


WORDS = st.sampled_from(
    ["the", "station", "Station", "bus", "BUS", "Paris", "{name}", "%d", "is", "ok.", "Tokyo", "25"]
)
SAYINGS: list[Callable[[str], str]] = [
    in_french,
    str.upper,
    lambda s: s,
    lambda s: " ".join(reversed(s.split())),
    lambda s: re.sub(r"\b[A-Z]\w+", "", s) or "x",
    lambda _: "rien",
    lambda s: f"{s} {s}",
]


@given(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), st.sampled_from(SAYINGS))
def test_every_term_is_honoured_or_told(text: str, says: Callable[[str], str]) -> None:
    """As often as it stands in the text; and placeholders are as many as before."""
    found, _ = translated(text, ROUTE, says)
    assert found.glossary is not None
    terms = [term for term in ROUTE if re.search(rf"(?<![\w{{]){term}\b", text, _flags(term))]
    assert sorted([*found.glossary.applied, *found.glossary.missed]) == sorted(terms)
    for term in found.glossary.applied:
        wanted = len(re.findall(rf"\b{term}\b", text, _flags(term)))
        target = ROUTE[term]
        assert len(re.findall(rf"\b{target}\b", found.text, _flags(target))) >= wanted
    missed = [warning for warning in found.warnings if warning.code == "term_missed"]
    assert bool(missed) == bool(found.glossary.missed)
    assert found.text.count("{name}") == text.count("{name}")


def _flags(term: str) -> re.RegexFlag:
    return re.NOFLAG if term[0].isupper() else re.IGNORECASE


def test_terms_in_markup_are_honoured() -> None:
    """In sentences with tags, where the tags stay around them, and in attributes."""
    page = '<p>Where is the <b>station</b>?</p><img alt="station"><p><i>the bus</i></p>'
    glossary = Glossary.of("g", {PAIR: {"station": "halte"}})
    with Translator([FakeEngine(says=in_french)]) as translator:
        found = translator.translate(page, glossary=glossary, syntax="html", tag_texts=True)
    assert found.text == ('<p>Où est la <b>halte</b>?</p><img alt="halte"><p><i>la autobus</i></p>')
    assert found.glossary is not None
    assert found.glossary.applied == ("station",)
    missing = Glossary.of("g", {PAIR: {"station": "halte"}})
    with Translator([FakeEngine(says=lambda s: "Rien." if " " in s else "Non.")]) as translator:
        found = translator.translate("<p>My <b>station</b> is.</p>", glossary=missing)
    assert [(w.code, w.sentence) for w in found.warnings][-1:] == [
        ("term_missed", "My station is.")
    ]
