"""`make clean-caches`: shows what can go and how much it is, and removes nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.server_process import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with every cache, and with what is none."""
    folder = tmp_path / "project"
    (folder / "tooling").mkdir(parents=True)
    shutil.copy(PROJECT / "tooling/clean_caches.py", folder / "tooling")
    for name in (
        *(".models/hub/models--a--b/x", ".models/store/0123/model.bin", ".mypy_cache/x"),
        *("src/a/__pycache__/b.pyc", "src/a/b.py", "models.lock", ".venv/x"),
        *("build/report/history.jsonl", "../cache/index.json", "../cache/blobs/sha256/0"),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234567890" * 100)
    os.link(tmp_path / "cache/blobs/sha256/0", tmp_path / "cache/blobs/sha256/1")
    return folder


def clean(project: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CACHE_DIR": str(project.parent / "cache"), **more}
    return subprocess.run(
        [sys.executable, project / "tooling/clean_caches.py", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def left(project: Path) -> set[str]:
    return {
        p.relative_to(project.parent).as_posix() for p in project.parent.rglob("*") if p.is_file()
    }


KEPT = {
    *("project/src/a/b.py", "project/models.lock", "project/.venv/x"),
    *("project/build/report/history.jsonl", "project/tooling/clean_caches.py"),
}


def test_what_is_shown_is_what_goes(project: Path) -> None:
    """Each cache with its size, then all of them; artifacts stay."""
    shown = clean(project, "--dry-run")
    assert shown.returncode == 0
    before = left(project)
    done = clean(project)
    assert done.stdout == shown.stdout + "Removed.\n"
    assert left(project) == KEPT | {"project/.models/store/0123/model.bin"} != before
    assert f"2 kB  {project.parent / 'cache'}  (local cache of builds)" in done.stdout
    assert "5 kB  in all" in done.stdout


def test_artifacts_go_when_they_are_asked_for(project: Path) -> None:
    """The model cache as a whole."""
    done = clean(project, "--models")
    assert "artifacts of models" in done.stdout
    assert left(project) == KEPT


def test_a_second_time_there_is_nothing(project: Path) -> None:
    """No cache is no fault."""
    clean(project)
    done = clean(project)
    assert done.returncode == 0
    assert done.stdout == "      0 B  in all\nRemoved.\n"


def test_what_killed_builds_left_goes_too(project: Path) -> None:
    """Beside the cache, named by a process that is no more; what one is writing stays."""
    with subprocess.Popen(["true"]) as ended:
        pass
    for place in (f"cache.new.{ended.pid}", f"cache.new.{os.getpid()}", "cache.new.old"):
        (project.parent / place / "blobs").mkdir(parents=True)
    done = clean(project)
    assert done.returncode == 0, done.stderr
    assert f"cache.new.{ended.pid}  (left by a build that was killed)" in done.stdout
    beside = {path.name for path in project.parent.glob("cache*")}
    assert beside == {f"cache.new.{os.getpid()}", "cache.new.old"}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_folder_that_is_no_cache_is_left_alone(project: Path, options: tuple[str, ...]) -> None:
    """A CACHE_DIR in which something else lies is named, and nothing at all is removed."""
    before = left(project)
    done = clean(project, *options, CACHE_DIR=str(project))
    assert done.returncode == 1
    assert "is no cache of builds" in done.stderr
    assert left(project) == before


def test_a_link_is_not_followed(project: Path, tmp_path: Path) -> None:
    """What lies elsewhere stays."""
    shutil.rmtree(project / ".models/hub")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/precious").write_text("")
    (project / ".models/hub").symlink_to(tmp_path / "elsewhere")
    assert clean(project).returncode == 0
    assert (tmp_path / "elsewhere/precious").exists()


def test_pips_cache_goes_when_it_is_asked_for(project: Path, tmp_path: Path) -> None:
    """The one that pip itself names."""
    cache = tmp_path / "pip"
    (cache / "http").mkdir(parents=True)
    done = clean(project, "--pip", PIP_CACHE_DIR=str(cache))
    assert done.returncode == 0, done
    assert not cache.exists()
