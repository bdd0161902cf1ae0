"""Whether somebody is there, and whether what is said stays between us."""

from __future__ import annotations

import http.client
import socket
import time
from typing import Final
from urllib.parse import urlsplit

from ai_translate.errors import HubError
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.hub.connections import Connections, proxy_for
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.refusals import Asked, failure
from ai_translate.supply.hub.retries import Transient

__all__ = ["reachable", "tls"]

_SECONDS: Final = 10.0


def reachable(subject: Subject) -> Verdict:
    """Finds the address of the host, or of the proxy before it, and connects to it."""
    host, port, through = _peer(subject.endpoint)
    began = time.monotonic()
    try:
        with socket.create_connection((host, port), _SECONDS) as connection:
            address = connection.getpeername()[0]
    except OSError as error:
        raise _lost(subject, error) from error
    spent = (time.monotonic() - began) * 1000
    known = f" is {address}" if address != host else ""
    return Verdict("ok", f"{through}{host}{known}: port {port} answers in {spent:.0f} ms.")


def tls(subject: Subject) -> Verdict:
    """Whether the connection is encrypted and the certificate trusted. No token is sent."""
    endpoint = subject.endpoint
    parts = urlsplit(endpoint.url)
    if parts.scheme == "http":
        return Verdict(
            "note",
            "Plain http: everybody on the way can read the token.",
            "Use an https address in HF_ENDPOINT wherever it is not this machine.",
        )
    trusted = endpoint.ca_bundle or "those of the system"
    connections = Connections(endpoint.tls_context(), _SECONDS)
    try:
        with connections.get(parts, {"User-Agent": "ai-translate"}):
            pass
    except OSError as error:
        raise _lost(subject, error) from error
    except http.client.HTTPException:
        # The answer is odd, which other checks tell. It came encrypted.
        pass
    return Verdict("ok", f"The certificate of {parts.hostname} is trusted (roots: {trusted}).")


def _peer(endpoint: Endpoint) -> tuple[str, int, str]:
    """Whom we connect to, and how to say so if it is a proxy of the environment."""
    origin = endpoint.origin
    proxy = proxy_for(origin)
    if proxy is None:
        return origin.host, origin.port, ""
    return proxy.hostname or "", proxy.port or 80, f"{origin.host} is behind the proxy: "


def _lost(subject: Subject, error: OSError) -> HubError:
    where = shown(subject.endpoint.url)
    if isinstance(error, TimeoutError):
        return HubError(
            f"{where} does not answer within {_SECONDS:.0f} seconds.",
            hint="Check HF_ENDPOINT, the network, and HTTPS_PROXY if there is a proxy.",
        )
    meant = failure(Asked(subject.endpoint, subject.repo, subject.revision), error)
    return meant.error if isinstance(meant, Transient) else meant
