"""A glossary is there as it was put, whole, until it is replaced or deleted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.languages import LanguagePair
from ai_translate.state.database import FILE_NAME, Database
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


def test_a_title_stays_until_another_is_given() -> None:
    """As the time of the first one does; without one the name is the title."""
    glossaries = Glossaries(Database.open(None))
    assert glossaries.put("mine", ENTRIES).title == "mine"
    first = glossaries.put("mine", ENTRIES, "Mine & yours")
    again = glossaries.put("mine", {FRENCH: {"bus": "car"}})
    assert (again.title, again.created) == ("Mine & yours", first.created)
    assert glossaries.infos() == [glossaries.get("mine")[0]] == [again]


def test_a_glossary_is_changed_in_place() -> None:
    """From what it has; a change that fails leaves all, and what is not there is told."""
    glossaries = Glossaries(Database.open(None))
    glossaries.put("mine", ENTRIES, "Ours")
    changed = glossaries.change("mine", lambda found: {FRENCH: found[FRENCH] | {"bus": "car"}})
    assert (changed.entries, changed.title) == ({FRENCH: 3}, "Ours")
    assert glossaries.change("mine", dict, "Theirs").title == "Theirs"
    with pytest.raises(ZeroDivisionError):
        glossaries.change("mine", lambda found: {FRENCH: {"a": str(len(found) / 0)}})
    assert glossaries.get("mine")[0].entries == {FRENCH: 3}
    with pytest.raises(NotFound, match="no glossary 'yours'"):
        glossaries.change("yours", dict)


def test_glossaries_of_before_titles_keep_their_names(tmp_path: Path) -> None:
    """A database that knows no titles becomes one of today, with all that is in it."""
    Database.open(tmp_path).close()
    older = sqlite3.connect(tmp_path / FILE_NAME)
    older.executescript(
        "ALTER TABLE glossaries DROP COLUMN title;"
        "ALTER TABLE glossaries DROP COLUMN created;"
        "INSERT INTO glossaries VALUES (1, 'mine', '2026-01-31T12:00:00+00:00');"
        "INSERT INTO glossary_terms VALUES (1, 'en', 'fr', 1, '{\"bus\": \"car\"}');"
        "PRAGMA user_version = 4;"
    )
    older.close()
    database = Database.open(tmp_path)
    info, entries = Glossaries(database).get("mine")
    assert (info.title, info.created) == ("mine", "2026-01-31T12:00:00+00:00")
    assert entries == {FRENCH: {"bus": "car"}}
    database.close()
