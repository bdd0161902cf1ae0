"""Answers and failures become errors that people can act on."""

from __future__ import annotations

import socket
import ssl
from email.message import Message

import pytest
from pydantic import SecretStr

from ai_translate.errors import HubError, HubRefused, HubUnreachable, NotOnHub
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.refusals import Asked, failure, refusal
from ai_translate.supply.hub.retries import Transient

URL = "https://host.example/artifactory/api/huggingfaceml/models"
ASKED = Asked(Endpoint(URL, SecretStr("secret")), "acme/m", "main", "config.json")
ANONYMOUS = Asked(Endpoint(URL), "acme/m", "main", "config.json")


def answered(status: int, code: str = "", *, asked: Asked = ASKED, elsewhere: str = "") -> HubError:
    message = Message()
    if code:
        message["X-Error-Code"] = code
    found = refusal(asked, status, message, elsewhere=elsewhere)
    return found.error if isinstance(found, Transient) else found


def failed(error: Exception) -> HubError:
    found = failure(ASKED, error)
    return found.error if isinstance(found, Transient) else found


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (401, "", HubRefused, "refused the token of HF_TOKEN"),
        (403, "GatedRepo", HubRefused, "GatedRepo"),
        (401, "RepoNotFound", NotOnHub, "has no model acme/m"),
        (404, "RepoNotFound", NotOnHub, "has no model acme/m"),
        (404, "RevisionNotFound", NotOnHub, "has no revision main of acme/m"),
        (404, "EntryNotFound", NotOnHub, "config.json of acme/m at main"),
        (404, "", NotOnHub, "HF_ENDPOINT is complete"),
        (407, "", HubUnreachable, "HTTPS_PROXY"),
        (429, "", HubUnreachable, "429 Too Many Requests"),
        (503, "", HubUnreachable, "503 Service Unavailable"),
        (418, "", HubError, "418"),
        (599, "", HubUnreachable, "599"),
    ],
)
def test_each_status_has_its_error(
    status: int, code: str, kind: type[HubError], words: str
) -> None:
    """The message names what was wanted and what to do, and never the token."""
    error = answered(status, code)
    assert type(error) is kind
    assert words in str(error)
    assert "secret" not in str(error)


def test_missing_token_reads_otherwise_than_a_refused_one() -> None:
    """Without a token one is asked for."""
    assert "HF_TOKEN is not set" in str(answered(401, asked=ANONYMOUS))


def test_refusal_elsewhere_does_not_blame_the_token() -> None:
    """A store that the mirror sent us to never saw the token; its signed query is not shown."""
    error = answered(403, elsewhere="https://store.example/blob?signature=secret")
    assert type(error) is HubError
    assert "store.example/blob" in str(error)
    assert "secret" not in str(error)
    assert "HF_TOKEN" not in str(error)


def test_hostile_code_is_not_repeated() -> None:
    """A header of the mirror reaches the message only if it looks like a code."""
    assert "\x1b" not in str(answered(404, "\x1b[31mRepoNotFound"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLCertVerificationError("bad"), "SSL_CERT_FILE"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "https address"),
        (socket.gaierror(-2, "Name or service not known"), "cannot be found"),
        (ConnectionRefusedError(), "HF_ENDPOINT"),
        (TimeoutError(), "HF_HUB_DOWNLOAD_TIMEOUT"),
        (ConnectionResetError(), "was lost"),
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "HTTPS_PROXY"),
        (OSError("Tunnel connection failed: 403 Forbidden"), "NO_PROXY"),
    ],
)
def test_each_failure_has_its_remedy(error: Exception, words: str) -> None:
    """What cannot be reached says what to look at."""
    found = failed(error)
    assert type(found) is HubUnreachable
    assert words in str(found)
    assert "host.example" in str(found) or "proxy" in str(found).lower()


def test_only_what_may_pass_is_tried_again() -> None:
    """A wrong certificate stays wrong; a cut connection does not."""
    assert not isinstance(failure(ASKED, ssl.SSLCertVerificationError("bad")), Transient)
    assert isinstance(failure(ASKED, ConnectionResetError()), Transient)
    assert isinstance(failure(ASKED, ssl.SSLEOFError(8, "EOF")), Transient)
    for status, passes in ((429, True), (500, True), (502, True), (501, False), (404, False)):
        assert isinstance(refusal(ASKED, status, Message()), Transient) is passes
