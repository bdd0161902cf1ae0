"""A model of random numbers at a counterpart of Artifactory, to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from safetensors.numpy import save_file

from ai_translate.supply.conformance import CheckResult, Conformance, Subject
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.retries import Backoff
from support.artifactory import Artifactory
from support.marian import tensors_of, write_folder

__all__ = ["READER", "REPO", "WRITER", "ConformanceCase", "checked", "random_model"]

REPO: Final = "acme/opus-en-fr"
READER: Final = "token-that-nobody-may-see"
WRITER: Final = "another-that-nobody-may-see"
_QUICK: Final = Backoff(attempts=2, first=0.001, longest=0.002, longest_asked=0.002)


def random_model(folder: Path) -> dict[str, Path]:
    """The files of a small Marian model, by name."""
    save_file(tensors_of(write_folder(folder)), folder / "model.safetensors")
    return {path.name: path for path in folder.iterdir()}


@dataclass(frozen=True)
class ConformanceCase:
    """The model in a local repository, a remote one before it, and a virtual one before that.

    Attributes:
        server: The counterpart.
        commit: What `main` names.
        folder: Where a check may work.
    """

    server: Artifactory
    commit: str
    folder: Path

    @classmethod
    def of(cls, server: Artifactory, files: Mapping[str, Path], folder: Path) -> ConformanceCase:
        """Puts the model on the server."""
        server.add_token(READER)
        server.add_token(WRITER, write=True)
        server.local("models")
        commit = server.add_model("models", REPO, files)
        server.local("deployed")
        server.remote("far", server.endpoint("models"), token=READER)
        server.virtual("all", ["deployed", "far"], deploys_to="deployed")
        return cls(server, commit, folder)

    def check(
        self,
        key: str = "models",
        *,
        token: str | None = READER,
        write: bool = False,
        revision: str = "main",
    ) -> dict[str, CheckResult]:
        """Results by name."""
        secret = None if token is None else SecretStr(token)
        # Reading the certificates of the system takes longer than all else. Here is no TLS.
        endpoint = Endpoint(self.server.endpoint(key), secret, ca_bundle=self.folder)
        return checked(Subject(endpoint, REPO, revision, self.folder, write))


def checked(subject: Subject) -> dict[str, CheckResult]:
    """Results by name, asked for without long waits."""
    quick = replace(subject, backoff=_QUICK, patience=_QUICK)
    return {result.name: result for result in Conformance(quick).results()}
