"""Where models come from: the Hub, or the Artifactory repository that stands for it."""

from __future__ import annotations

import ipaddress
import logging
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import SecretStr

from ai_translate.config import SupplySettings
from ai_translate.errors import ConfigurationError, InvalidRequest

__all__ = [
    "Endpoint",
    "Origin",
    "check_repo",
    "check_revision",
    "is_commit",
    "is_revision",
    "origin_of",
    "shown",
]

_LOG: Final = logging.getLogger(__name__)
_PORTS: Final = {"http": 80, "https": 443}
_UNNAMED: Final = "The address of the Hub"
_HINT: Final = "Set HF_ENDPOINT to https://HOST/artifactory/api/huggingfaceml/REPO."

# Names that Artifactory takes (its documentation on Hugging Face repositories).
_REPO: Final = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_REVISION: Final = re.compile(r"[A-Za-z0-9.-]+")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_PLAIN: Final = re.compile(r"[!-~]+")


class Origin(NamedTuple):
    """Who a request goes to. A token is for one origin only."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, how to show who we are there, and how long to wait.

    Attributes:
        url: The address, without a slash at its end.
        token: What is shown there, and nowhere else.
        etag_timeout: Seconds to wait for an answer about metadata.
        download_timeout: Seconds to wait for bytes, and for the first of them: a remote
            repository fetches the whole file before it answers.
        ca_bundle: File or folder of certificates that are trusted instead of the system's.
        token_name: Variable that the token comes from, to be named in errors.

    Raises:
        ConfigurationError: The address is malformed, or the token has characters that none has.
    """

    url: str
    token: SecretStr | None = None
    etag_timeout: float = 10.0
    download_timeout: float = 10.0
    ca_bundle: Path | None = None
    token_name: str = "HF_TOKEN"  # noqa: S105  # a name, no secret

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            origin = origin_of(parts)
        except ValueError:
            raise ConfigurationError(
                f"{shown(self.url)} is no usable address.", hint=_HINT
            ) from None
        # Libraries disagree on what to make of anything else in a request.
        if not _PLAIN.fullmatch(self.url):
            raise ConfigurationError(
                f"{shown(self.url)!a} has characters that no address has.", hint=_HINT
            )
        if parts.username is not None or parts.query or parts.fragment:
            raise ConfigurationError(
                f"{shown(self.url)} may have no user, no query and no fragment.",
                hint="The token belongs into HF_TOKEN.",
            )
        # A library that is given such a token names it in its error.
        if self.token is not None and not _PLAIN.fullmatch(self.token.get_secret_value()):
            raise ConfigurationError(
                "The token has characters that no token has.",
                hint=f"Copy it into {self.token_name} once more.",
            )
        object.__setattr__(self, "url", self.url.rstrip("/"))
        if self.token is not None and origin.scheme == "http" and not _is_loopback(origin.host):
            _LOG.warning("The token goes to %s unencrypted: use https.", shown(self.url))

    @classmethod
    def of(cls, settings: SupplySettings) -> Self:
        """The endpoint that the settings name.

        Raises:
            ConfigurationError: HF_ENDPOINT is malformed.
        """
        return cls(
            url=settings.hf_endpoint,
            token=settings.hf_token,
            etag_timeout=settings.hf_hub_etag_timeout,
            download_timeout=settings.hf_hub_download_timeout,
            ca_bundle=settings.ssl_cert_file,
        )

    @property
    def origin(self) -> Origin:
        """The only origin that may see the token."""
        return origin_of(urlsplit(self.url))

    def file_url(self, repo: str, commit: str, name: str) -> str:
        """Where a file of a commit is."""
        return f"{self.url}/{repo}/resolve/{quote(commit, safe='')}/{quote(name)}"

    def tls_context(self) -> ssl.SSLContext:
        """Trusts the CA bundle, or else what the system trusts.

        Raises:
            ConfigurationError: The bundle cannot be read.
        """
        bundle = self.ca_bundle
        if bundle is None:
            return ssl.create_default_context()
        try:
            if bundle.is_dir():
                return ssl.create_default_context(capath=bundle)
            return ssl.create_default_context(cafile=bundle)
        except OSError as error:
            raise ConfigurationError(
                f"The CA bundle {bundle} cannot be read: {error.strerror or error}.",
                hint="Set SSL_CERT_FILE to a file of certificates in PEM format.",
            ) from error


def origin_of(parts: SplitResult) -> Origin:
    """The origin of a split address.

    Raises:
        ValueError: It has another scheme than http and https, no host, or no valid port.
    """
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("An address of http or https is expected.")
    return Origin(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])


def shown(url: str) -> str:
    """An address as it may be printed: without a user, and without a query that may be signed.

    What has no host is not printed at all: it may be a token in the wrong place.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return _UNNAMED
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else _UNNAMED


def check_repo(repo: str) -> None:
    """Refuses what cannot be the name of a model.

    Raises:
        InvalidRequest: Artifactory would not take it.
    """
    if not _REPO.fullmatch(repo) or repo.partition("/")[2] in {".", ".."}:
        raise InvalidRequest(
            f"{repo[:200]!r} is no model repository.",
            hint="ORGANISATION/NAME is expected: letters, digits and '-', in NAME '_' and '.' too.",
        )


def check_revision(revision: str) -> None:
    """Refuses what cannot be the name of a revision.

    Raises:
        InvalidRequest: Artifactory would not take it.
    """
    if not is_revision(revision):
        raise InvalidRequest(
            f"{revision[:200]!r} is no revision.",
            hint="A branch or a commit is expected: letters, digits, '-' and '.'.",
        )


def is_revision(revision: object) -> bool:
    """Whether Artifactory would take this as the name of a revision."""
    if not isinstance(revision, str):
        return False
    return _REVISION.fullmatch(revision) is not None and revision not in {".", ".."}


def is_commit(revision: str) -> bool:
    """Whether a revision is a whole commit, which never names something else."""
    return _COMMIT.fullmatch(revision) is not None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
