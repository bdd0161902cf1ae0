"""Whether a model could be published here: a small file is uploaded, and stays."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.hub.metadata import resolve
from ai_translate.supply.hub.upload import LocalFile, uploading

__all__ = ["upload"]

# An empty file of its format, which the Hub keeps as LFS: so it takes the whole way of weights.
_NAME: Final = "ai-translate-check.safetensors"
_EMPTY: Final = b"\x02\0\0\0\0\0\0\0{}"


def upload(subject: Subject) -> Verdict:
    """Commits a small file under a revision of its own and finds it in the list of files."""
    if not subject.write:
        return Verdict("skipped", "Only with --write: what is uploaded stays.")
    name = f"ai-translate-check-{secrets.token_hex(4)}"
    stays = (
        f"{subject.repo} now has the revision {name} with {_NAME}. This protocol removes nothing: "
        "delete it in Artifactory."
    )
    odd = _commit(subject, name)
    found = resolve(subject.endpoint, subject.repo, name, backoff=subject.backoff)
    wanted = hashlib.sha256(_EMPTY).hexdigest()
    if not any((file.name, file.sha256) == (_NAME, wanted) for file in found.files):
        return Verdict("fail", f"{_NAME} was taken, but is not listed as it was sent.", stays)
    if odd:
        return Verdict(
            "note",
            f"{_NAME} was uploaded as {found.commit}, though the answer named no usable commit.",
            f"The Hugging Face client fails after such an upload. {stays}",
        )
    return Verdict("ok", f"{_NAME} was uploaded as {found.commit} and is listed.", stays)


def _commit(subject: Subject, revision: str) -> bool:
    """Uploads the file; whether the answer was one that the library cannot read.

    Raises:
        HubError: It was refused.
    """
    path = subject.folder / _NAME
    path.write_bytes(_EMPTY)
    file = LocalFile(_NAME, path, len(_EMPTY), hashlib.sha256(_EMPTY).hexdigest())
    with uploading(subject.endpoint, subject.repo, revision, [file]) as upload:
        upload.put()
        return not upload.commit()
