"""Where an artifact comes from: what travels with it beside what its digest is of.

The manifest has the hashes of what the artifact was made from, the quantization, and the versions
of all that shaped its bytes. Where those files were found and how well the result translates change
nothing of the bytes, and so stand here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import ValidationError

from ai_translate.errors import BadFile
from ai_translate.supply.lock_fields import Sha256Field, Strict
from ai_translate.supply.locked_evaluation import (
    EvaluationEntry,
    LockedEvaluation,
    evaluation_fields,
)
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.source_fields import SourceFields
from ai_translate.supply.sources import Source

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


class _File(Strict):
    format: Literal[1]
    artifact: Sha256Field
    source: SourceFields
    evaluation: EvaluationEntry | None = None
