"""Brings the files of an artifact under the name of a version, and looks whether they are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from ai_translate.errors import HubError, HubUnreachable, IntegrityError, VersionTaken
from ai_translate.supply.hub.digests import is_right
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.hub.retries import Backoff, Retries, Transient
from ai_translate.supply.hub.upload import LocalFile, Upload, uploading
from ai_translate.supply.publish.places import Named
from ai_translate.supply.publish.reading import Version, find

__all__ = ["put"]

# Each goes on where the one before ended: what is there is not sent again.
_ATTEMPTS = Backoff(attempts=4)


def put(
    endpoint: Endpoint,
    named: Named,
    digest: str,
    files: Sequence[LocalFile],
    progress: Progress,
    *,
    same: Collection[str] = (),
) -> Version:
    """Publishes files as a version, unless the version is that artifact already.

    Args:
        endpoint: Where to.
        named: Repository and name of the version.
        digest: Of the artifact that the files are.
        files: Its files, with all that stands beside them.
        progress: Is told how much has gone, and what was found.
        same: Names of files, beside the artifact's own, that a version which is there already must
            have just so.

    Raises:
        VersionTaken: The name stands for another artifact, or came to do so meanwhile; or the
            version that is there lacks what must be the same.
        IntegrityError: What can be read there is not what was sent.
        HubError: The endpoint refuses, or cannot be reached.
    """
    known = find(endpoint, named)
    if known is not None:
        _refuse_other(endpoint, known, digest)
        _refuse_unlike(endpoint, known, [file for file in files if file.name in same])
        progress.note(f"{named.repo}@{named.version} is there already, with the same digest.")
        return known
    lost: HubUnreachable | None = None
    with uploading(endpoint, *named, files, progress) as upload:
        _put_large(upload)
        try:
            if not upload.commit():
                progress.note("The answer named no usable commit: looking what is there.")
        except HubUnreachable as error:
            # It may have been only the answer that was lost.
            lost = error
    return _found(endpoint, named, digest, files, lost)


def _put_large(upload: Upload) -> None:
    retries = Retries(_ATTEMPTS)
    while True:
        try:
            upload.put()
        except HubUnreachable as error:
            retries.failed(Transient(error))
        else:
            return


def _found(
    endpoint: Endpoint,
    named: Named,
    digest: str,
    files: Sequence[LocalFile],
    lost: HubUnreachable | None,
) -> Version:
    """The version as it is there now, which must be the one that was sent."""
    version = find(endpoint, named)
    if version is None:
        if lost is not None:
            raise lost
        raise HubError(
            f"{shown(endpoint.url)} took {named.repo}@{named.version}, but does not show it.",
            hint="Ask who runs it: perhaps it does not show what it deploys to.",
        )
    for name, state in _unlike(version, files):
        raise IntegrityError(
            f"{name} of {named.repo} at {version.commit} at {shown(endpoint.url)} "
            f"{'is missing' if state == 'missing' else 'is not what was sent'}.",
            hint="Somebody else may have published under this name at the same time.",
        )
    _refuse_other(endpoint, version, digest)
    return version


def _refuse_unlike(endpoint: Endpoint, found: Version, files: Sequence[LocalFile]) -> None:
    for name, state in _unlike(found, files):
        raise VersionTaken(
            f"{found.named.repo}@{found.named.version} at {shown(endpoint.url)} is this "
            f"artifact, but {'without' if state == 'missing' else 'with another'} {name}.",
            hint="A version never changes: give this one another name.",
        )


def _unlike(
    version: Version, files: Sequence[LocalFile]
) -> Iterator[tuple[str, Literal["missing", "other"]]]:
    """Names of the files that a version lacks or has otherwise."""
    there = {file.name: file for file in version.resolved.files}
    for file in files:
        remote = there.get(file.name)
        if remote is None:
            yield file.name, "missing"
        elif not is_right(file.path, WantedFile.of(remote)):
            yield file.name, "other"


def _refuse_other(endpoint: Endpoint, found: Version, digest: str) -> None:
    manifest = found.manifest
    if manifest is not None and manifest.digest == digest:
        return
    what = f"artifact {manifest.digest}" if manifest else "something that is no artifact"
    name = f"{found.named.repo}@{found.named.version}"
    raise VersionTaken(
        f"{name} at {shown(endpoint.url)} is {what}, not {digest}.",
        hint="A version never changes: give this one another name.",
    )
