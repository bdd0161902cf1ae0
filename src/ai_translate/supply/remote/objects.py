"""Artifacts laid out on a shelf, content-addressed, so that right bytes are never changed.

artifacts/KEY.json      the manifest of the artifact that the inputs of KEY give; written last
files/SHA256            each file, once for all artifacts that have it
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ai_translate.artifact import MOST_MANIFEST_BYTES, Artifact, FileHash, Manifest
from ai_translate.errors import IntegrityError
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.partial import Partial
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.remote.manifests import checked_manifest, too_large
from ai_translate.supply.remote.shelf import Shelf

__all__ = ["Objects"]


class Objects:
    """A second tier in a folder or a bucket. See `Remote` for its methods.

    Args:
        shelf: What keeps the bytes.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def address(self) -> str:
        """See Remote."""
        return self._shelf.address

    def manifest(self, key: str, digest: str) -> Manifest | None:
        """See Remote."""
        name = _manifest_name(key)
        with self._shelf.blocks(name) as blocks:
            if blocks is None:
                return None
            data = b""
            for block in blocks:
                data += block
                if len(data) > MOST_MANIFEST_BYTES:
                    raise too_large(self._where(name))
        return checked_manifest(data, digest, self._where(name))

    def fetch(self, key: str, manifest: Manifest, folder: Path, progress: Progress) -> None:  # noqa: ARG002  # files are named by what is in them
        """See Remote."""
        progress.total(sum(entry.size for entry in manifest.files.values()))
        for name, expected in sorted(manifest.files.items()):
            self._fetch(name, expected, folder / name, progress)

    def put(self, key: str, artifact: Artifact, *, replace: bool) -> None:
        """See Remote."""
        for name, entry in sorted(artifact.manifest.files.items()):
            shelved = _file_name(entry)
            if replace or self._shelf.size(shelved) != entry.size:
                with (artifact.path / name).open("rb") as content:
                    self._shelf.put(shelved, content)
        self._shelf.put(_manifest_name(key), io.BytesIO(artifact.manifest.to_json()))

    def turn(self, key: str, waiting: Callable[[], None]) -> AbstractContextManager[bool]:
        """See Remote."""
        return self._shelf.turn(key, waiting)

    def _fetch(self, name: str, expected: FileHash, out: Path, progress: Progress) -> None:
        shelved = _file_name(expected)
        where = f"{self._where(shelved)} ({name})"
        wanted = WantedFile(name, expected.size, sha256=expected.sha256)
        # Hashed and brought to the disk in threads of their own, close behind.
        with self._shelf.blocks(shelved) as blocks, Partial(out, wanted, progress) as partial:
            if blocks is None:
                raise IntegrityError(f"{where} is not there, though its manifest is.")
            for block in blocks:
                if len(block) > partial.missing:
                    raise IntegrityError(f"{where} has more than its {wanted.size} bytes.")
                partial.write(memoryview(block))
            if partial.missing:
                raise IntegrityError(f"{where} ends after {partial.size} of {wanted.size} bytes.")
            digests = partial.digests()
            if not digests.match(wanted):
                raise IntegrityError(f"{where} {digests.difference(wanted)}.")
            partial.sync()

    def _where(self, name: str) -> str:
        return f"{self.address}/{name}"


def _manifest_name(key: str) -> str:
    return f"artifacts/{key}.json"


def _file_name(entry: FileHash) -> str:
    return f"files/{entry.sha256}"
