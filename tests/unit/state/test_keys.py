"""Keys are made, listed and revoked; of the keys themselves nothing can be read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_translate.errors import InvalidRequest, NotFound, TooLarge
from ai_translate.state.database import FILE_NAME, Database
from ai_translate.state.key_texts import digest_of
from ai_translate.state.keys import Access, Keys


@pytest.fixture
def keys() -> Iterator[Keys]:
    database = Database.open(None)
    yield Keys(database)
    database.close()


def test_what_is_made_is_listed(tmp_path: Path) -> None:
    """With all that was said of it, also after a restart."""
    database = Database.open(tmp_path)
    made = Keys(database).create(
        "CI",
        {Access.TRANSLATE, Access.GLOSSARIES},
        seconds=3600.0,
        requests_per_minute=5,
        characters_per_month=10**9,
    )
    plain = Keys(database).create("Mary's 'phone'", [Access.ADMIN])
    database.close()
    database = Database.open(tmp_path)
    assert Keys(database).all() == [made.key, plain.key]
    database.close()
    key = made.key
    assert (key.name, set(key.access)) == ("CI", {Access.TRANSLATE, Access.GLOSSARIES})
    assert (key.requests_per_minute, key.characters_per_month) == (5, 10**9)
    assert key.expires == key.created + 3600.0
    assert (key.revoked, key.used) == (None, None)
    assert (plain.key.expires, plain.key.requests_per_minute) == (None, None)


def test_the_key_itself_is_nowhere(tmp_path: Path) -> None:
    """Neither in the file nor in what is printed of it; its digest is."""
    database = Database.open(tmp_path)
    made = Keys(database).create("CI", [Access.TRANSLATE])
    database.close()
    content = (tmp_path / FILE_NAME).read_bytes()
    assert made.text[15:].encode() not in content
    assert digest_of(made.text.encode()) in content
    assert made.key.digest.hex() not in repr(made.key)
    assert repr(made.key.digest) not in repr(made.key)


def test_a_revoked_key_stays_revoked(keys: Keys) -> None:
    """By its identifier or by itself; when it happened first is remembered."""
    one, two = (keys.create("CI", [Access.TRANSLATE]) for _ in range(2))
    revoked = keys.revoke(one.key.identifier)
    assert revoked.revoked is not None
    assert keys.revoke(one.text) == revoked
    assert [key.revoked for key in keys.all()] == [revoked.revoked, None]
    assert keys.revoke(two.text).revoked is not None


def test_a_key_that_is_not_there_is_told_without_its_secret(keys: Keys) -> None:
    """What was given may be a key that has been cut."""
    text = keys.create("CI", [Access.TRANSLATE]).text
    with pytest.raises(NotFound, match="There is no key 'nobody'") as found:
        keys.revoke("nobody")
    assert "keys list" in found.value.hint
    with pytest.raises(NotFound) as found:
        keys.revoke(text[:-1])
    assert text[15:18] not in str(found.value)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x1b[31m"])
def test_a_name_is_for_people(keys: Keys, name: str) -> None:
    """It prints as one short line."""
    with pytest.raises(InvalidRequest, match="1 to 100 printable"):
        keys.create(name, [Access.TRANSLATE])
    assert keys.all() == []


def test_a_key_is_for_something(keys: Keys) -> None:
    """One that is for nothing would open nothing."""
    with pytest.raises(InvalidRequest, match="for something"):
        keys.create("CI", [])


def test_the_number_of_keys_is_bounded() -> None:
    """A revoked one makes room."""
    database = Database.open(None)
    keys = Keys(database, most=2)
    first = keys.create("a", [Access.TRANSLATE]).key
    keys.create("b", [Access.TRANSLATE])
    with pytest.raises(TooLarge, match="There are 2 keys; the limit is 2"):
        keys.create("c", [Access.TRANSLATE])
    keys.revoke(first.identifier)
    keys.create("c", [Access.TRANSLATE])
    database.close()


def test_what_others_write_is_seen_and_only_then_read(tmp_path: Path) -> None:
    """A key that is made or revoked over another connection; what is our own is known."""
    ours, theirs = Database.open(tmp_path), Database.open(tmp_path)
    keys, others = Keys(ours), Keys(theirs)
    first = keys.changed(None)
    assert first is not None
    assert first[1] == []
    assert keys.changed(first[0]) is None
    made = others.create("CI", [Access.TRANSLATE]).key
    second = keys.changed(first[0])
    assert second is not None
    assert second[1] == [made]
    keys.note_uses({made.identifier: 1000.0})
    assert keys.changed(second[0]) is None
    others.revoke(made.identifier)
    third = keys.changed(second[0])
    assert third is not None
    assert third[1][0].revoked is not None
    ours.close()
    theirs.close()


def test_the_last_use_is_the_last(keys: Keys) -> None:
    """Of several processes the latest counts; a key that is not there is left aside."""
    key = keys.create("CI", [Access.TRANSLATE]).key
    for moment in (2000.0, 1000.0):
        keys.note_uses({key.identifier: moment, "nobody": 1.0})
    assert [one.used for one in keys.all()] == [2000.0]
