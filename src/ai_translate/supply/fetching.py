"""Files of one commit, fetched by and by into its folder as it becomes plain which are needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ai_translate.supply.hub.download import WantedFile, download
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.files import RemoteFile, ResolvedRepo
from ai_translate.supply.hub.progress import Progress

__all__ = ["Fetching"]


@dataclass(frozen=True)
class Fetching:
    """Where the files come from, and where they go.

    Attributes:
        endpoint: Whom to ask.
        resolved: The commit and its files.
        folder: Where they come to lie.
        progress: Is told how far downloads are; `total` begins anew with each call of `fetch`.
    """

    endpoint: Endpoint
    resolved: ResolvedRepo
    folder: Path
    progress: Progress

    @cached_property
    def files(self) -> dict[str, RemoteFile]:
        """All files of the commit, by name."""
        return {file.name: file for file in self.resolved.files}

    def fetch(self, names: Iterable[str]) -> None:
        """Brings files into the folder. Those that are there and right are kept.

        Raises:
            HubError: The endpoint does not give a file.
            IntegrityError: Bytes are not what it promised.
            SupplyError: The disk refused.
        """
        wanted = [WantedFile.of(self.files[name]) for name in names]
        repo, commit = self.resolved.repo, self.resolved.commit
        download(self.endpoint, repo, commit, wanted, self.folder, progress=self.progress)
