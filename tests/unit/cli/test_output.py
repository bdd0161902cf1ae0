from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from ai_translate.cli.output import opened_output


def test_sigterm_passes_what_handles_errors(tmp_path: Path) -> None:
    """It can come in any line, such as where a thread is started, whose failure is handled."""
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as ended, opened_output(out), contextlib.suppress(Exception):
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
