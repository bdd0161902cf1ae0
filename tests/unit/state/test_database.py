"""What is written stays as a whole, whoever writes beside it, and faults are told plainly."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import threading
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from ai_translate.errors import ConfigurationError, StateFailure
from ai_translate.state.database import FILE_NAME, Database
from support.unwritable import read_only, run_bound, run_without_files

SPAWN = multiprocessing.get_context("spawn")
NAMES = "SELECT name FROM glossaries ORDER BY name"


def insert(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO glossaries (name, updated) VALUES (?, '')", (name,))


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [name for (name,) in connection.execute(NAMES)]


def insert_half(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO glossaries (name, updated) VALUES ('half', '')")
        raise ZeroDivisionError


def test_what_is_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    """The folder and its files are made, for their user alone."""
    folder = tmp_path / "a/state"
    database = Database.open(folder)
    assert database.lasting
    insert(database, "kept")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    database.close()
    again = Database.open(folder)
    assert names(again) == ["kept"]
    again.close()


def test_without_a_folder_it_is_in_memory() -> None:
    """Each is its own, and none lasts."""
    first, second = Database.open(None), Database.open(None)
    insert(first, "here")
    assert (first.lasting, names(first), names(second)) == (False, ["here"], [])
    first.close()
    second.close()


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Whatever it has written is taken back, and the next one writes."""
    database = Database.open(tmp_path)
    with pytest.raises(ZeroDivisionError):
        insert_half(database)
    insert(database, "whole")
    assert names(database) == ["whole"]
    database.close()


def test_what_breaks_a_rule_of_the_tables_is_told(tmp_path: Path) -> None:
    """An error of SQLite is one of ours, and leaves the database in use."""
    database = Database.open(tmp_path)
    insert(database, "once")
    with pytest.raises(StateFailure, match="UNIQUE"):
        insert(database, "once")
    with pytest.raises(StateFailure, match="FOREIGN KEY"), database.writing() as connection:
        connection.execute("INSERT INTO glossary_terms VALUES (99, 'en', 'fr', 0, '{}')")
    assert names(database) == ["once"]
    database.close()


@pytest.mark.parametrize("lasting", [True, False])
def test_threads_take_turns(tmp_path: Path, lasting: bool) -> None:
    """Many at once lose nothing."""
    database = Database.open(tmp_path if lasting else None)

    def work(number: int) -> None:
        for turn in range(20):
            insert(database, f"{number}-{turn}")
            names(database)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 120
    database.close()


def write(folder: Path, number: int, start: Barrier) -> None:
    start.wait()
    database = Database.open(folder)
    for turn in range(20):
        insert(database, f"{number}-{turn}")
    database.close()


def test_processes_share_a_folder(tmp_path: Path) -> None:
    """They may make the database at the same time, and write into it in turns."""
    start = SPAWN.Barrier(3)
    workers = [
        SPAWN.Process(target=write, args=(tmp_path / "state", number, start)) for number in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    database = Database.open(tmp_path / "state")
    assert len(names(database)) == 60
    database.close()


def test_one_process_sees_what_another_one_writes(tmp_path: Path) -> None:
    """At once, and it reads while the other one still writes."""
    one, other = Database.open(tmp_path), Database.open(tmp_path)
    with one.writing() as connection:
        connection.execute("INSERT INTO glossaries (name, updated) VALUES ('new', '')")
        assert names(other) == []
    assert names(other) == ["new"]
    one.close()
    other.close()


def insert_and_leave(folder: Path, name: str) -> None:
    database = Database.open(folder)
    insert(database, name)
    database.close()


def test_two_connections_of_a_process_see_what_others_write(tmp_path: Path) -> None:
    """Also when another process has come and gone; opening a second one takes no lock of the first.

    Locks of a process on a file are gone when it closes the file, whoever has opened it.
    """
    first, second = Database.open(tmp_path), Database.open(tmp_path)
    for number in range(3):
        process = SPAWN.Process(target=insert_and_leave, args=(tmp_path, f"n{number}"))
        process.start()
        process.join()
        assert process.exitcode == 0
        expected = [f"n{one}" for one in range(number + 1)]
        assert names(first) == names(second) == expected
    first.close()
    second.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 99])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """It is neither used nor overwritten, also by who could do without."""
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    for opened in (Database.open, Database.open_to_serve):
        with pytest.raises(ConfigurationError, match=FILE_NAME) as caught:
            opened(tmp_path)
        assert caught.value.hint
    assert path.read_bytes() == content


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """Both versions are named."""
    Database.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 1000")
    connection.close()
    with pytest.raises(ConfigurationError, match="version 1000"):
        Database.open(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """It could lead to a file of somebody else."""
    (tmp_path / "target").touch()
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "target")
    with pytest.raises(ConfigurationError, match=FILE_NAME):
        Database.open_to_serve(tmp_path)


OPEN = """
import sys
from pathlib import Path
from ai_translate.errors import AITranslateError
from ai_translate.state.database import Database
try:
    print(getattr(Database, sys.argv[1])(Path(sys.argv[2])).lasting)
except AITranslateError as error:
    print(type(error).__name__, error)
"""


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Who serves goes on in memory, unless there is a database that must be used."""
    script = tmp_path / "open.py"
    script.write_text(OPEN)
    folder = tmp_path / "state"
    folder.mkdir()
    with read_only(folder):
        refused = run_bound(script, "open", folder).stdout
        served = run_bound(script, "open_to_serve", folder)
    assert refused.startswith("ConfigurationError The database ")
    assert str(folder) in refused
    assert "Permission denied" in refused
    assert served.stdout == "False\n"
    assert "lost when this process ends" in served.stderr
    Database.open(folder).close()
    (folder / FILE_NAME).chmod(0o400)
    with read_only(folder):
        assert run_bound(script, "open_to_serve", folder).stdout.startswith("ConfigurationError")


def test_a_full_disk_is_told_and_keeps_what_was_there(tmp_path: Path) -> None:
    """No file takes a byte more: the error names the database."""
    script = f"""
from pathlib import Path
from ai_translate.errors import AITranslateError
from ai_translate.state.database import Database
try:
    Database.open(Path({str(tmp_path / "state")!r}))
except AITranslateError as error:
    print(type(error).__name__, error)
"""
    done = run_without_files(script)
    assert done.stdout.startswith("ConfigurationError The database "), done
    assert Database.open(tmp_path / "state").lasting
