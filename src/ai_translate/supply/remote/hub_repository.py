"""A second tier in a repository of a Hugging Face endpoint: each artifact is a revision of it.

The revision is named by the key, and all of an artifact's files are one commit, so that nobody sees
a part of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ai_translate.artifact import MANIFEST_NAME, MOST_MANIFEST_BYTES, Artifact, Manifest
from ai_translate.errors import IntegrityError, NotOnHub
from ai_translate.supply.hub.connections import Connections
from ai_translate.supply.hub.download import download
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff, Retries, Transient
from ai_translate.supply.hub.upload import LocalFile, uploading
from ai_translate.supply.hub.wire import Wire
from ai_translate.supply.remote.manifests import checked_manifest, too_large

__all__ = ["HubRepository"]

# A tier that is silent must not keep a build waiting that can do without it, however long one has
# to wait for a model that Artifactory fetches first.
_ANSWER_SECONDS: Final = 60.0
_UPLOAD_SECONDS: Final = 600.0
_BACKOFF: Final = Backoff(attempts=3)


class HubRepository:
    """A second tier on a Hugging Face endpoint. See `Remote` for its methods.

    Args:
        endpoint: Whom to ask.
        repo: ORGANISATION/NAME.
    """

    def __init__(self, endpoint: Endpoint, repo: str) -> None:
        self._reads = _patient(endpoint, _ANSWER_SECONDS)
        self._writes = _patient(endpoint, _UPLOAD_SECONDS)
        self._repo = repo

    @property
    def address(self) -> str:
        """See Remote."""
        return f"{shown(self._reads.url)}/{self._repo}"

    def manifest(self, key: str, digest: str) -> Manifest | None:
        """See Remote."""
        asked = Asked(self._reads, self._repo, key, MANIFEST_NAME)
        try:
            data = self._small(asked)
        except NotOnHub:
            return None
        return checked_manifest(data, digest, self._where(key, MANIFEST_NAME))

    def fetch(self, key: str, manifest: Manifest, folder: Path, progress: Progress) -> None:
        """See Remote."""
        wanted = [
            WantedFile(name, entry.size, sha256=entry.sha256)
            for name, entry in sorted(manifest.files.items())
        ]
        # Files arrive beside the folder that they are fetched into.
        arrived = folder / "arrived"
        try:
            download(
                *(self._reads, self._repo, key, wanted, arrived),
                progress=progress,
                backoff=_BACKOFF,
            )
        except NotOnHub as error:
            raise IntegrityError(f"{error.message} Its manifest is there.") from error
        for file in wanted:
            (arrived / file.name).rename(folder / file.name)
        arrived.rmdir()

    def put(self, key: str, artifact: Artifact, *, replace: bool) -> None:  # noqa: ARG002  # a commit always replaces
        """See Remote."""
        files = sorted(artifact.all_files().items())
        local = [LocalFile.of(artifact.path / name, entry) for name, entry in files]
        with uploading(self._writes, self._repo, key, local) as upload:
            upload.put()
            upload.commit()

    @contextlib.contextmanager
    def turn(self, key: str, waiting: Callable[[], None]) -> Iterator[bool]:  # noqa: ARG002  # nobody is waited for
        """See Remote. The protocol has no locks: all go at once."""
        yield False

    def _small(self, asked: Asked) -> bytes:
        """The bytes of a small file.

        Raises:
            NotOnHub: It is not there.
            HubError: It cannot be had.
            IntegrityError: It is no small file.
        """
        wire = Wire(Connections(self._reads.tls_context(), self._reads.download_timeout))
        retries = Retries(_BACKOFF)
        while True:
            data = bytearray()
            block = memoryview(bytearray(1 << 16))
            try:
                with wire.get(asked, 0) as reply:
                    while size := reply.readinto(block):
                        data += block[:size]
                        if len(data) > MOST_MANIFEST_BYTES:
                            raise too_large(self._where(asked.revision, asked.file))
            except Transient as transient:
                retries.failed(transient)
            else:
                return bytes(data)

    def _where(self, key: str, name: str) -> str:
        return f"{self.address}/resolve/{key}/{name}"


def _patient(endpoint: Endpoint, seconds: float) -> Endpoint:
    return replace(
        endpoint,
        etag_timeout=min(endpoint.etag_timeout, seconds),
        download_timeout=min(endpoint.download_timeout, seconds),
    )
