"""Where a model's files were found, as it is read from a lock or from a provenance."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from ai_translate.supply.hub.endpoint import check_repo, check_revision
from ai_translate.supply.lock_fields import Strict, checked
from ai_translate.supply.sources import FolderSource, HubSource, Source

__all__ = ["SourceFields"]


class SourceFields(Strict):
    """A source: `folder`, or else the three of the Hub."""

    folder: str | None = None
    repo: Annotated[str, checked(check_repo)] | None = None
    revision: Annotated[str, checked(check_revision)] | None = None
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        hub = {"repo": self.repo, "revision": self.revision, "commit": self.commit}
        given = [name for name, value in hub.items() if value is not None]
        missing = [name for name, value in hub.items() if value is None]
        if self.folder is not None and given:
            raise ValueError(f"folder and {given[0]} exclude each other: a model has one source")
        if self.folder is None and not given:
            raise ValueError("neither folder nor repo says what the model is made from")
        if self.folder is None and missing:
            raise ValueError(f"{given[0]} is there, but {missing[0]} is missing")
        return self

    def to_source(self) -> Source:
        """The value of it."""
        if self.repo is not None and self.revision is not None and self.commit is not None:
            return HubSource(self.repo, self.revision, self.commit)
        return FolderSource(self.folder or "")
