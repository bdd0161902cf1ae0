"""Jobs that translate documents, and their files."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_translate.errors import NotFound, StateFailure
from ai_translate.state.database import Database
from ai_translate.state.job_files import JobFiles, new_job_id
from ai_translate.state.jobs import JobError, Jobs, JobStatus

GONE = JobError("stopped", "It was stopped.", "Again.")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    database = Database.open(None)
    yield Jobs(database, 1000.0)
    database.close()


def done(jobs: Jobs, job_id: str, size: int) -> None:
    jobs.add(job_id, "me", "a.txt")
    assert jobs.begin(job_id)
    assert jobs.finish(job_id, media_type="text/plain", size=size, failed=0)


def test_a_job_goes_its_way(jobs: Jobs) -> None:
    """A job is queued, runs, and is done, and tells so at each step."""
    added = jobs.add("a", "me", "report.fr.txt")
    assert (added.status, added.progress, added.name) == (JobStatus.QUEUED, 0, "report.fr.txt")
    assert jobs.begin("a")
    assert not jobs.begin("a")
    assert jobs.advance("a", 0.5, 3, 40)
    running = jobs.find("a")
    assert (running.progress, running.parts, running.characters) == (0.5, 3, 40)
    assert jobs.finish("a", media_type="text/plain", size=7, failed=1)
    found = jobs.find("a")
    assert (found.status, found.progress, found.size, found.failed) == (JobStatus.DONE, 1, 7, 1)
    assert found.expires > added.expires
    assert found.error is None


def test_what_is_over_stays_as_it_is(jobs: Jobs) -> None:
    """Nothing brings a cancelled job back, and nothing cancels one that is done."""
    jobs.add("a", "me", "a.txt")
    assert jobs.begin("a")
    assert jobs.cancel("a")
    assert not jobs.advance("a", 1, 1, 1)
    assert not jobs.finish("a", media_type="", size=1, failed=0)
    assert not jobs.fail("a", GONE)
    assert jobs.find("a").status is JobStatus.CANCELLED
    done(jobs, "b", 1)
    assert not jobs.cancel("b")
    assert jobs.find("b").status is JobStatus.DONE


def test_a_job_that_is_not_there_is_not_found(jobs: Jobs) -> None:
    """Unknown and removed names are told alike."""
    done(jobs, "a", 1)
    assert jobs.remove("a")
    assert not jobs.remove("a")
    for name in ("a", "b", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            jobs.find(name)


def test_a_job_of_another_key_is_not_found(jobs: Jobs) -> None:
    """It is as if there were none; who may see everybody's finds it."""
    jobs.add("a", "me", "a.txt", key="k1")
    jobs.add("b", "me", "b.txt")
    assert jobs.find("a", "k1") == jobs.find("a")
    assert jobs.find("b").key == ""
    for job_id, key in (("a", "k2"), ("a", ""), ("b", "k1"), ("c", "k1")):
        with pytest.raises(NotFound, match="There is no such document, or no more") as found:
            jobs.find(job_id, key)
        assert "k1" not in str(found.value)


def test_jobs_of_a_process_that_is_gone_have_failed(jobs: Jobs) -> None:
    """What another process had begun and never ended has an error that says why."""
    jobs.add("a", "gone", "a.txt")
    jobs.add("b", "alive", "b.txt")
    done(jobs, "c", 1)
    assert jobs.owners() == {"gone", "alive"}
    assert jobs.abandon({"gone"}, GONE) == ["a"]
    failed = jobs.find("a")
    assert (failed.status, failed.error) == (JobStatus.FAILED, GONE)
    assert jobs.find("b").status is JobStatus.QUEUED


def test_a_job_over_its_time_is_forgotten() -> None:
    """After its time a result is not found, and is named so that its file can go."""
    database = Database.open(None)
    jobs = Jobs(database, 0.0)
    done(jobs, "a", 1)
    jobs.add("b", "me", "b.txt")
    with pytest.raises(NotFound):
        jobs.find("a")
    assert jobs.find("b").status is JobStatus.QUEUED
    assert jobs.expire(most_jobs=9, most_bytes=9) == ["a"]
    assert jobs.ids() == {"b"}
    database.close()


@pytest.mark.parametrize(
    ("most_jobs", "most_bytes", "gone"),
    [(9, 100, set()), (2, 100, {"a"}), (9, 25, {"a"}), (9, 15, {"a", "b"}), (9, 1, {"a", "b"})],
)
def test_the_oldest_make_room(jobs: Jobs, most_jobs: int, most_bytes: int, gone: set[str]) -> None:
    """Results are bounded in number and in bytes; the newest one always stays."""
    for name in "abc":
        done(jobs, name, 10)
    assert set(jobs.expire(most_jobs=most_jobs, most_bytes=most_bytes)) == gone
    assert jobs.ids() == {"a", "b", "c"} - gone


def test_files_belong_to_their_user_alone(tmp_path: Path) -> None:
    """Nobody else reads what is translated; a source is read once, a result stays."""
    files = JobFiles(tmp_path)
    name = new_job_id()
    files.keep_source(name, io.BytesIO(b"source"))
    [kept] = (tmp_path / "documents").glob("*.source")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert files.take_source(name) == b"source"
    with pytest.raises(StateFailure):
        files.take_source(name)
    files.keep_result(name, b"result")
    assert files.result(name).read_bytes() == b"result"
    assert stat.S_IMODE(files.result(name).stat().st_mode) == 0o600
    assert files.stray() == {name}
    files.remove([name])
    files.close()
    assert list((tmp_path / "documents").iterdir()) == []


def test_a_process_is_gone_when_its_lock_is(tmp_path: Path) -> None:
    """A process counts as alive while it holds its lock, also after others have looked."""
    mine, other = JobFiles(tmp_path), JobFiles(tmp_path)
    assert mine.gone({mine.owner, other.owner, "0123"}) == {"0123"}
    assert mine.gone({other.owner}) == set()
    other.close()
    assert mine.gone({other.owner}) == {other.owner}
    mine.close()


def test_without_a_folder_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a server without AIT_STATE_DIR are gone with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = JobFiles(None)
    files.keep_result(new_job_id(), b"x")
    assert len(list(tmp_path.rglob("*.result"))) == 1
    files.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """The error names the setting, and no path of the machine."""
    (tmp_path / "documents").write_text("a file")
    with pytest.raises(StateFailure, match="AIT_STATE_DIR"):
        JobFiles(tmp_path)


def test_names_of_jobs_are_never_the_same() -> None:
    """128 random bits, in characters that an address may have."""
    names = {new_job_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name) == 22 for name in names)


def test_a_cancelled_job_is_told_of_for_its_time(jobs: Jobs) -> None:
    """Also where it has run for longer than that."""
    before = jobs.add("a", "me", "a.txt").expires
    assert jobs.cancel("a")
    assert jobs.find("a").expires > before


def test_open_jobs_of_a_process_are_told(jobs: Jobs) -> None:
    """Those that wait and those that run, of that process alone."""
    done(jobs, "a", 1)
    jobs.add("b", "me", "b.txt")
    jobs.add("c", "me", "c.txt")
    jobs.begin("c")
    jobs.add("d", "other", "d.txt")
    assert jobs.open_of("me") == {"b", "c"}
