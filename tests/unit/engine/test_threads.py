"""The choice of threads."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_translate.artifact import Artifact
from ai_translate.engine import threads
from ai_translate.engine.threads import ThreadChoice, choose_threads, kept_choice, measure_threads
from support.starter import starter_artifact
from support.unwritable import read_only, run_bound


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return starter_artifact(tmp_path_factory.mktemp("threads"))


@pytest.fixture
def unmeasured(artifact: Artifact) -> Iterator[Artifact]:
    kept = artifact.path.with_name(f"{artifact.digest}.threads.json")
    kept.unlink(missing_ok=True)
    yield artifact
    kept.unlink(missing_ok=True)


def test_what_the_user_asks_for_is_taken(artifact: Artifact) -> None:
    """A setting is no question; the other one follows from the CPUs."""
    assert choose_threads(artifact, "cpu", 3, 2) == ThreadChoice(3, 2, "setting")
    assert choose_threads(artifact, "cpu", 3, 0) == ThreadChoice(3, 1, "setting")
    assert choose_threads(artifact, "cpu", 0, 64) == ThreadChoice(1, 64, "setting")


def test_one_cpu_needs_no_measurement(unmeasured: Artifact) -> None:
    """With a single usable CPU there is nothing to choose, and a GPU has its own threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert choose_threads(unmeasured, "cpu") == ThreadChoice(1, 1, "rule")
    finally:
        os.sched_setaffinity(0, before)
    assert choose_threads(unmeasured, "cuda") == ThreadChoice(1, 1, "rule")
    assert kept_choice(unmeasured) is None


def test_measurement_fills_the_cpus_and_is_kept(unmeasured: Artifact) -> None:
    """What was measured never asks for more threads than CPUs, and is not measured again."""
    measured = measure_threads(unmeasured, 2)
    assert (measured.inter, measured.intra) in {(2, 1), (1, 2)}
    kept = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    kept.write_text(json.dumps({threads._machine(): {"inter": 7, "intra": 1}}))
    if len(os.sched_getaffinity(0)) > 1:
        assert choose_threads(unmeasured, "cpu") == ThreadChoice(7, 1, "kept")


def test_first_choice_is_written_beside_the_artifact(unmeasured: Artifact) -> None:
    """The artifact's own folder stays as its manifest says."""
    chosen = choose_threads(unmeasured, "cpu")
    if chosen.source == "measured":
        assert kept_choice(unmeasured) == ThreadChoice(chosen.inter, chosen.intra, "kept")
    unmeasured.verify()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"x": {"inter": "many"}}', b"\xff"])
def test_damaged_note_means_measuring_again(unmeasured: Artifact, content: bytes) -> None:
    """What cannot be read is no choice and no error."""
    path: Path = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    path.write_bytes(content.replace(b'"x"', json.dumps(threads._machine()).encode()))
    assert kept_choice(unmeasured) is None
    threads._keep(unmeasured, None, ThreadChoice(2, 1, "measured"))
    assert kept_choice(unmeasured) == ThreadChoice(2, 1, "kept")


def test_choice_of_a_writable_store_stays_beside_the_artifact(
    unmeasured: Artifact, tmp_path: Path
) -> None:
    """The state folder is not touched as long as the store can keep the choice."""
    kept = threads._keep(unmeasured, tmp_path / "state", ThreadChoice(2, 1, "measured"))
    assert kept == unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    assert not (tmp_path / "state").exists()
    assert kept.stat().st_mode & 0o777 == 0o644


def test_choice_of_another_machine_is_not_lost(unmeasured: Artifact) -> None:
    """One file has the choices of all machines that share the store."""
    path = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    path.write_text('{"another": {"inter": 3, "intra": 1}}')
    threads._keep(unmeasured, None, ThreadChoice(2, 1, "measured"))
    assert set(json.loads(path.read_text())) == {"another", threads._machine()}


_CHOOSE = """
import sys
from pathlib import Path
from ai_translate.artifact import Artifact
from ai_translate.engine.threads import ThreadChoice, _keep, kept_choice
artifact, state = Artifact.open(Path(sys.argv[1])), Path(sys.argv[2])
print(_keep(artifact, state, ThreadChoice(2, 1, "measured")))
print(kept_choice(artifact, state))
"""


def test_choice_of_a_read_only_store_is_kept_in_the_state_folder(
    unmeasured: Artifact, tmp_path: Path
) -> None:
    """Where the store cannot be written, the state folder is made and keeps the choice."""
    state = tmp_path / "a/state"
    with read_only(unmeasured.path.parent):
        done = run_bound("-c", _CHOOSE, unmeasured.path, state)
    kept = state / "threads" / f"{unmeasured.digest}.threads.json"
    assert done.stdout.splitlines()[0] == str(kept), done
    assert list(kept.parent.iterdir()) == [kept]
    assert kept_choice(unmeasured) is None
    found = kept_choice(unmeasured, state)
    assert found == ThreadChoice(2, 1, "kept")
    assert found is not None
    assert found.kept_in == kept


def test_nowhere_to_keep_the_choice_is_no_error(unmeasured: Artifact, tmp_path: Path) -> None:
    """With store and state read-only it is measured again next time, and nothing is left behind."""
    with read_only(unmeasured.path.parent, tmp_path):
        done = run_bound("-c", _CHOOSE, unmeasured.path, tmp_path / "state")
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\nNone\n", "")
    assert list(tmp_path.iterdir()) == []


def test_file_that_cannot_be_replaced_leaves_no_other(
    unmeasured: Artifact, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was written aside goes with the failure, which is told to who debugs."""
    beside = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    beside.mkdir()
    try:
        with caplog.at_level(logging.DEBUG):
            kept = threads._keep(unmeasured, tmp_path, ThreadChoice(2, 1, "measured"))
        assert not list(beside.parent.glob(".*threads.json-*"))
    finally:
        beside.rmdir()
    assert kept == tmp_path / "threads" / beside.name
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]
