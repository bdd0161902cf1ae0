"""The one place where answers and failed connections become errors for people.

No message has a token, a user of an address, or a query, which may be signed.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from ai_translate.errors import HubError, HubRefused, HubUnreachable, NotOnHub
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.retries import Transient, retry_after

__all__ = ["Asked", "failure", "refusal"]

_CODE: Final = re.compile(r"[A-Za-z]{1,40}")
# Words of http.client when a proxy does not open a tunnel; its OSError has no other mark.
_TUNNEL: Final = re.compile(r"Tunnel connection failed: (\d{3})")
# That a method or a version is not implemented will not pass.
_LASTING: Final = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Headers(Protocol):
    """Headers of an answer, found by any case of their names."""

    def get(self, name: str, /) -> str | None:
        """The value of one, if it is there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, to be named in errors.

    Attributes:
        endpoint: Whom we asked first.
        repo: ORGANISATION/NAME.
        revision: Branch or commit.
        file: Name of the file, if it was for one.
    """

    endpoint: Endpoint
    repo: str
    revision: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file or 'the file list'} of {self.repo} at {self.revision}"


def refusal(
    asked: Asked, status: int, headers: Headers, *, elsewhere: str = ""
) -> HubError | Transient:
    """What an answer other than success means.

    Args:
        asked: What was asked for.
        status: Of the answer.
        headers: Of the answer.
        elsewhere: The address that a redirect led to, if another origin answered.

    Returns:
        The error, or a passing failure that carries it: 408, 429 and 5xx.
    """
    who = shown(elsewhere or asked.endpoint.url)
    code = headers.get("X-Error-Code") or ""
    code = f" ({code})" if _CODE.fullmatch(code) else ""
    phrase = f"{status}{_phrase(status)}"
    if status in _PASSING or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LASTING
    ):
        return Transient(
            HubUnreachable(
                f"{who} answers {phrase}{code} to the request for {asked}.",
                hint="Try again later; what has come is kept.",
            ),
            retry_after(headers.get("Retry-After")),
        )
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _proxy_refused()
    if elsewhere:
        return HubError(
            f"{who}, where the mirror sent us for {asked}, answers {phrase}.",
            hint="The link may have expired: try again. Otherwise ask who runs the mirror.",
        )
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "RepoNotFound" not in code:
        return _refused(asked, who, f"{phrase}{code}")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
        return _missing(asked, who, code)
    return HubError(f"{who} answers {phrase}{code} to the request for {asked}.")


def failure(  # noqa: PLR0911  # a return for each cause reads best
    asked: Asked, error: Exception, *, elsewhere: str = ""
) -> HubError | Transient:
    """What a connection that failed means.

    Args:
        asked: What was asked for.
        error: What the library raised: an OSError, or an error of its own.
        elsewhere: The address that a redirect led to, if the connection went there.

    Returns:
        The error, or a passing failure that carries it.
    """
    who = shown(elsewhere or asked.endpoint.url)
    address = "Check HF_ENDPOINT, the network, and HTTPS_PROXY if there is a proxy."
    if isinstance(error, ssl.SSLCertVerificationError):
        return HubUnreachable(
            f"The certificate of {who} is not trusted: {_reason(error, 'verify_message')}.",
            hint="Where a company has its own certificates, set SSL_CERT_FILE to its CA bundle.",
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return HubUnreachable(
            f"No encrypted connection to {who}: {_reason(error, 'reason')}.",
            hint="Check that HF_ENDPOINT is an https address, and SSL_CERT_FILE.",
        )
    if isinstance(error, socket.gaierror):
        lost = HubUnreachable(f"The host of {who} cannot be found.", hint=address)
        return Transient(lost, at_once=True)
    if isinstance(error, ConnectionRefusedError):
        lost = HubUnreachable(f"{who} refuses connections.", hint=address)
        return Transient(lost, at_once=True)
    if tunnel := _TUNNEL.match(str(error)):
        if int(tunnel[1]) == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return _proxy_refused()
        return HubUnreachable(
            f"The proxy does not connect us to {who}: it answers {tunnel[1]}.",
            hint="Ask who runs the proxy, or add the host to NO_PROXY.",
        )
    if isinstance(error, TimeoutError):
        return Transient(
            HubUnreachable(
                f"{who} is silent for too long in the answer to the request for {asked}.",
                hint="Behind Artifactory set HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT to "
                "86400: it fetches a whole file before it answers.",
            )
        )
    cut = HubUnreachable(
        f"The connection to {who} was lost in the answer to the request for {asked}.",
        hint="Try again: what has come is kept.",
    )
    return Transient(cut)


def _refused(asked: Asked, who: str, phrase: str) -> HubRefused:
    name = asked.endpoint.token_name
    if asked.endpoint.token is None:
        return HubRefused(
            f"{who} wants a token for {asked.repo} and {name} is not set: {phrase}.",
            hint=f"Set {name} to a token that may read this repository.",
        )
    return HubRefused(
        f"{who} refused the token of {name} for {asked.repo}: {phrase}.",
        hint="It may have expired, or may not read this repository: make a new one.",
    )


def _missing(asked: Asked, who: str, code: str) -> NotOnHub:
    if "RepoNotFound" in code:
        return NotOnHub(
            f"{who} has no model {asked.repo}{code}.",
            hint="Check its name. If it is private, HF_TOKEN must be of someone who may read it.",
        )
    if "RevisionNotFound" in code:
        return NotOnHub(
            f"{who} has no revision {asked.revision} of {asked.repo}{code}.",
            hint="Name a branch or a commit that it has.",
        )
    return NotOnHub(
        f"{who} does not have {asked}{code}.",
        hint=""
        if code
        else "Check the names, and that HF_ENDPOINT is complete: it ends in "
        "/artifactory/api/huggingfaceml/REPO for Artifactory.",
    )


def _proxy_refused() -> HubUnreachable:
    return HubUnreachable(
        "The proxy wants a user and a password: 407.",
        hint="Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, or add the host to NO_PROXY.",
    )


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _reason(error: ssl.SSLError, name: str) -> str:
    """Words of OpenSSL; errors that Python itself makes have none."""
    return str(getattr(error, name, None) or "it failed")
