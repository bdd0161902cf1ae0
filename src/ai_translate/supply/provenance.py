"""Where an artifact comes from: what travels with it beside what its digest is of.

The manifest has the hashes of what the artifact was made from, the quantization, and the versions
of all that shaped its bytes. Where those files were found and how well the result translates change
nothing of the bytes, and so stand here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import StringConstraints, ValidationError, model_validator

from ai_translate.errors import BadFile
from ai_translate.supply.hub.endpoint import check_repo, check_revision
from ai_translate.supply.lock_fields import Sha256Field, Strict, checked
from ai_translate.supply.locked_evaluation import (
    EvaluationEntry,
    LockedEvaluation,
    evaluation_fields,
)
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.sources import FolderSource, HubSource, Source

__all__ = ["PROVENANCE_NAME", "Provenance"]

PROVENANCE_NAME: Final = "provenance.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an artifact comes from.

    Attributes:
        artifact: Its digest.
        source: Where the files were that it was made from.
        evaluation: How well it translates, if that was asked when it was locked.
    """

    artifact: str
    source: Source
    evaluation: LockedEvaluation | None = None

    @classmethod
    def of(cls, model: LockedModel) -> Self:
        """What the lock knows of a model's."""
        return cls(model.artifact, model.source, model.evaluation)

    def to_json(self) -> bytes:
        """JSON to be read by people too; equal values are equal bytes."""
        fields = {
            "format": _FORMAT,
            "artifact": self.artifact,
            "source": asdict(self.source),
            "evaluation": evaluation_fields(self.evaluation) if self.evaluation else None,
        }
        return (json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: Path | str) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            BadFile: It is something else.
        """
        try:
            read = _File.model_validate(json.loads(data))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            field = ".".join(map(str, problem["loc"])) or "file"
            raise BadFile(f"{where}: {field}: {problem['msg']}.") from error
        except (ValueError, RecursionError) as error:
            raise BadFile(f"{where} is not JSON.") from error
        found = read.evaluation
        return cls(read.artifact, read.source.to_source(), found.to_evaluation() if found else None)


class _SourceFields(Strict):
    folder: str | None = None
    repo: Annotated[str, checked(check_repo)] | None = None
    revision: Annotated[str, checked(check_revision)] | None = None
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        hub = [name for name in (self.repo, self.revision, self.commit) if name is not None]
        if len(hub) != (0 if self.folder is not None else 3):
            raise ValueError("either a folder, or else repo, revision and commit are expected")
        return self

    def to_source(self) -> Source:
        if self.repo is not None and self.revision is not None and self.commit is not None:
            return HubSource(self.repo, self.revision, self.commit)
        return FolderSource(self.folder or "")


class _File(Strict):
    format: Literal[1]
    artifact: Sha256Field
    source: _SourceFields
    evaluation: EvaluationEntry | None = None
