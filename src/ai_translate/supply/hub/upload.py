"""Files brought to a revision of a repository: the large ones are put first, then one commit.

Nothing is held in memory but what the endpoint wants inside the commit, which is what git keeps
itself: files of some megabytes at most.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from ai_translate.artifact import FileHash
from ai_translate.errors import AITranslateError, BadFile, HubError, HubUnreachable, IntegrityError
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.library import addition, commit, hub_api
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.hub.retries import Backoff

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

__all__ = ["LocalFile", "Upload", "uploading"]

_RIGHTS: Final = (
    "Give the token the right to deploy here. A remote repository takes no uploads: publish to a "
    "local one, or to a virtual one with a default deployment repository."
)
# Asked once: whether a commit whose answer was lost has been made is not known.
_ONCE: Final = Backoff(attempts=1)
_MESSAGE: Final = "Upload by ai-translate"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file here that is to be, or must be, in a repository.

    Attributes:
        name: Its name there.
        path: Where it is.
        size: In bytes.
        sha256: Hexadecimal.
    """

    name: str
    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path, entry: FileHash) -> Self:
        """A file that has the same name there."""
        return cls(path.name, path, entry.size, entry.sha256)


class Upload:
    """Files on their way to one revision. See `uploading`.

    Args:
        endpoint: Where to.
        repo: ORGANISATION/NAME.
        revision: What shall name the commit.
        files: The files; they are open.
        progress: Is told of bytes that have gone.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        repo: str,
        revision: str,
        files: Sequence[_Counted],
        progress: Progress,
    ) -> None:
        # An endpoint hashes what it was given before it answers.
        wait = max(endpoint.etag_timeout, endpoint.download_timeout)
        self._endpoint = replace(endpoint, etag_timeout=wait)
        self._repo = repo
        self._revision = revision
        self._files = files
        self._progress = progress
        self._additions: list[CommitOperationAdd] = []

    def put(self) -> None:
        """Puts the large files where the endpoint says. Those that it has stay where they are.

        Raises:
            HubError: They are not taken.
            IntegrityError: A file has changed.
        """
        with self._api() as api:
            if not self._additions:
                self._additions = [self._addition(stream) for stream in self._files]
                self._progress.total(sum(stream.file.size for stream in self._files))
            for stream in self._files:
                stream.count(self._progress)
            try:
                for additions in _without_twins(self._additions):
                    api.preupload_lfs_files(
                        self._repo, additions, revision=self._revision, free_memory=False
                    )
            finally:
                for stream in self._files:
                    stream.stop()

    def commit(self) -> bool:
        """Makes the commit, after `put`; whether the library could read the answer.

        Raises:
            HubError: It is refused. If it was only the answer that got lost, it may be there.
        """
        with self._api() as api:
            readable = commit(api, self._repo, self._revision, self._additions, _MESSAGE)
        for stream in self._files:
            self._progress.advance(stream.file.size - stream.told)
        return readable

    @contextlib.contextmanager
    def _api(self) -> Iterator[HfApi]:
        given = (self._endpoint, self._repo, self._revision, _ONCE)
        try:
            with hub_api(*given, what="the upload") as api, warnings.catch_warnings():
                # The library hands its own HTTP client a stream in a way that this one deprecates.
                warnings.simplefilter("ignore", DeprecationWarning)
                try:
                    yield api
                except RuntimeError as error:
                    # So it wraps what happened in one of its threads.
                    if isinstance(error.__cause__, AITranslateError):
                        raise error.__cause__ from error
                    raise
        except HubUnreachable:
            raise
        except HubError as error:
            raise type(error)(error.message, hint=_RIGHTS) from error

    @staticmethod
    def _addition(stream: _Counted) -> CommitOperationAdd:
        file = stream.file
        added = addition(file.name, stream)
        if (added.upload_info.size, added.upload_info.sha256.hex()) != (file.size, file.sha256):
            raise IntegrityError(f"{file.path} has changed since it was verified.")
        return added


def _without_twins(additions: Sequence[CommitOperationAdd]) -> list[list[CommitOperationAdd]]:
    """Additions in groups, in none of which two have the same bytes.

    The library would let two threads read the stream of one of them at once.
    """
    groups: list[dict[bytes, CommitOperationAdd]] = []
    for added in additions:
        digest = added.upload_info.sha256
        group = next((group for group in groups if digest not in group), None)
        if group is None:
            group = {}
            groups.append(group)
        group[digest] = added
    return [list(group.values()) for group in groups]


@contextlib.contextmanager
def uploading(
    endpoint: Endpoint,
    repo: str,
    revision: str,
    files: Sequence[LocalFile],
    progress: Progress | None = None,
) -> Iterator[Upload]:
    """Opens files to be uploaded.

    Args:
        endpoint: Where to. Its own origin must take the files: no other is asked.
        repo: ORGANISATION/NAME.
        revision: What shall name the commit.
        files: The files.
        progress: Is told how much has gone.

    Raises:
        BadFile: A file cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        try:
            streams = [stack.enter_context(_Counted(file)) for file in files]
        except OSError as error:
            raise BadFile(f"{error.filename} cannot be read: {error.strerror}.") from error
        yield Upload(endpoint, repo, revision, streams, progress or Silent())


class _Counted(io.BufferedReader):
    """A file that tells how much of it has been read, while it is asked to."""

    def __init__(self, file: LocalFile) -> None:
        super().__init__(io.FileIO(file.path))
        self.file = file
        self.told = 0
        self._progress: Progress | None = None

    def count(self, progress: Progress) -> None:
        """Begins anew. What was told of an earlier attempt is taken back."""
        # After a failure the library leaves it where it was.
        self.seek(0)
        progress.advance(-self.told)
        self.told = 0
        self._progress = progress

    def stop(self) -> None:
        """Tells no more."""
        self._progress = None

    def read(self, size: int | None = -1, /) -> bytes:
        """See io.BufferedReader."""
        block = super().read(size)
        if self._progress is not None:
            self.told += len(block)
            self._progress.advance(len(block))
        return block
