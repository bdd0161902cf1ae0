"""What stands first in a bundle: every other file of it, in order, with its size and its hash.

listing.json
models.lock             the entries of the models, as a lock has them
DIGEST/manifest.json    then each artifact, its manifest first
DIGEST/model.bin …
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError

from ai_translate.artifact import MANIFEST_NAME, FileHash, refuse_unsafe_name
from ai_translate.errors import BadFile
from ai_translate.supply.lock_fields import Sha256Field, Strict, checked

__all__ = ["LISTING_NAME", "LOCK_NAME", "MOST_LISTING_BYTES", "Listing"]

LISTING_NAME: Final = "listing.json"
LOCK_NAME: Final = "models.lock"
MOST_LISTING_BYTES: Final = 4 << 20
"""Of the listing and of the lock in a bundle: more than ten thousand files take."""

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a bundle.

    Attributes:
        lock: The entries of its models.
        artifacts: The files of each artifact by its digest, those by their names.
    """

    lock: FileHash
    artifacts: Mapping[str, Mapping[str, FileHash]]

    @property
    def files(self) -> list[tuple[str, FileHash]]:
        """All files by their paths, in the one order that a bundle has."""
        found = [(LOCK_NAME, self.lock)]
        for digest, files in sorted(self.artifacts.items()):
            found += [(f"{digest}/{name}", files[name]) for name in in_order(files)]
        return found

    def to_json(self) -> bytes:
        """Canonical JSON: equal listings are equal bytes."""
        fields = {
            "format": _FORMAT,
            "files": [
                {"path": path, "size": entry.size, "sha256": entry.sha256}
                for path, entry in self.files
            ],
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: str) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            BadFile: The bytes are no listing, or one of something else than a bundle has.
        """
        try:
            read = _Fields.model_validate_json(data)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in problem["loc"]) or "it"
            raise BadFile(
                f"{where} has no usable {LISTING_NAME}: {place}: {problem['msg']}.",
                hint="It is no bundle, or a newer version has made it.",
            ) from error
        files = {entry.path: FileHash(entry.size, entry.sha256) for entry in read.files}
        artifacts: dict[str, dict[str, FileHash]] = {}
        for path, entry in files.items():
            digest, separator, name = path.partition("/")
            if separator:
                artifacts.setdefault(digest, {})[name] = entry
        for digest, inside in artifacts.items():
            if MANIFEST_NAME not in inside or inside[MANIFEST_NAME].sha256 != digest:
                raise BadFile(
                    f"{LISTING_NAME} in {where} has {digest}, which is not the sha256 of its "
                    f"{MANIFEST_NAME}."
                )
        if LOCK_NAME not in files:
            raise BadFile(f"{LISTING_NAME} in {where} has no {LOCK_NAME}.")
        listing = cls(files[LOCK_NAME], artifacts)
        if [path for path, _ in listing.files] != [entry.path for entry in read.files]:
            raise BadFile(
                f"{LISTING_NAME} in {where} has a file twice, or in another order than bundles do."
            )
        return listing


def in_order(names: Iterable[str]) -> list[str]:
    """The files of an artifact as they stand in a bundle: the manifest first."""
    return sorted(names, key=lambda name: (name != MANIFEST_NAME, name))


def _check_path(path: str) -> None:
    digest, separator, name = path.partition("/")
    if not separator and path == LOCK_NAME:
        return
    if not separator or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise BadFile(f"{path[:200]!r} is no path of a bundle")
    refuse_unsafe_name(name)


class _File(Strict):
    path: Annotated[str, checked(_check_path), StringConstraints(max_length=164)]
    size: int = Field(ge=0)
    sha256: Sha256Field


class _Fields(Strict):
    format: Annotated[int, Field(ge=_FORMAT, le=_FORMAT)]
    files: list[_File]
