"""Writes a bundle: aside, hashed while it is copied, and renamed when it is whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from ai_translate.artifact import Artifact, FileHash
from ai_translate.errors import IntegrityError, ModelMissing, SupplyError
from ai_translate.supply.bundle.listing import LISTING_NAME, LOCK_NAME, Listing
from ai_translate.supply.bundle.members import end_of_archive, header_of
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.store import Store
from ai_translate.supply.turns import held

__all__ = ["Written", "write_bundle"]

_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that was written.

    Attributes:
        size: In bytes.
        sha256: Of all of it, hexadecimal; the same for the same models.
    """

    size: int
    sha256: str


def write_bundle(models: Sequence[LockedModel], store: Store, out: Path) -> Written:
    """Writes models of a lock and their artifacts into one file.

    The same models give the same bytes. Until it is whole it has another name; what had the name
    before is replaced.

    Args:
        models: They must be in the store.
        store: Where their artifacts lie.
        out: The bundle.

    Raises:
        ModelMissing: The store lacks an artifact.
        IntegrityError: An artifact is damaged; nothing is written.
        SupplyError: The disk refused.
    """
    models = sorted(models, key=lambda model: model.name)
    with contextlib.ExitStack() as stack:
        try:
            artifacts = [
                stack.enter_context(_kept(store, digest))
                for digest in sorted({model.artifact for model in models})
            ]
            lock = _lock_of(models)
            listing = Listing(
                FileHash(len(lock), hashlib.sha256(lock).hexdigest()),
                {artifact.digest: artifact.all_files() for artifact in artifacts},
            )
            with _arriving(out) as stream:
                archive = _Archive(stream)
                archive.add(LISTING_NAME, listing.to_json())
                archive.add(LOCK_NAME, lock)
                for path, entry in listing.files[1:]:
                    archive.copy(path, store.folder / path, entry)
                return archive.ended()
        except OSError as error:
            raise SupplyError(
                f"{error.filename or out} cannot be read or written: {error.strerror or error}.",
                hint="Check its owner and the space on its disk.",
            ) from error


@contextlib.contextmanager
def _kept(store: Store, digest: str) -> Iterator[Artifact]:
    """An artifact that nobody collects meanwhile. Its files are not looked at yet."""
    path = store.folder / digest
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(path, shared=True))
        except FileNotFoundError as error:
            raise ModelMissing(
                f"{store.folder} has no artifact {digest[:12]}….",
                hint="Run `ai-translate models pull`.",
            ) from error
        yield Artifact.open(path)


def _lock_of(models: Sequence[LockedModel]) -> bytes:
    # What a model was before is not in the bundle, so that nobody could roll back to it.
    told = tuple(replace(model, earlier=()) for model in models)
    with tempfile.TemporaryDirectory() as folder:
        lock = replace(Lock(Path(folder) / LOCK_NAME), models=told)
        lock.write()
        return lock.path.read_bytes()


@contextlib.contextmanager
def _arriving(out: Path) -> Iterator[BinaryIO]:
    """A file aside, which gets the name when the block ends well. One process at a time."""
    aside = out.with_name(f".{out.name}.part")
    with _alone(aside, out) as stream:
        try:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
            aside.replace(out)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _alone(aside: Path, out: Path) -> Iterator[BinaryIO]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(aside, flags, 0o600), "w+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking, another may have ended and given this file its name.
            mine = os.path.samestat(os.fstat(stream.fileno()), aside.lstat())
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            raise SupplyError(f"Another process writes {out}.", hint="Wait until it has ended.")
        # What a killed process has left is no beginning of this one.
        stream.truncate(0)
        yield stream


class _Archive:
    """A tar archive that is being written, and hashed as it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._size = 0

    def add(self, path: str, content: bytes) -> None:
        self._write(header_of(path, len(content)))
        self._write(content)
        self._write(bytes(-len(content) % 512))

    def copy(self, path: str, source: Path, expected: FileHash) -> None:
        """Adds a file.

        Raises:
            IntegrityError: It is another one than is listed.
        """
        self._write(header_of(path, expected.size))
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
                self._write(block)
        if FileHash(size, digest.hexdigest()) != expected:
            raise IntegrityError(
                f"{source} has {size} bytes of sha256 {digest.hexdigest()}, but {expected.size} of "
                f"{expected.sha256} were expected.",
                hint="It was changed or damaged: `ai-translate models pull` mends it.",
            )
        self._write(bytes(-size % 512))

    def ended(self) -> Written:
        self._write(end_of_archive(self._size))
        return Written(self._size, self._digest.hexdigest())

    def _write(self, block: bytes) -> None:
        self._stream.write(block)
        self._digest.update(block)
        self._size += len(block)
