"""A file is brought to the disk while it grows."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ai_translate.supply.hub.flushing import Flusher


def test_small_file_costs_no_thread(tmp_path: Path) -> None:
    """Most files of a model are small."""
    with (tmp_path / "a").open("wb") as stream:
        flusher = Flusher(stream.fileno())
        flusher.grown(1 << 20)
        assert "flush" not in {thread.name for thread in threading.enumerate()}
        flusher.end()


def test_failed_sync_is_told_at_the_end(tmp_path: Path) -> None:
    """An error of the disk is never lost, and the thread ends."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    os.close(descriptor)
    flusher = Flusher(descriptor)
    for step in range(1, 5):
        flusher.grown(step << 26)
    with pytest.raises(OSError, match="Bad file descriptor"):
        flusher.end()
    assert "flush" not in {thread.name for thread in threading.enumerate()}
