"""Folders in which something is written before it gets its name.

Such a folder has a name that begins with `.staging-` and is locked by its writer. Once the lock is
gone though the folder is there, the writer died, and the next one removes what it left.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ai_translate.supply.turns import held

__all__ = ["STAGING", "staged"]

STAGING: Final = ".staging-"
"""Begins the name of such a folder."""


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder below another one, which goes with all in it when the block ends.

    What writers that died have left beside it is removed first.

    Raises:
        OSError: The disk refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder)
    while True:
        path = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(path))
            except FileNotFoundError:
                # Between its making and its holding another process has taken it for abandoned.
                continue
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
            return


def _remove_abandoned(folder: Path) -> None:
    for path in folder.glob(f"{STAGING}*"):
        with contextlib.suppress(OSError), held(path, wait=False):
            shutil.rmtree(path, ignore_errors=True)
