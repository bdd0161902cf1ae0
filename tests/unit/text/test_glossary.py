"""Terms are found as whole words, the longest first, in the case that they have."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import InvalidRequest
from ai_translate.languages import LanguagePair
from ai_translate.text.glossary import Glossary, Terms, cased, words


def found(entries: list[str], text: str) -> list[str]:
    terms = Terms({entry: entry for entry in entries})
    return [f"{text[use.start : use.end]}={use.term.source}" for use in terms.uses_in(text)]


@pytest.mark.parametrize(
    ("entries", "text", "expected"),
    [
        (["station"], "The station, my Station: STATION!", ["station", "Station", "STATION"]),
        (["station"], "stations, substation, station_name, station2", []),
        (["driver"], "the driver's car, l'driver, driver-side", ["driver", "driver"]),
        (["mail", "e-mail"], "E-mail and mail", ["E-mail", "mail"]),
        (["C++", ".NET", "AT&T"], "C++, .NET, AT&T, C + +", ["C++", ".NET", "AT&T"]),
        (["café"], "caf\u00e9 cafe\u0301 cafe", ["café", "cafe\u0301"]),
        (["straße"], "STRASSE Straße", ["STRASSE", "Straße"]),
        (["车站"], "我在车站等你", ["车站"]),
        (["サーバー"], "このサーバーは", ["サーバー"]),
        (["สถานี"], "ที่สถานีรถไฟ", ["สถานี"]),
        (["स्टेशन"], "वह स्टेशन है", ["स्टेशन"]),
        (["ice cream"], "ice\u00a0 cream, icecream, ice-cream", ["ice\u00a0 cream"]),
    ],
)
def test_whole_words_are_found(entries: list[str], text: str, expected: list[str]) -> None:
    """Inside a word nothing is found, and in scripts without spaces everything."""
    assert [one.partition("=")[0] for one in found(entries, text)] == expected


def test_the_longest_term_counts() -> None:
    """Of those that begin at one place; a longer one that does not go on gives way."""
    entries = ["bus", "bus station", "bus station hall", "station"]
    assert found(entries, "bus station, bus Station Hall, bus stop, station") == [
        "bus station=bus station",
        "bus Station Hall=bus station hall",
        "bus=bus",
        "station=station",
    ]
    assert found(["a b c d", "b c"], "a b c x") == ["b c=b c"]


def test_capitals_bind_an_entry_to_its_case() -> None:
    """It is found so alone; beside one in lower case, each has its own."""
    assert found(["Apple"], "Apple apple APPLE") == ["Apple=Apple"]
    assert found(["Apple", "apple"], "Apple apple APPLE") == [
        "Apple=Apple",
        "apple=apple",
        "APPLE=apple",
    ]


@pytest.mark.parametrize(
    ("target", "like", "expected"),
    [
        ("gare", "station", "gare"),
        ("gare", "Station", "Gare"),
        ("gare routière", "BUS STATION", "GARE ROUTIÈRE"),
        ("gare", "A", "Gare"),
        ("l'été", "Summer", "L'été"),
        ("gare", "2 STATIONS", "GARE"),
        ("站", "Station", "站"),
        ("WLAN", "wifi", "WLAN"),
    ],
)
def test_a_translation_takes_the_case_of_what_it_replaces(
    target: str, like: str, expected: str
) -> None:
    """Capitals for capitals, a first one for a first one."""
    assert cased(target, like) == expected


PIECES = st.sampled_from(
    ["a", "b", "A", "ab", "é", "e\u0301", "-", "'", " ", "  ", "\n", "+", "车", "站", "_", "1", "ß"]
)
TEXT = st.lists(PIECES, max_size=14).map("".join)
ENTRIES = st.lists(
    st.lists(PIECES, min_size=1, max_size=5).map("".join).map(str.strip).filter(bool), max_size=6
)


def naive(entries: list[str], text: str) -> list[tuple[int, int, str]]:
    """The same by trying every entry at every word."""

    def key(one: str, *, case: bool) -> list[tuple[str, str]]:
        return [
            (word.joined if at else "", word.text if case else word.text.casefold())
            for at, word in enumerate(words(one))
        ]

    places = list(words(text))
    result, at = [], 0
    while at < len(places):
        best: tuple[int, bool, str] | None = None
        for entry in dict.fromkeys(entries):
            exact = any(map(str.isupper, entry))
            wanted = key(entry, case=exact)
            part = places[at : at + len(wanted)]
            own = key(text[part[0].start : part[-1].end], case=exact)
            if wanted == own:
                offer = (len(wanted), exact, entry)
                if best is None or offer[:2] > best[:2] or (offer[:2] == best[:2]):
                    best = offer
        if best is None:
            at += 1
        else:
            result.append((places[at].start, places[at + best[0] - 1].end, best[2]))
            at += best[0]
    return result


@given(ENTRIES, TEXT)
def test_the_walk_finds_what_trying_everything_finds(entries: list[str], text: str) -> None:
    """Whatever the terms and the text are."""
    uses = Terms(dict.fromkeys(entries, "")).uses_in(text)
    places = [(use.start, use.end) for use in uses]
    assert places == [(start, end) for start, end, _ in naive(entries, text)]
    exact = [use.term.source for use in uses if any(map(str.isupper, use.term.source))]
    assert exact == [one for _, _, one in naive(entries, text) if any(map(str.isupper, one))]


@given(st.text(max_size=60))
def test_words_cover_all_but_spaces(text: str) -> None:
    """In order and apart from each other, and in one form however marks are written."""
    every = list(words(text))
    ends = [0, *(word.end for word in every)]
    gaps = [text[end : word.start] for end, word in zip(ends, every, strict=False)]
    assert all(not gap.strip() for gap in [*gaps, text[ends[-1] :]])
    for word in every:
        assert word.text == unicodedata.normalize("NFC", text[word.start : word.end])


def test_a_direction_is_found_with_its_region_left_off() -> None:
    """What is not there is told with what is."""
    french, german = LanguagePair("en", "fr"), LanguagePair("en", "de-AT")
    glossary = Glossary.of("mine", {french: {"a": "b"}, german: {"a": "c"}})
    assert glossary.terms_for(LanguagePair("en-US", "fr-CA")).entries == {"a": "b"}
    assert glossary.terms_for(german).entries == {"a": "c"}
    with pytest.raises(InvalidRequest, match=r"mine has no terms for en→de. .*en→de-AT, en→fr"):
        glossary.terms_for(LanguagePair("en", "de"))
