"""What the Hub says of a model: its commit, its licence, its files and their hashes.

Huggingface_hub is asked, by way of `library`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ai_translate.errors import HubError, NotOnHub
from ai_translate.supply.hub.endpoint import Endpoint, is_commit, is_revision, shown
from ai_translate.supply.hub.files import RemoteFile, ResolvedRepo
from ai_translate.supply.hub.library import hub_api
from ai_translate.supply.hub.retries import Backoff

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

__all__ = ["Branch", "RemoteFile", "ResolvedRepo", "branches", "current_commit", "resolve"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
# No disk has a larger file.
_MOST_BYTES: Final = 2**63 - 1
_LONGEST_LICENCE: Final = 200


def resolve(
    endpoint: Endpoint, repo: str, revision: str, *, backoff: Backoff | None = None
) -> ResolvedRepo:
    """What a revision of a model names, with all its files.

    Args:
        endpoint: Whom to ask.
        repo: ORGANISATION/NAME.
        revision: A branch or a commit.
        backoff: How often and how slowly it is asked.

    Raises:
        NotOnHub: There is no such model or revision.
        HubError: There is no usable answer.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: huggingface_hub is not installed, or the CA bundle is none.
    """
    with hub_api(endpoint, repo, revision, backoff) as api:
        try:
            info: ModelInfo | None = _info(api, repo, revision)
        except NotOnHub:
            # A mirror may know a commit by its files alone.
            if not is_commit(revision):
                raise
            info = None
        commit = revision if info is None else _commit(endpoint, repo, info)
        files = _files(api, repo, commit)
        licence = "" if info is None else _licence(info)
    if not files:
        raise NotOnHub(f"{repo} at {commit} has no files.", hint="Name another revision.")
    return ResolvedRepo(repo, commit, licence, files)


def current_commit(
    endpoint: Endpoint, repo: str, revision: str, *, backoff: Backoff | None = None
) -> str:
    """The commit that a branch names now.

    Raises:
        NotOnHub: There is no such model or revision.
        HubError: There is no usable answer.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: huggingface_hub is not installed, or the CA bundle is none.
    """
    with hub_api(endpoint, repo, revision, backoff) as api:
        return _commit(endpoint, repo, _info(api, repo, revision))


class Branch(NamedTuple):
    """The name of a revision, and the commit that it stands for."""

    name: str
    commit: str


def branches(endpoint: Endpoint, repo: str) -> tuple[Branch, ...]:
    """The branches and tags of a model that a lock could name.

    Raises:
        NotOnHub: There is no such model, or the mirror has no list of them.
        HubError: There is no usable answer.
        InvalidRequest: The name is none that Artifactory would take.
        ConfigurationError: huggingface_hub is not installed, or the CA bundle is none.
    """
    with hub_api(endpoint, repo, "main", None, what="the list of revisions") as api:
        refs = api.list_repo_refs(repo)
        found = [Branch(ref.name, ref.target_commit) for ref in (*refs.branches, *refs.tags)]
        return tuple(
            branch for branch in found if is_revision(branch.name) and is_commit(branch.commit)
        )


def _info(api: HfApi, repo: str, revision: str, *, files: bool = False) -> ModelInfo:
    return api.model_info(repo, revision=revision, files_metadata=files)


def _commit(endpoint: Endpoint, repo: str, info: ModelInfo) -> str:
    commit = info.sha
    if not isinstance(commit, str) or not is_commit(commit):
        raise HubError(
            f"{shown(endpoint.url)} names no commit of {repo}.",
            hint="A mirror must pass on what the Hub says: ask who runs it.",
        )
    return commit


def _files(api: HfApi, repo: str, commit: str) -> tuple[RemoteFile, ...]:
    """All files of a commit; from its tree, or from its description where a mirror has no trees."""
    try:
        tree = api.list_repo_tree(repo, recursive=True, revision=commit)
        # Folders have no size.
        files = [_file(entry.path, entry) for entry in tree if hasattr(entry, "size")]
    except NotOnHub:
        siblings: Sequence[Any] = _info(api, repo, commit, files=True).siblings or ()
        files = [_file(entry.rfilename, entry) for entry in siblings]
    # No file that we need has a name that cannot be shown.
    shown_names = (file for file in files if file.name.isprintable())
    return tuple(sorted(shown_names, key=lambda file: file.name))


def _file(name: str, entry: Any) -> RemoteFile:
    """Checks what a mirror says of a file.

    Raises:
        ValueError: It has another form than the Hub's.
    """
    size, lfs = entry.size, entry.lfs
    if not isinstance(name, str) or type(size) is not int or not 0 <= size <= _MOST_BYTES:
        raise ValueError("A file has a name and a size.")
    digest = entry.blob_id if lfs is None else lfs.sha256
    if digest is not None and not (_SHA1 if lfs is None else _SHA256).fullmatch(digest):
        raise ValueError("A hash is hexadecimal.")
    return RemoteFile(name, size, *((None, digest) if lfs is None else (digest, None)))


def _licence(info: ModelInfo) -> str:
    """As the card has it: its name where it is none of the list, several joined by commas.

    It is a stranger's text that goes into the lock: of one line and bounded.
    """
    card = info.card_data
    licence = card.get("license") if card is not None else None
    if licence == "other" and card is not None:
        licence = card.get("license_name") or licence
    if licence is None:
        tags = [tag for tag in info.tags or () if tag.startswith("license:")]
        licence = [tag.partition(":")[2] for tag in tags]
    text = ", ".join(map(str, licence)) if isinstance(licence, list) else str(licence)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()[:_LONGEST_LICENCE]
