"""What lies in the models folder and serves nothing any more, and its removal.

Only what these names have is looked at, and none of it while a process holds it:

    store/DIGEST, store/DIGEST.threads.json    of an artifact that the lock does not name
    store/.staging-…, store/.making-DIGEST     what a conversion left that ended early
    hub/models--O--N/snapshots/COMMIT          of a commit that the lock does not name
    hub/models--O--N/snapshots/.incoming-…     of such a commit, or of one whose artifact is stored

A folder of `hub/` in which the Hugging Face libraries keep blobs is theirs and is left alone, as is
every cache elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ai_translate.errors import SupplyError
from ai_translate.supply.hub.folders import snapshot_dir
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.sources import HubSource
from ai_translate.supply.staging import STAGING
from ai_translate.supply.store import MAKING, Store
from ai_translate.supply.turns import held

__all__ = ["Garbage", "collect"]

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_THREADS: Final = re.compile(r"([0-9a-f]{64})\.threads\.json")
_COMMIT: Final = re.compile(r"(\.incoming-)?([0-9a-f]{40})")
# What the Hugging Face libraries keep beside `snapshots`.
_THEIRS: Final = ("blobs", "refs")


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something that can go.

    Attributes:
        path: A file or a folder.
        why: What it is, in words.
        size: Bytes that it holds.
    """

    path: Path
    why: str
    size: int


def collect(lock: Path, models_dir: Path, *, dry_run: bool = False) -> tuple[Garbage, ...]:
    """Removes what serves nothing any more, and tells what it was.

    No model is added to the lock meanwhile.

    Args:
        lock: The lock's path. Nothing is removed without one.
        models_dir: The folder that holds `store/` and `hub/`.
        dry_run: Only tells.

    Raises:
        LockError: The lock is missing or malformed.
        SupplyError: The disk refused.
    """
    found = []
    with Lock.alone(lock) as now:
        store = Store(models_dir)
        try:
            for garbage in (*_in_store(now, store), *_in_hub(now, store, models_dir / "hub")):
                with contextlib.suppress(BlockingIOError, FileNotFoundError), _free(garbage.path):
                    if not dry_run:
                        _remove(garbage.path, store)
                    found.append(garbage)
        except OSError as error:
            raise SupplyError(
                f"{error.filename or models_dir} cannot be removed: {error.strerror}.",
                hint="Check who owns it.",
            ) from error
    return tuple(found)


def _in_store(lock: Lock, store: Store) -> Iterator[Garbage]:
    locked = {model.artifact for model in lock.models}
    for path in _entries(store.folder):
        threads = _THREADS.fullmatch(path.name)
        if path.is_dir() and _DIGEST.fullmatch(path.name) and path.name not in locked:
            yield _garbage(path, "artifact that is not locked")
        elif path.is_file() and threads and threads[1] not in locked:
            yield _garbage(path, "measurement of an artifact that is not locked")
        elif path.is_dir() and path.name.startswith((STAGING, MAKING)):
            yield _garbage(path, "left by a conversion that ended early")


def _in_hub(lock: Lock, store: Store, hub: Path) -> Iterator[Garbage]:
    stored = set(store.digests())
    locked: dict[Path, bool] = {}
    for model in lock.models:
        if isinstance(model.source, HubSource):
            snapshot = snapshot_dir(hub, model.source.repo, model.source.commit)
            locked[snapshot] = locked.get(snapshot, True) and model.artifact in stored
    for folder in _entries(hub):
        if not folder.name.startswith("models--") or any((folder / n).exists() for n in _THEIRS):
            continue
        for path in _entries(folder / "snapshots"):
            match = _COMMIT.fullmatch(path.name)
            if match is None or not path.is_dir():
                continue
            done = locked.get(path.with_name(match[2]))
            if match[1] and done is not False:
                yield _garbage(path, "partial download")
            elif not match[1] and done is None:
                yield _garbage(path, "download of a commit that is not locked")


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, without links."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.is_symlink())


def _garbage(path: Path, why: str) -> Garbage:
    # Unlike a path's own walk, this one goes on where somebody removes what it has come to.
    files = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    return Garbage(path, why, sum(map(_size, files if path.is_dir() else [path])))


def _size(path: Path) -> int:
    """Bytes of a file; none where whoever works with it has removed it."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


@contextlib.contextmanager
def _free(path: Path) -> Iterator[None]:
    """Keeps everybody else from a folder.

    Raises:
        BlockingIOError: Somebody holds it.
        FileNotFoundError: It has gone.
    """
    if path.is_file():
        yield
        return
    with held(path, wait=False):
        yield


def _remove(path: Path, store: Store) -> None:
    if path.is_file():
        path.unlink()
    elif path.parent == store.folder and _DIGEST.fullmatch(path.name):
        store.discard(path.name)
    else:
        shutil.rmtree(path)
    if path.parent.name == "snapshots":
        with contextlib.suppress(OSError):  # others are in it
            path.parent.rmdir()
            path.parent.parent.rmdir()
