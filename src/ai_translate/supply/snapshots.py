"""The folder of a commit's files, held while they are fetched and read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ai_translate.config import SupplySettings
from ai_translate.errors import SupplyError
from ai_translate.supply.hub.folders import downloads_dir, snapshot_dir
from ai_translate.supply.turns import made_and_held

__all__ = ["held_snapshot"]


@contextlib.contextmanager
def held_snapshot(settings: SupplySettings, repo: str, commit: str) -> Iterator[Path]:
    """Where the files of a commit lie or shall lie; during the block nobody collects them.

    Raises:
        InvalidRequest: A name is none that Artifactory would take.
        SupplyError: The disk refused.
    """
    folder = snapshot_dir(downloads_dir(settings), repo, commit)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(made_and_held(folder, shared=True))
        except OSError as error:
            raise SupplyError(
                f"{folder} cannot be written: {error.strerror}.",
                hint="Check its owner and the space on its disk, or set HF_HOME elsewhere.",
            ) from error
        yield folder
