"""What a locked model is made from: a folder of the project, or a commit on the Hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["FolderSource", "HubSource", "Source"]


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder. `folder` is its path, relative to the lock."""

    folder: str

    def __str__(self) -> str:
        return self.folder


@dataclass(frozen=True, slots=True)
class HubSource:
    """A commit of a model on the Hub.

    Attributes:
        repo: ORGANISATION/NAME.
        revision: What was asked for when the commit was locked, such as `main`. Only `outdated`
            looks at it.
        commit: 40 hexadecimal digits: what is used.
    """

    repo: str
    revision: str
    commit: str

    def __str__(self) -> str:
        if self.revision == self.commit:
            return f"{self.repo}@{self.commit[:12]}"
        return f"{self.repo}@{self.revision} ({self.commit[:12]})"


Source: TypeAlias = FolderSource | HubSource
