"""A model on a mirror, and a person who wants it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from ai_translate.supply.hub.download import WantedFile, download
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.folders import snapshot_dir
from ai_translate.supply.hub.incoming import incoming_path
from ai_translate.supply.hub.retries import Backoff
from support.artifactory import Artifactory

__all__ = ["QUICK", "REPO", "TOKEN", "HubCase", "Recorded", "wanted_file"]

REPO: Final = "acme/opus-en-fr"
TOKEN: Final = "token-that-nobody-may-see"
QUICK: Final = Backoff(attempts=4, first=0.001, longest=0.002, longest_asked=0.002)


def wanted_file(name: str, content: bytes) -> WantedFile:
    """A file that is wanted by its sha256."""
    return WantedFile(name, len(content), sha256=hashlib.sha256(content).hexdigest())


@dataclass
class Recorded:
    """A progress that remembers."""

    totals: list[int] = field(default_factory=list)
    advanced: int = 0
    notes: list[str] = field(default_factory=list)
    noted: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def total(self, size: int) -> None:
        """See Progress."""
        with self._lock:
            self.totals.append(size)

    def advance(self, size: int) -> None:
        """See Progress."""
        with self._lock:
            self.advanced += size

    def note(self, text: str) -> None:
        """See Progress."""
        with self._lock:
            self.notes.append(text)
        self.noted.set()


@dataclass(frozen=True)
class HubCase:
    """A model of a few files on a server, to be downloaded.

    Attributes:
        server: The mirror.
        files: The model's files.
        commit: Their commit.
        cache: The folder of downloads.
    """

    server: Artifactory
    files: Mapping[str, bytes]
    commit: str
    cache: Path

    @classmethod
    def of(cls, server: Artifactory, files: Mapping[str, bytes], cache: Path) -> HubCase:
        """Puts the model on the server."""
        server.add_token(TOKEN)
        server.local("models")
        return cls(server, files, server.add_model("models", REPO, files), cache)

    @property
    def endpoint(self) -> Endpoint:
        """The mirror's, with a good token."""
        return Endpoint(self.server.endpoint("models"), SecretStr(TOKEN))

    @property
    def folder(self) -> Path:
        """Where the files come to lie."""
        return snapshot_dir(self.cache, REPO, self.commit)

    @property
    def incoming(self) -> Path:
        """Where they arrive."""
        return incoming_path(self.folder)

    def wanted(self, *names: str) -> list[WantedFile]:
        """Files by their sha256; all of them by default."""
        return [wanted_file(name, self.files[name]) for name in names or self.files]

    def fetch(self, *names: str, progress: Recorded | None = None, wait: float = 10.0) -> None:
        """Downloads files, all of them by default."""
        endpoint = replace(self.endpoint, download_timeout=wait)
        wanted = self.wanted(*names)
        download(
            *(endpoint, REPO, self.commit, wanted, self.folder),
            progress=progress,
            backoff=QUICK,
        )

    def landed(self) -> dict[str, bytes]:
        """The files that have their names."""
        if not self.folder.exists():
            return {}
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def put_partial(self, name: str, content: bytes) -> Path:
        """Leaves bytes as an earlier process would have."""
        (wanted,) = self.wanted(name)
        self.incoming.mkdir(parents=True, exist_ok=True)
        path = self.incoming / f"{name}.{(wanted.sha256 or '')[:16]}.part"
        path.write_bytes(content)
        return path

    def ranges(self, name: str) -> list[str | None]:
        """The Range header of each request for a file."""
        return [
            exchange.request.headers.get("range")
            for exchange in self.server.requests.of(f"{name}$")
        ]
