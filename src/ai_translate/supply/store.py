"""Where artifacts lie: content-addressed, written aside and renamed, safe for several processes.

A folder under its final name is complete and never changes. One that is being written has another
name, see `staging`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ai_translate.artifact import MANIFEST_NAME, Artifact, Manifest
from ai_translate.errors import IntegrityError, ModelMissing, SupplyError
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.staging import STAGING, staged
from ai_translate.supply.turns import held, turn

__all__ = ["MAKING", "Store", "open_locked"]

MAKING: Final = ".making-"
"""Begins the name of a folder that is held while the artifact of that digest is made."""

_ATTEMPTS: Final = 10
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Store:
    """The artifacts under one models folder.

    Args:
        models_dir: The folder of `AIT_MODELS_DIR`; artifacts lie in `store/` below it.
    """

    def __init__(self, models_dir: Path) -> None:
        self.folder = models_dir / "store"

    def open(self, digest: str) -> Artifact:
        """The artifact of that digest, every byte of it verified.

        Raises:
            ModelMissing: The store does not have it.
            IntegrityError: It was changed or damaged.
            BadFile: It holds something that is no plain file.
        """
        path = self.folder / digest
        if not path.is_dir() or path.is_symlink():
            raise ModelMissing(
                f"{self.folder} has no artifact {digest[:12]}….",
                hint="Run `ai-translate models pull`. If a volume is mounted over the models "
                "folder, it hides the models of the image.",
            )
        artifact = Artifact.open(path)
        artifact.verify()
        return artifact

    def digests(self) -> list[str]:
        """Digests of all artifacts that have a final name, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.iterdir() if _DIGEST.fullmatch(p.name))

    def add(self, build: Callable[[Path], Manifest], *, expected: str | None = None) -> Artifact:
        """Builds an artifact aside and gives it its name.

        Args:
            build: Fills an empty folder and returns the manifest of what it wrote.
            expected: The digest that must come out.

        Raises:
            IntegrityError: Another digest came out; nothing is stored.
            SupplyError: The disk refused.
        """
        with self.adding(build, expected=expected) as artifact:
            return artifact

    @contextlib.contextmanager
    def adding(
        self, build: Callable[[Path], Manifest], *, expected: str | None = None
    ) -> Iterator[Artifact]:
        """Adds an artifact as `add` does, and keeps it only if the block ends well.

        During the block nobody else removes it, be it new or there before; for another process
        that is about to keep or to discard the same one it waits. An artifact that was there
        before stays whatever happens.
        """
        with contextlib.ExitStack() as stack:
            try:
                staging = stack.enter_context(staged(self.folder))
                artifact = self._built(build, staging, expected)
                new = not staging.exists()
                # Until this block has ended, one that was there before may be collected, or be
                # discarded by the one that made it: then ours takes its place.
                while not new:
                    try:
                        stack.enter_context(held(artifact.path, shared=True))
                        break
                    except FileNotFoundError:
                        artifact = self._land(staging, artifact.manifest)
                        new = not staging.exists()
            except OSError as error:
                raise self._unwritable(error) from error
            try:
                yield artifact
            except BaseException:
                if new:
                    self.discard(artifact.digest)
                raise

    @contextlib.contextmanager
    def aside(self) -> Iterator[Store]:
        """A store inside this one's folder, which goes with all in it when the block ends.

        If the process is killed, the next one that writes here removes it, or `gc` does.

        Raises:
            SupplyError: The disk refused.
        """
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(staged(self.folder))
            except OSError as error:
                raise self._unwritable(error) from error
            yield Store(folder)

    def discard(self, digest: str) -> None:
        """Removes an artifact at once, so that no part of one ever has its name.

        Raises:
            OSError: The disk refused.
        """
        self._set_aside(self.folder / digest)

    @contextlib.contextmanager
    def turn(self, digest: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Lets one process after the other make the artifact of a digest.

        Args:
            digest: Of the artifact.
            waiting: Is called once if another process makes it now.

        Raises:
            SupplyError: The disk refused.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(turn(self.folder / f"{MAKING}{digest}", waiting))
            except OSError as error:
                raise self._unwritable(error) from error
            yield

    def _built(
        self, build: Callable[[Path], Manifest], staging: Path, expected: str | None
    ) -> Artifact:
        manifest = build(staging)
        if expected is not None and manifest.digest != expected:
            raise IntegrityError(
                f"Conversion gave artifact {manifest.digest}, "
                f"but {expected} is locked. Converter: {_versions(manifest)}.",
                hint="Other versions give other bytes: lock the model again with "
                "`ai-translate models add`.",
            )
        (staging / MANIFEST_NAME).write_bytes(manifest.to_json())
        return self._land(staging, manifest)

    def _unwritable(self, error: OSError) -> SupplyError:
        return SupplyError(
            f"{self.folder} cannot be written: {error.strerror}.",
            hint="Check its owner and the space on its disk.",
        )

    def _land(self, staging: Path, manifest: Manifest) -> Artifact:
        final = self.folder / manifest.digest
        for path in staging.iterdir():
            path.chmod(0o644)
            _sync(path)
        staging.chmod(0o755)
        _sync(staging)
        for _ in range(_ATTEMPTS):
            try:
                staging.rename(final)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
            else:
                _sync(self.folder)
                return Artifact(final, manifest.digest, manifest)
            # Another process was first, or a damaged copy lies there: only a right one stays.
            try:
                return self.open(manifest.digest)
            except SupplyError:
                self._set_aside(final)
        raise SupplyError(
            f"{final} is damaged again each time that it is replaced.", hint="Check the disk."
        )

    def _set_aside(self, damaged: Path) -> None:
        aside = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.folder))
        # Whatever another process that mends the same folder has done already is done.
        with contextlib.suppress(FileNotFoundError):
            damaged.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def open_locked(lock: Lock, store: Store) -> list[tuple[LockedModel, Artifact]]:
    """Every model of the lock with its verified artifact. Makes and fetches nothing.

    Raises:
        SupplyError: An artifact is missing or damaged; the message names the model.
    """
    opened = []
    for model in lock.models:
        try:
            opened.append((model, store.open(model.artifact)))
        except SupplyError as error:
            raise type(error)(f"{model.name}: {error.message}", hint=error.hint) from error
    return opened


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _versions(manifest: Manifest) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(manifest.converter.items()))
