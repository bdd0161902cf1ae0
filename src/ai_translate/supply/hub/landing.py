"""How checked bytes get their name."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ai_translate.supply.hub.digests import is_right
from ai_translate.supply.hub.files import WantedFile

__all__ = ["adopt", "land"]


def land(arrived: Path, final: Path) -> None:
    """Gives a file that is complete and on the disk its name, in place of what had it.

    Raises:
        OSError: The disk refused.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    arrived.replace(final)
    descriptor = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt(final: Path, file: WantedFile, place: Path) -> bool:
    """Puts a plain file in place of a link of huggingface_hub's cache, if its bytes are right.

    That cache has `models--…/snapshots/COMMIT/NAME` lead to `models--…/blobs/…`. A link that leads
    anywhere else is not followed.

    Args:
        final: Where the link may be.
        file: What it must lead to.
        place: A folder on the same disk to work in.

    Returns:
        Whether the file is now there.

    Raises:
        OSError: The disk refused.
    """
    if not final.is_symlink():
        return False
    snapshots = final.parent.parent
    model = snapshots.parent
    if snapshots.name != "snapshots" or not model.name.startswith("models--"):
        return False
    try:
        blob = final.resolve(strict=True)
        if blob.parent != (model / "blobs").resolve(strict=True):
            return False
    except (OSError, RuntimeError):  # it leads nowhere, or to itself
        return False
    copy = place / f"{file.name}.blob"
    copy.unlink(missing_ok=True)
    try:
        os.link(blob, copy, follow_symlinks=False)
    except OSError:
        shutil.copyfile(blob, copy, follow_symlinks=False)
    try:
        # Checked after it was linked: nobody can put something else in its place any more.
        if not is_right(copy, file):
            return False
        # Somebody else's blob keeps its mode: we may read it, as has just been shown.
        with contextlib.suppress(PermissionError):
            copy.chmod(0o644)
        land(copy, final)
    finally:
        copy.unlink(missing_ok=True)
    return True
