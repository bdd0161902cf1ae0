"""The keys at hand are those of the database, within a moment, whatever happens to it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ai_translate.errors import ConfigurationError, Unauthorized
from ai_translate.server.key_shelf import KeyShelf
from ai_translate.settings import load_settings
from ai_translate.state.database import FILE_NAME, Database
from ai_translate.state.key_texts import new_key_text
from ai_translate.state.keys import Access, Keys

pytestmark = pytest.mark.anyio

TRANSLATE = [Access.TRANSLATE]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Keys]:
    """What another process would do to the keys."""
    database = Database.open(tmp_path)
    yield Keys(database)
    database.close()


def opened(folder: Path) -> KeyShelf:
    return KeyShelf.open(load_settings(state_dir=folder))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  # what is waited for happens in a database
            await asyncio.sleep(0.01)


def counts(shelf: KeyShelf, text: str) -> bool:
    try:
        return bool(shelf.find(text.encode()))
    except Unauthorized:
        return False


async def test_a_key_names_its_caller(tmp_path: Path, kept: Keys) -> None:
    """With what it is for and its limits."""
    made = kept.create("CI", TRANSLATE, requests_per_minute=5, characters_per_month=7)
    shelf = opened(tmp_path)
    async with shelf.running():
        caller = shelf.find(made.text.encode())
    assert caller.key == made.key.identifier
    assert caller.access == {Access.TRANSLATE}
    assert (caller.requests_per_minute, caller.characters_per_month) == (5, 7)


async def test_changes_are_seen_while_it_runs(tmp_path: Path, kept: Keys) -> None:
    """A new key, and a revoked one."""
    shelf = opened(tmp_path)
    async with shelf.running():
        made = kept.create("CI", TRANSLATE)
        await until(lambda: counts(shelf, made.text))
        kept.revoke(made.text)
        await until(lambda: not counts(shelf, made.text))


async def test_what_is_no_key_that_counts_is_refused(tmp_path: Path, kept: Keys) -> None:
    """Unknown, revoked, cut or mistyped, with another's identifier, empty, long, of any bytes."""
    made, gone = kept.create("CI", TRANSLATE), kept.create("CI", TRANSLATE)
    kept.revoke(gone.text)
    foreign = made.text[:15] + new_key_text()[15:]
    slip = made.text[:-1] + ("1" if made.text[-1] != "1" else "2")
    wrong = [new_key_text(), gone.text, foreign, slip, made.text[:-1], made.text + "1", "", "ait_"]
    shelf = opened(tmp_path)
    async with shelf.running():
        told = []
        for text in [*(one.encode() for one in wrong), b"\xff" * 64, b"x" * 100_000]:
            with pytest.raises(Unauthorized) as found:
                shelf.find(text)
            told.append(found.value.message)
            assert not text or text[15:].decode("latin-1") not in str(found.value) or len(text) < 15
        assert counts(shelf, made.text)
    assert told[0] == told[1] == "The key is unknown, or was revoked."
    assert told[3] == "The key was mistyped: its checksum is another."
    assert set(told) == {told[0], told[3]}


async def test_an_expired_key_is_told_to_its_holder_alone(tmp_path: Path, kept: Keys) -> None:
    """From its last moment on; who has but its identifier learns nothing."""
    made = kept.create("CI", TRANSLATE, seconds=1.0)
    shelf = opened(tmp_path)
    async with shelf.running():
        await until(lambda: not counts(shelf, made.text))
        with pytest.raises(Unauthorized, match=f"The key {made.key.identifier} expired at 20"):
            shelf.find(made.text.encode())
        with pytest.raises(Unauthorized) as found:
            shelf.find((made.text[:15] + new_key_text()[15:]).encode())
    assert "expired" not in str(found.value)
    assert time.time() >= made.key.created + 1.0


async def test_the_last_use_is_written_down(tmp_path: Path, kept: Keys) -> None:
    """At the latest when the server ends; a key that was only tried is not used."""
    used, tried = kept.create("a", TRANSLATE), kept.create("b", TRANSLATE)
    before = time.time()
    shelf = opened(tmp_path)
    async with shelf.running():
        assert counts(shelf, used.text)
        assert not counts(shelf, tried.text[:15] + new_key_text()[15:])
    moments = {key.name: key.used for key in kept.all()}
    assert moments["a"] is not None
    assert moments["a"] >= before
    assert moments["b"] is None


async def test_a_broken_database_leaves_what_is_known(
    tmp_path: Path, kept: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and new keys are seen again when it is well."""
    made = kept.create("CI", TRANSLATE)
    shelf = opened(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None) as other:
        async with shelf.running():
            other.execute("ALTER TABLE keys RENAME TO elsewhere")
            await until(lambda: "New and revoked keys are not seen now" in caplog.text)
            assert counts(shelf, made.text)
            other.execute("ALTER TABLE elsewhere RENAME TO keys")
            more = kept.create("more", TRANSLATE)
            await until(lambda: counts(shelf, more.text))
    other.close()
    assert len(caplog.records) == 1


async def test_unknown_keys_leave_nothing_behind(tmp_path: Path, kept: Keys) -> None:
    """Neither memory nor a look into the database: they are only not found."""
    kept.create("CI", TRANSLATE)
    shelf = opened(tmp_path)
    async with shelf.running():
        shelf._database.close()
        for _ in range(1_000):
            assert not counts(shelf, new_key_text())
        assert (len(shelf._held), shelf._used) == (1, {})


async def test_a_server_without_a_key_says_how_to_make_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It starts, since one may come while it runs."""
    caplog.set_level(logging.WARNING)
    async with opened(tmp_path).running():
        pass
    assert "ai-translate keys create NAME" in caplog.text


def test_keys_need_a_folder_that_lasts(tmp_path: Path) -> None:
    """None is named, or it is a file: the server does not start."""
    with pytest.raises(ConfigurationError, match="no AIT_STATE_DIR"):
        KeyShelf.open(load_settings())
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        opened(tmp_path / "file")
