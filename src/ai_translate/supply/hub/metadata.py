"""What the Hub says of a model: its commit, its licence, its files and their hashes.

The one module that imports huggingface_hub, and only when something is asked. The library is told
address, token, certificates and timeouts by arguments: what it would read from the environment or
from a token file in the user's home has no effect, its offline mode neither.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ai_translate.errors import ConfigurationError, HubError, NotOnHub
from ai_translate.supply.hub.endpoint import (
    Endpoint,
    check_repo,
    check_revision,
    is_commit,
    shown,
)
from ai_translate.supply.hub.files import RemoteFile, ResolvedRepo
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

__all__ = ["RemoteFile", "ResolvedRepo", "current_commit", "hub_api", "resolve"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
# What reading an answer of another form may raise, in the library or here.
_MISREAD: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# No disk has a larger file.
_MOST_BYTES: Final = 2**63 - 1
_LONGEST_LICENCE: Final = 200
# The library has one client for the whole process.
_LOCK: Final = threading.Lock()


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


@contextlib.contextmanager
def hub_api(
    endpoint: Endpoint, repo: str, revision: str, backoff: Backoff | None
) -> Iterator[HfApi]:
    """The library, talking to one endpoint through our client. One caller at a time.

    Args:
        endpoint: Whom to ask.
        repo: ORGANISATION/NAME, to be named in errors.
        revision: A branch or a commit, likewise.
        backoff: How often and how slowly it is asked.

    Raises:
        HubError: There is no usable answer.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: huggingface_hub is not installed, or the CA bundle is none.
    """
    check_repo(repo)
    check_revision(revision)
    # Both are read when the library is imported.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import HfApi, set_client_factory  # noqa: PLC0415  # not for `serve`
        from huggingface_hub.errors import (  # noqa: PLC0415  # the same
            HfHubHTTPError,
            HFValidationError,
        )
        from huggingface_hub.utils._http import (  # noqa: PLC0415  # the same
            default_client_factory,
        )

        from ai_translate.supply.hub.session import (  # noqa: PLC0415  # the same
            GuardedClient,
        )
    except ImportError as error:
        raise ConfigurationError(
            f"Models cannot be looked up: {error.name or 'huggingface_hub'} is not installed.",
            hint="Install requirements-models.txt: `pip install -r requirements-models.txt`.",
        ) from error
    asked = Asked(endpoint, repo, revision)
    token = endpoint.token.get_secret_value() if endpoint.token else False
    with _LOCK:
        client = GuardedClient(asked, backoff or Backoff())
        set_client_factory(lambda: client)
        try:
            yield HfApi(endpoint.url, token=token, library_name="ai-translate")
        except (HFValidationError, HfHubHTTPError, *_MISREAD) as error:
            raise HubError(
                f"{shown(endpoint.url)} answers something that describes no model.",
                hint="Check that HF_ENDPOINT is complete: it ends in "
                "/artifactory/api/huggingfaceml/REPO for Artifactory.",
            ) from error
        finally:
            set_client_factory(default_client_factory)


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
