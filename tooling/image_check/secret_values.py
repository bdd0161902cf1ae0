"""Which values a build was given in secret, and the search for them in bytes that stream by."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

__all__ = ["Search", "Secret", "redacted", "secrets_of"]

# Everybody may know that models or packages come from there.
_PUBLIC: Final = frozenset(
    {"huggingface.co", "hf.co", "pypi.org", "files.pythonhosted.org", "127.0.0.1", "localhost"}
)
# A shorter value stands in a large file by chance.
_SHORTEST: Final = 8
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s+\S+\s+(\S+)")
_URL: Final = re.compile(r"https?://[^\s,'\"]+")
# A company puts its own certificates before or after those that everybody has.
_CERTIFICATES: Final = 3


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must stand nowhere.

    Attributes:
        name: What it is, for people.
        value: The bytes to look for.
        host: Whether it is a name of a host. The base image may come from the same one, and a
            provenance says so.
    """

    name: str
    value: bytes
    host: bool = False


def secrets_of(environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """What `build-optimized.sh` gives a build in secret, as these variables tell.

    Raises:
        OSError: A file that they name cannot be read.
    """
    found = {
        secret.value: secret
        for secret in _all(environment)
        if len(secret.value) >= _SHORTEST  # the last of equal values names it
    }
    return tuple(found.values())


def _all(environment: Mapping[str, str]) -> Iterator[Secret]:
    if token := environment.get("HF_TOKEN", "").strip():
        yield from _forms("HF_TOKEN", token)
    yield from _of_url("HF_ENDPOINT", environment.get("HF_ENDPOINT", "").strip())
    if name := environment.get("PIP_CONF"):
        text = Path(name).read_text(encoding="utf-8", errors="replace")
        for url in _URL.findall(text):
            yield from _of_url("PIP_CONF", url)
        for host in re.findall(r"(?m)^\s*trusted-host\s*=\s*(\S+)", text):
            yield from _of_url("PIP_CONF", f"https://{host}")
    if name := environment.get("CA_BUNDLE"):
        text = Path(name).read_text(encoding="ascii", errors="replace")
        # The second line of each: the first is alike in many.
        lines = _CERTIFICATE.findall(text)
        for line in {*lines[:_CERTIFICATES], *lines[-_CERTIFICATES:]}:
            yield Secret("a certificate of CA_BUNDLE", line.encode())


def _of_url(name: str, url: str) -> Iterator[Secret]:
    """The host of an address, and what it says of its user."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return
    for word in (parts.username, parts.password):
        if word:
            yield from _forms(f"a credential in {name}", word)
    if host in _PUBLIC and port is None:
        return
    # A host of one word is a word of prose as well, and a public one is known by its port.
    value = f"{host}:{port}" if host in _PUBLIC else host if "." in host else f"//{host}"
    yield Secret(f"the host of {name}", value.encode(), host=True)


def _forms(name: str, value: str) -> Iterator[Secret]:
    yield Secret(name, value.encode())
    yield Secret(f"{name}, in base 64", base64.b64encode(value.encode()))


def redacted(text: str, secrets: Sequence[Secret]) -> str:
    """A text for people, without the secrets that may stand in it."""
    for secret in secrets:
        text = text.replace(secret.value.decode(errors="replace"), "***")
    return text


class Search:
    """Looks for secrets in one stream of bytes, in memory that does not grow with it.

    Args:
        secrets: What to look for.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._left = list(secrets)
        self._end = b""
        self.found: list[Secret] = []

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes; a secret may lie across their border."""
        if not self._left:
            return
        window = self._end + chunk
        hit = [secret for secret in self._left if secret.value in window]
        if hit:
            self.found += hit
            self._left = [secret for secret in self._left if secret not in hit]
        keep = max((len(secret.value) for secret in self._left), default=1) - 1
        self._end = window[-keep:] if keep else b""

    @classmethod
    def through(cls, chunks: Iterable[bytes], secrets: Sequence[Secret]) -> list[Secret]:
        """Those that are in a stream."""
        search = cls(secrets)
        for chunk in chunks:
            search.feed(chunk)
        return search.found
