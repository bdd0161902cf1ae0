"""A glossary is there as it was put, whole, until it is replaced or deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.languages import LanguagePair
from ai_translate.state.database import Database
from ai_translate.state.glossaries import Glossaries

FRENCH, GERMAN = LanguagePair("en", "fr"), LanguagePair("pt-BR", "de")
ENTRIES = {FRENCH: {"station": "gare", "'; DROP TABLE glossaries; --": "é车"}, GERMAN: {"a": "b"}}


def test_what_is_put_is_got(tmp_path: Path) -> None:
    """By direction, also after a restart."""
    database = Database.open(tmp_path)
    put = Glossaries(database).put("mine", ENTRIES)
    database.close()
    database = Database.open(tmp_path)
    glossaries = Glossaries(database)
    info, entries = glossaries.get("mine")
    assert (info, entries) == (put, ENTRIES)
    assert info.entries == {FRENCH: 2, GERMAN: 1}
    assert glossaries.infos() == [info]
    assert glossaries.lasting
    database.close()


def test_a_put_replaces_the_whole() -> None:
    """No term of before is left, and the version is a new one each time, also after a delete."""
    glossaries = Glossaries(Database.open(None))
    versions = []
    for entries in (ENTRIES, {FRENCH: {"bus": "car"}}):
        versions.append(glossaries.put("mine", entries).version)
        assert glossaries.version("mine") == versions[-1]
        assert glossaries.get("mine")[1] == entries
    glossaries.delete("mine")
    versions.append(glossaries.put("mine", ENTRIES).version)
    assert len(set(versions)) == 3
    assert not glossaries.lasting


def test_what_is_not_there_is_told_with_what_is() -> None:
    """Whatever is asked of it."""
    glossaries = Glossaries(Database.open(None))
    for name in ("two", "one"):
        glossaries.put(name, ENTRIES)
    for ask in (glossaries.get, glossaries.version, glossaries.delete):
        with pytest.raises(NotFound, match=r"no glossary 'three'. Those that there are: one, two"):
            ask("three")
    glossaries.delete("one")
    assert [info.name for info in glossaries.infos()] == ["two"]


def test_a_long_list_of_names_is_cut() -> None:
    """An error is no catalogue."""
    glossaries = Glossaries(Database.open(None))
    for number in range(25):
        glossaries.put(f"g{number:02}", ENTRIES)
    with pytest.raises(NotFound) as caught:
        glossaries.get("x" * 1000)
    assert "g19, …" in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a b", "é", "a\n", "x" * 65, "a\0", "../a", "a'", "%2e"]
)
def test_names_that_could_be_anything_else_are_refused(name: str) -> None:
    """Nothing is kept under them."""
    glossaries = Glossaries(Database.open(None))
    with pytest.raises(InvalidRequest, match="no name of a glossary"):
        glossaries.put(name, ENTRIES)
    assert glossaries.infos() == []


def test_there_are_only_so_many() -> None:
    """One more is refused; one in place of another is not, and what was there stays."""
    glossaries = Glossaries(Database.open(None), most=2)
    glossaries.put("one", ENTRIES)
    glossaries.put("two", ENTRIES)
    with pytest.raises(TooLarge, match="the limit is 2"):
        glossaries.put("three", ENTRIES)
    glossaries.put("two", {FRENCH: {"bus": "car"}})
    assert [info.name for info in glossaries.infos()] == ["one", "two"]
