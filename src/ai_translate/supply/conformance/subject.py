"""What is being checked, and what the checks so far have learned of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ai_translate.artifact import Artifact
from ai_translate.errors import HubError
from ai_translate.supply.checkpoint import WEIGHT_FILES
from ai_translate.supply.conformance.probe import Probe, Reply
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.files import RemoteFile
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff

__all__ = ["Subject"]


@dataclass(slots=True)
class Subject:
    """A model at an endpoint. Checks write down what later ones need.

    Attributes:
        endpoint: Who is checked.
        repo: ORGANISATION/NAME of the model that serves as the example.
        revision: Its branch or commit.
        folder: An empty folder; whoever made it removes it.
        write: Whether a file may be uploaded.
        backoff: How often and how slowly a question is asked.
        patience: The same for the files of the model.
        progress: Is told how far the download is.
        info: What the endpoint says of the revision.
        refusal: Why it says nothing of it.
        commit: What the revision names.
        files: All files of the commit.
        xet: Where xet was offered.
        model: Folder of the files that were downloaded.
        artifact: What conversion made of them.
    """

    endpoint: Endpoint
    repo: str
    revision: str
    folder: Path
    write: bool = False
    backoff: Backoff = field(default_factory=lambda: Backoff(attempts=3))
    patience: Backoff = field(default_factory=Backoff)
    progress: Progress = field(default_factory=Silent)
    info: Reply | None = None
    refusal: HubError | None = None
    commit: str = ""
    files: tuple[RemoteFile, ...] = ()
    xet: set[str] = field(default_factory=set)
    model: Path | None = None
    artifact: Artifact | None = None

    def probe(self, file: str = "", *, endpoint: Endpoint | None = None) -> Probe:
        """What asks single questions, at the commit once that is known."""
        asked = Asked(endpoint or self.endpoint, self.repo, self.commit or self.revision, file)
        return Probe(asked, self.backoff)

    @property
    def sample(self) -> RemoteFile:
        """The file by which it is seen how files are served: the weights, else the largest."""
        by_name = {file.name: file for file in self.files}
        weights = [by_name[name] for name in WEIGHT_FILES if name in by_name]
        return weights[0] if weights else max(self.files, key=lambda file: file.size)
