"""Runs Python where files cannot be written, also for root, whom permissions do not bind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["read_only", "run_bound", "run_without_files"]

_PATIENCE_SECONDS = 60.0
# As root without the right to overlook permissions; others have no such right.
_BIND = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
_NO_FILES = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
exec(sys.argv.pop(1))
"""


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Takes away the permission to write into folders, for the length of the block."""
    for folder in folders:
        folder.chmod(0o555)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(0o755)


def run_bound(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `python ARGUMENTS…` as a user whom the permissions of folders bind."""
    return _run([*(_BIND if os.geteuid() == 0 else []), sys.executable, *arguments], environment)


def run_without_files(code: str) -> subprocess.CompletedProcess[str]:
    """Runs code that no file system takes a byte from, as if all were full or read-only."""
    return _run([sys.executable, "-c", _NO_FILES, code], {})


def _run(
    command: list[str | Path], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIT_")}
    return subprocess.run(
        command,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
