"""Whether a model could be published here: a small file is uploaded, and stays."""

from __future__ import annotations

import hashlib
import io
import secrets
import warnings
from typing import Final

from ai_translate.errors import HubError, HubUnreachable
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.hub.metadata import hub_api, resolve
from ai_translate.supply.hub.retries import Backoff

__all__ = ["upload"]

# An empty file of its format, which the Hub keeps as LFS: so it takes the whole way of weights.
_NAME: Final = "ai-translate-check.safetensors"
_EMPTY: Final = b"\x02\0\0\0\0\0\0\0{}"
_RIGHTS: Final = (
    "Give the token the right to deploy here. A remote repository takes no uploads: publish to a "
    "local one, or to a virtual one with a default deployment repository."
)


def upload(subject: Subject) -> Verdict:
    """Commits a small file under a revision of its own and finds it in the list of files."""
    if not subject.write:
        return Verdict("skipped", "Only with --write: what is uploaded stays.")
    name = f"ai-translate-check-{secrets.token_hex(4)}"
    stays = (
        f"{subject.repo} now has the revision {name} with {_NAME}. This protocol removes nothing: "
        "delete it in Artifactory."
    )
    try:
        odd = _commit(subject, name)
        found = resolve(subject.endpoint, subject.repo, name, backoff=subject.backoff)
    except HubUnreachable:
        raise
    except HubError as error:
        raise type(error)(error.message, hint=_RIGHTS) from error
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
    # Asked once: whether a commit whose answer was lost has been made is not known.
    once = Backoff(attempts=1)
    with hub_api(subject.endpoint, subject.repo, revision, once) as api, warnings.catch_warnings():
        # The library hands its own HTTP client a stream in a way that this one deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            api.upload_file(
                # From a stream it uploads by LFS, whatever it was told of xet at its import.
                path_or_fileobj=io.BytesIO(_EMPTY),
                path_in_repo=_NAME,
                repo_id=subject.repo,
                revision=revision,
                commit_message="Check by ai-translate",
            )
        # Artifactory has sent a placeholder for the address of the commit.
        except ValueError:
            return True
    return False
