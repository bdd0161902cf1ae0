"""The Hugging Face library, fenced: the one module that imports huggingface_hub.

It is imported only when something is asked, and told address, token, certificates and timeouts by
arguments: what it would read from the environment or from a token file in the user's home has no
effect, its offline mode neither.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ai_translate.errors import ConfigurationError, HubError
from ai_translate.supply.hub.endpoint import Endpoint, check_repo, check_revision, shown
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

__all__ = ["addition", "commit", "hub_api"]

# What reading an answer of another form may raise, in the library or here.
_MISREAD: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# The library has one client for the whole process.
_LOCK: Final = threading.Lock()


@contextlib.contextmanager
def hub_api(
    endpoint: Endpoint, repo: str, revision: str, backoff: Backoff | None, *, what: str = ""
) -> Iterator[HfApi]:
    """The library, talking to one endpoint through our client. One caller at a time.

    Args:
        endpoint: Whom to ask.
        repo: ORGANISATION/NAME, to be named in errors.
        revision: A branch or a commit, likewise.
        backoff: How often and how slowly it is asked.
        what: What is asked for, to be named in errors; the list of files by default.

    Raises:
        HubError: There is no usable answer.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: huggingface_hub is not installed, or the CA bundle is none.
    """
    check_repo(repo)
    check_revision(revision)
    # All are read when the library is imported.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
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

    class Api(HfApi):
        def _validate_yaml(self, *_: Any, **__: Any) -> None:
            """Asks nobody: our cards are as they must be, and not every mirror answers this."""

    asked = Asked(endpoint, repo, revision, what)
    token = endpoint.token.get_secret_value() if endpoint.token else False
    with _LOCK:
        client = GuardedClient(asked, backoff or Backoff())
        set_client_factory(lambda: client)
        try:
            yield Api(endpoint.url, token=token, library_name="ai-translate")
        except (HFValidationError, HfHubHTTPError, *_MISREAD) as error:
            raise HubError(
                f"{shown(endpoint.url)} answers something that describes no model.",
                hint="Check that HF_ENDPOINT is complete: it ends in "
                "/artifactory/api/huggingfaceml/REPO for Artifactory.",
            ) from error
        finally:
            set_client_factory(default_client_factory)


def addition(name: str, stream: io.BufferedIOBase) -> CommitOperationAdd:
    """What adds a file to a commit. The library reads and hashes the stream, block by block.

    From a stream it uploads by LFS, whatever it was told of xet at its import.
    """
    from huggingface_hub import CommitOperationAdd  # noqa: PLC0415  # not for `serve`

    return CommitOperationAdd(name, stream)  # type: ignore[arg-type]  # as its documentation says


def commit(
    api: HfApi, repo: str, revision: str, additions: Sequence[CommitOperationAdd], message: str
) -> bool:
    """Commits files whose large ones have been put; whether the answer could be read.

    Artifactory has sent a placeholder for the address of the commit, on which the library stumbles
    after a good upload (jfrog-cli-artifactory #548).
    """
    from huggingface_hub.errors import HfUriError  # noqa: PLC0415  # not for `serve`

    try:
        api.create_commit(repo, additions, commit_message=message, revision=revision)
    except HfUriError:
        return False
    return True
