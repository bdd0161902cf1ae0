"""The file of the builds before."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

import build_report.history
from build_report.history import History
from build_report.record import BuildRecord
from build_report.record_document import SCHEMA, NoRecord, document_of, record_of
from support.build_reports import record
from support.server_process import PROJECT

APPEND: Final = """
import json, sys
from dataclasses import replace
from pathlib import Path
from build_report.history import History
from build_report.record_document import record_of
record = record_of(json.loads(sys.stdin.read()))
for number in range(25):
    History.append(Path(sys.argv[1]), replace(record, key=f"{sys.argv[2]}-{number}"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet, in a folder that is not either."""
    return tmp_path / "report/history.jsonl"


@pytest.fixture
def one() -> BuildRecord:
    """A record."""
    return record("edited.rawjson", name="main", commit="a" * 40, tag="tiny:1")


def test_what_is_appended_is_read_again(path: Path, one: BuildRecord) -> None:
    """All of it, with seconds to the millisecond; a second reading loses nothing more."""
    History.append(path, one)
    (read,) = History.read(path).records
    assert document_of(read) == document_of(one)
    assert record_of(document_of(read)) == read
    assert read.seconds == pytest.approx(one.seconds, abs=0.001)
    assert read.image == one.image
    assert read.causes[0].reasons == one.causes[0].reasons


def test_no_file_is_no_build(path: Path) -> None:
    """And nothing is made by reading."""
    history = History.read(path)
    assert (history.records, history.unread) == ((), 0)
    assert not path.parent.exists()


def test_a_line_that_was_cut_is_left_out_and_stays_alone(path: Path, one: BuildRecord) -> None:
    """What is appended after it is read; lines of others, and of a later schema, are counted."""
    History.append(path, one)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    History.append(path, replace(one, key="later"))
    with path.open("ab") as stream:
        stream.write(b'\xff\xfe\n{"schema":1}\n[]\n')
        stream.write(json.dumps({**document_of(one), "schema": SCHEMA + 1}).encode() + b"\n")
    history = History.read(path)
    assert [record.key for record in history.records] == [one.key, "later"]
    assert history.unread == 5


def test_two_processes_append_at_once(path: Path, one: BuildRecord) -> None:
    """Every line of both is whole."""
    command = [sys.executable, "-c", APPEND, str(path)]
    environment = {"PYTHONPATH": str(PROJECT / "tooling")}
    started = [
        subprocess.Popen([*command, name], env=environment, stdin=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    for process in started:
        assert process.stdin
        process.stdin.write(json.dumps(document_of(one)))
        process.stdin.close()
    assert [process.wait() for process in started] == [0, 0]
    history = History.read(path)
    assert history.unread == 0
    assert sorted(record.key for record in history.records) == sorted(
        f"{name}-{number}" for name in "ab" for number in range(25)
    )


def test_a_large_file_keeps_its_newest_lines(
    path: Path, one: BuildRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a cache of CI that keeps it does not grow for ever."""
    monkeypatch.setattr(build_report.history, "_LARGE", 100_000)
    for number in range(300):
        History.append(path, replace(one, key=str(number)))
    keys = [record.key for record in History.read(path).records]
    assert keys[-1] == "299"
    assert 200 <= len(keys) <= 201
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_the_build_before_is_the_last_of_its_platforms_that_succeeded(one: BuildRecord) -> None:
    """One that failed, or was for another platform, says little of this one."""
    failed = replace(one, key="failed", outcome="failed")
    other = record("bake.rawjson")
    history = History([replace(one, key="old"), one, failed, other])
    assert history.before(one.targets) == one
    assert history.before(other.targets) == other
    assert history.before(frozenset({"linux/s390x"})) is None


def test_a_baseline_has_a_name_or_a_commit(one: BuildRecord) -> None:
    """The last one of it counts."""
    main = replace(one, key="1", name="main", commit="abc1")
    newer = replace(one, key="2", name="main", commit="abc2")
    mine = replace(one, key="3", name="mine", commit="def3")
    history = History([main, newer, mine])
    assert history.named("main", one.targets) == newer
    assert history.named("abc1", one.targets) == main
    assert history.named("nothing", one.targets) is None


def test_seconds_of_a_cached_step_are_those_of_its_last_run() -> None:
    """They come from the history; a step that no build of it ran is said to be unknown."""
    first = record("first.rawjson")
    edited = record("edited.rawjson", History([first]))
    (slept,) = [step for step in edited.steps if "sleep 1" in step.name.instruction]
    assert slept.state == "cached"
    assert slept.was == pytest.approx(1.1, abs=0.3)
    assert edited.cache.unknown == 0
    assert edited.cache.saved > 1
    alone = record("edited.rawjson")
    assert alone.cache.unknown == alone.cache.cached == 6
    assert alone.cache.of_seconds is None
    again = record("edited.plain", History([first, edited]))
    assert again.cache.of_seconds == pytest.approx(edited.cache.of_seconds, abs=0.1)


@pytest.mark.parametrize(
    "changes",
    [{"steps": [{}]}, {"seconds": None}, {"layers": [[1]]}, {"causes": [["a"]]}, {"schema": "1"}],
)
def test_a_document_that_is_no_record_is_refused(
    one: BuildRecord, changes: dict[str, object]
) -> None:
    """By one kind of error, which a reader of the history counts."""
    with pytest.raises(NoRecord):
        record_of({**document_of(one), **changes})
