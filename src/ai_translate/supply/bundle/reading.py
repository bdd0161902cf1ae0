"""Reads a bundle: every byte is held against its listing before the store gives it a name."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ai_translate.artifact import MANIFEST_NAME, MOST_MANIFEST_BYTES, FileHash, Manifest
from ai_translate.errors import BadFile, IntegrityError, LockError, SupplyError
from ai_translate.supply.bundle.listing import (
    LISTING_NAME,
    LOCK_NAME,
    MOST_LISTING_BYTES,
    Listing,
    in_order,
)
from ai_translate.supply.bundle.members import CutShort, Members
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.store import Store

__all__ = ["Contents", "Unbundled", "read_contents", "unbundle"]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says that it holds.

    Attributes:
        models: As they will stand in the lock.
        listing: All of its files.
    """

    models: tuple[LockedModel, ...]
    listing: Listing


@dataclass(frozen=True, slots=True)
class Unbundled:
    """What came of a bundle.

    Attributes:
        models: All that it held.
        stored: Digests of the artifacts that were not in the store before.
        locked: Names of the models that the lock did not have so before.
    """

    models: tuple[LockedModel, ...]
    stored: tuple[str, ...]
    locked: tuple[str, ...]


def read_contents(path: Path) -> Contents:
    """What a bundle holds, by its listing. No byte of a model is read.

    Raises:
        BadFile: It is no bundle, or cut off before its models.
        IntegrityError: The models that it names are not those of its listing.
    """
    with _opened(path) as stream:
        try:
            return _contents(path, Members(path, stream))
        except CutShort as error:
            raise BadFile(
                f"{path} ends before its first model.", hint="Copy the rest of it."
            ) from error


def unbundle(
    path: Path,
    lock: Path,
    store: Store,
    *,
    replace: bool = False,
    signed_by: str | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Unbundled:
    """Brings the models of a bundle into the store, and then into the lock.

    An artifact that the store has is not read again, so that what was interrupted goes on with the
    one that it was at. The lock is written last, and only if it changes.

    Args:
        path: The bundle.
        lock: The lock's path; it is made if it is not there.
        store: Where artifacts come to lie.
        replace: Whether a model may take the place of another artifact of its name.
        signed_by: Public keys, of which one must have signed each model, as
            AIT_REQUIRE_SIGNATURE has them.
        note: Is told of each artifact.

    Raises:
        BadFile: It is no bundle, or cut off; what came before the end is stored.
        IntegrityError: A file is not what the listing says, or the manifest is not what is locked.
        NotSigned: None of the keys has signed a model; nothing is stored.
        LockError: The lock has another artifact by the name of a model; nothing is stored.
        SupplyError: The disk refused.
    """
    stored: list[str] = []
    with Lock.alone(lock, missing_ok=True) as now, _opened(path) as stream:
        members = Members(path, stream)
        total = 0
        try:
            contents = _contents(path, members)
            total = len(contents.listing.artifacts)
            for model in contents.models:
                require_signature(model, signed_by)
            merged, changed = _merged(now, contents.models, replace=replace)
            for digest, files in sorted(contents.listing.artifacts.items()):
                if _bring(members, digest, files, store, path):
                    stored.append(digest)
                    note(f"stored artifact {digest[:12]}")
                else:
                    note(f"found artifact {digest[:12]}")
            members.end()
        except CutShort as error:
            raise BadFile(
                f"{path} is cut off after {stream.tell()} bytes: not all of its {total} artifacts "
                "have come.",
                hint="Copy the rest of it and run this again: what is stored already is not read "
                "again.",
            ) from error
        if changed:
            merged.write()
    return Unbundled(contents.models, tuple(stored), changed)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        raise BadFile(f"{path} is not a plain file.", hint="Save the bundle to a file first.")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    with stream:
        yield stream


def _contents(path: Path, members: Members) -> Contents:
    size = members.enter(LISTING_NAME, most=MOST_LISTING_BYTES)
    listing = Listing.from_json(b"".join(members.blocks(size)), where=str(path))
    if listing.lock.size > MOST_LISTING_BYTES:
        raise BadFile(
            f"{LISTING_NAME} in {path} has a {LOCK_NAME} of {listing.lock.size} bytes, more than "
            f"the {MOST_LISTING_BYTES} that it may have."
        )
    members.enter(LOCK_NAME, listing.lock.size)
    data = b"".join(members.blocks(listing.lock.size))
    found = hashlib.sha256(data).hexdigest()
    if found != listing.lock.sha256:
        raise _differs(path, LOCK_NAME, listing.lock.sha256, found)
    models = _models(path, data)
    if {model.artifact for model in models} != set(listing.artifacts):
        raise IntegrityError(
            f"{LISTING_NAME} in {path} has other artifacts than {LOCK_NAME} names."
        )
    return Contents(models, listing)


def _models(path: Path, data: bytes) -> tuple[LockedModel, ...]:
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / LOCK_NAME
        lock.write_bytes(data)
        try:
            return Lock.read(lock).models
        except LockError as error:
            what = error.message.replace(str(lock), LOCK_NAME)
            raise BadFile(f"{path} has an unusable lock: {what}") from error


def _merged(
    now: Lock, models: tuple[LockedModel, ...], *, replace: bool
) -> tuple[Lock, tuple[str, ...]]:
    """The lock with these models, and the names of those that it did not have so."""
    known = {model.name: model.artifact for model in now.models}
    changed = [model for model in models if known.get(model.name) != model.artifact]
    for model in changed:
        if model.name in known and not replace:
            raise LockError(
                f"{now.path} has {model.name} as artifact {known[model.name][:12]}…, the bundle "
                f"as {model.artifact[:12]}….",
                hint="With --replace that of the bundle takes its place.",
            )
        now = now.with_model(model)
    return now, tuple(model.name for model in changed)


def _bring(
    members: Members, digest: str, files: Mapping[str, FileHash], store: Store, where: Path
) -> bool:
    """Brings one artifact into the store; whether it was not there."""
    with store.turn(digest, lambda: None):
        if _in_place(store, digest):
            for name in in_order(files):
                members.enter(f"{digest}/{name}", files[name].size)
                members.skip(files[name].size)
            return False

        def build(folder: Path) -> Manifest:
            return _unpacked(members, digest, files, folder, where)

        store.add(build, expected=digest)
        return True


def _in_place(store: Store, digest: str) -> bool:
    try:
        store.open(digest)
    except SupplyError:
        # It is not there, or damaged: then what the bundle has takes its place.
        return False
    return True


def _unpacked(
    members: Members, digest: str, files: Mapping[str, FileHash], folder: Path, where: Path
) -> Manifest:
    size = files[MANIFEST_NAME].size
    if size > MOST_MANIFEST_BYTES:
        raise BadFile(
            f"{LISTING_NAME} in {where} has a {MANIFEST_NAME} of {size} bytes, more than the "
            f"{MOST_MANIFEST_BYTES} that it may have."
        )
    members.enter(f"{digest}/{MANIFEST_NAME}", size)
    data = b"".join(members.blocks(size))
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise _differs(where, f"{digest}/{MANIFEST_NAME}", digest, found)
    manifest = Manifest.from_json(data, where=where / digest / MANIFEST_NAME)
    if {**manifest.files, MANIFEST_NAME: files[MANIFEST_NAME]} != files:
        raise IntegrityError(
            f"{LISTING_NAME} in {where} has other files of {digest} than its manifest names."
        )
    for name in in_order(manifest.files):
        _unpack(members, f"{digest}/{name}", files[name], folder / name, where)
    return manifest


def _unpack(members: Members, path: str, expected: FileHash, out: Path, where: Path) -> None:
    members.enter(path, expected.size)
    digest = hashlib.sha256()
    with out.open("wb") as copy:
        for block in members.blocks(expected.size):
            digest.update(block)
            copy.write(block)
    if digest.hexdigest() != expected.sha256:
        raise _differs(where, path, expected.sha256, digest.hexdigest())


def _differs(where: Path, path: str, expected: str, found: str) -> IntegrityError:
    return IntegrityError(
        f"{path} in {where} has sha256 {found}, but {expected} is listed.",
        hint="It was damaged on its way: copy the bundle once more.",
    )
