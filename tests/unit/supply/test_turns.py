"""Processes that keep out of each other's way."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from ai_translate.supply.turns import held, made_and_held, turn

SPAWN = multiprocessing.get_context("spawn")


def not_expected() -> None:
    raise AssertionError("Nobody else is there.")


def test_a_turn_leaves_nothing(tmp_path: Path) -> None:
    """The folder is there while the block runs, and gone after it, also after an error."""
    folder = tmp_path / "a/turn"
    with turn(folder, not_expected):
        assert folder.is_dir()
    with pytest.raises(KeyError), turn(folder, not_expected):
        raise KeyError
    assert not folder.exists()


def test_holding_shows_who_may_enter(tmp_path: Path) -> None:
    """One alone, or several that share."""
    with held(tmp_path), pytest.raises(BlockingIOError), held(tmp_path, wait=False):
        pass
    with (
        held(tmp_path, shared=True),
        held(tmp_path, shared=True, wait=False),
        pytest.raises(BlockingIOError),
        held(tmp_path, wait=False),
    ):
        pass
    with held(tmp_path, wait=False):
        pass


def test_a_link_is_not_held(tmp_path: Path) -> None:
    """It could lead anywhere."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OSError, match="link"), held(tmp_path / "link"):
        pass


def count(folder: Path, start: Barrier) -> None:
    start.wait()
    for _ in range(50):
        with turn(folder / "turn", lambda: None):
            # Two at once would both find it missing, and one would find the other's.
            (folder / "inside").mkdir()
            (folder / "inside").rmdir()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """However many want their turn, and though each removes the folder after its own."""
    start = SPAWN.Barrier(4)
    processes = [SPAWN.Process(target=count, args=(tmp_path, start)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert list(tmp_path.iterdir()) == []


def share(folder: Path, start: Barrier) -> None:
    start.wait()
    for _ in range(100):
        with made_and_held(folder, shared=True):
            # Whoever removes it has to hold it alone.
            (folder / "x").touch()


def remove(folder: Path, start: Barrier) -> None:
    start.wait()
    for _ in range(100):
        with contextlib.suppress(BlockingIOError, FileNotFoundError), held(folder, wait=False):
            shutil.rmtree(folder)


def test_a_held_folder_is_there(tmp_path: Path) -> None:
    """Though others remove it whenever nobody holds it."""
    start = SPAWN.Barrier(4)
    folder = tmp_path / "folder"
    processes = [
        SPAWN.Process(target=target, args=(folder, start))
        for target in (share, share, remove, remove)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4


def hold(folder: Path, ours: Connection) -> None:
    with turn(folder, lambda: None):
        ours.send("inside")
        ours.recv()


def test_a_process_that_dies_keeps_nobody_out(tmp_path: Path) -> None:
    """The next one waits, is told once that it does, and then has its turn."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=hold, args=(tmp_path / "turn", theirs))
    process.start()
    assert ours.recv() == "inside"
    told = []

    def waiting() -> None:
        told.append("waiting")
        assert process.pid is not None
        process.kill()

    with turn(tmp_path / "turn", waiting):
        assert told == ["waiting"]
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_folder_above_may_be_removed_meanwhile(tmp_path: Path) -> None:
    """Whoever tidies up empty folders keeps nobody from making one in them."""
    tidy = "import os, sys\nwhile True:\n  try: os.rmdir(sys.argv[1])\n  except OSError: pass"
    other = subprocess.Popen([sys.executable, "-c", tidy, tmp_path / "above"])
    try:
        for _ in range(2000):
            with turn(tmp_path / "above/one", lambda: None):
                assert (tmp_path / "above/one").is_dir()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
