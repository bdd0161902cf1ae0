"""What a build is made of, as short fingerprints, so that the next build can tell what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Inputs"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Fingerprints by name.

    Attributes:
        files: All that a build is sent, by path.
        stages: The texts of the Dockerfile's stages.
        models: The entries of `models.lock`, by the model's name.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, dict[str, str]]:
        """It, as JSON has it."""
        return {
            "files": dict(self.files),
            "stages": dict(self.stages),
            "models": dict(self.models),
        }

    @classmethod
    def of_document(cls, document: object) -> Inputs | None:
        """The same from JSON; nothing, if that is none."""
        if not isinstance(document, dict):
            return None
        return cls(*(_texts(document.get(name)) for name in ("files", "stages", "models")))


def _texts(found: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
