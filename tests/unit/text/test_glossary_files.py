"""Glossaries are read as people write them, and what is wrong is told with its line."""

from __future__ import annotations

import json

import pytest

from ai_translate.errors import InvalidRequest, RequestError, TooLarge
from ai_translate.languages import LanguagePair
from ai_translate.text.glossary_files import (
    MAX_ENTRIES,
    MAX_TERM,
    Format,
    direction_name,
    format_of,
    parse,
)

PAIR = LanguagePair("en", "fr")
TERMS = {PAIR: {"station": "gare", "bus, coach": 'le "bus"'}}


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", 'station,gare\n"bus, coach","le ""bus"""\n'),
        ("csv", '\ufeffSource , target\r\n\r\n station , gare \r\n"bus, coach","le ""bus"""'),
        ("tsv", 'station\tgare\nbus, coach\tle "bus"\n'),
        ("tsv", 'source\ttarget\nstation\tgare\nstation\tgare\nbus, coach\tle "bus"'),
        ("json", json.dumps({"en-fr": TERMS[PAIR]})),
        ("json", json.dumps({"EN:fra": TERMS[PAIR]})),
        (
            "json",
            json.dumps([{"source": s, "target": t} for s, t in TERMS[PAIR].items()]),
        ),
    ],
)
def test_every_form_says_the_same(form: Format, content: str) -> None:
    """With a heading or without, with spaces around, with a byte order mark."""
    assert parse(content.encode(), form, PAIR) == TERMS


def test_csv_may_name_the_direction_of_each_line() -> None:
    """In a third and a fourth cell, beside lines that leave it to what is told beside them."""
    content = b"station,gare,EN,FR\nbus,Bus,en,de\nboat,bateau\n"
    german = LanguagePair("en", "de")
    assert parse(content, "csv", PAIR) == {
        PAIR: {"station": "gare", "boat": "bateau"},
        german: {"bus": "Bus"},
    }
    with pytest.raises(InvalidRequest, match="not a language tag"):
        parse(b"a,b,c d,e\n", "csv", PAIR)


def test_json_has_directions_of_its_own() -> None:
    """In both shapes; tags with a hyphen have a colon between them."""
    entry = {"source": "a", "target": "b", "source_lang": "pt_br", "target_lang": "fr"}
    expected = {LanguagePair("pt-BR", "fr"): {"a": "b"}}
    assert parse(json.dumps([entry]).encode(), "json") == expected
    assert parse(json.dumps({"pt-BR:fr": {"a": "b"}}).encode(), "json") == expected
    assert [direction_name(pair) for pair in (PAIR, *expected)] == ["en-fr", "pt-BR:fr"]


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("csv", b"", "no entries"),
        ("csv", b"source,target\n", "no entries"),
        ("csv", b"a,b\nstation\n", "Line 2 of the glossary has 1 of the 2 cells"),
        ("csv", b"a,b\nbus, coach,car\n", "Line 2 of the glossary has 3 of"),
        ("csv", b"a,b\n,car\n", "term in line 2 is empty"),
        ("csv", b"a,b\ncar, \n", "translation in line 2 is empty"),
        ("csv", b'a,b\n"car,c\n', "Line 2 of the glossary is no CSV"),
        ("csv", b'a,"b\nc"\n', "control character"),
        ("csv", b"a,b\n\xff,c\n", "Line 2 of the glossary is not UTF-8"),
        ("csv", b"a,b\nc,d\na,e\n", "'a' has two translations: 'b' in line 1 and 'e' in line 3"),
        ("csv", b"--,b\n", "neither a letter nor a digit"),
        ("tsv", b"a b\n", "Line 1 of the glossary has 1 of"),
        ("tsv", b"a\x00\tb\n", "control character"),
        ("json", b"{", "not JSON"),
        ("json", b"[" * 100_000, "not JSON"),
        ("json", b'"en-fr"', "neither an object nor a list"),
        ("json", b'{"en-fr": 1}', "'en-fr' holds no terms"),
        ("json", b'{"en": {"a": "b"}}', "'en' is no direction"),
        ("json", b'{"e-f": {"a": "b"}}', "no.* language tag"),
        ("json", b'{"en-fr": {"a": 1}}', "'en-fr', 'a' is no string"),
        ("json", b'{"en-fr": {"a": "b", "a": "c"}}', "two translations"),
        ("json", b'[{"source": "a"}]', "entry 1 of the glossary has no 'target'"),
        ("json", b'[{"source": "a", "target": "b", "x": 1}]', "may have no 'x'"),
        ("json", b'[{"source": "a", "target": "b"}, 5]', "entry 2 of the glossary is no object"),
        ("json", b'[{"source": "a", "target": "b", "source_lang": "en"}]', "direction of entry 1"),
        ("json", b'{"en-fr": {"\\ud800": "b"}}', "control character"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(form: Format, content: bytes, expected: str) -> None:
    """And with what to do about it."""
    with pytest.raises(InvalidRequest, match=expected) as caught:
        parse(content, form, PAIR)
    assert caught.value.hint


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_table_needs_a_direction(form: Format) -> None:
    """It does not say it itself."""
    with pytest.raises(InvalidRequest, match="source_lang and target_lang"):
        parse(b"a,b", form)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("".join(f"t{n},x\n" for n in range(MAX_ENTRIES + 1)), f"more than {MAX_ENTRIES}"),
        (f"a,b\n{'x' * (MAX_TERM + 1)},c\n", "term in line 2 has 501 characters"),
        (f"a,b\nc,{'x' * (MAX_TERM + 1)}\n", "translation in line 2 has 501 characters"),
        (f"a,b\n{'x ' * 51},c\n", "51 words and signs; the limit is 50"),
        (f"a,{'x' * 200_000}\n", "field larger than field limit"),
    ],
)
def test_what_is_too_large_is_told_with_the_limit(content: str, expected: str) -> None:
    """Of entries, of characters, of words."""
    with pytest.raises(RequestError, match=expected) as caught:
        parse(content.encode(), "csv", PAIR)
    assert isinstance(caught.value, TooLarge) or "field limit" in expected


def test_as_many_as_the_limit_are_read() -> None:
    """Each may be as long as it may be."""
    content = "".join(f"{f't{n}'.ljust(50, 'x')},y\n" for n in range(MAX_ENTRIES))
    assert len(parse(content.encode(), "csv", PAIR)[PAIR]) == MAX_ENTRIES


def test_the_end_of_a_name_says_the_form() -> None:
    """In any case; others are refused."""
    assert [format_of(name) for name in ("a.csv", "B.TSV", "c.d.json")] == ["csv", "tsv", "json"]
    for name in ("a.txt", "csv.", "noend"):
        with pytest.raises(InvalidRequest, match="no glossary by its name"):
            format_of(name)
