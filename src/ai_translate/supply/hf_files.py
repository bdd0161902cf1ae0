"""The small files of a model in Hugging Face format, whichever kind it is.

small_files      JSON, vocabularies, and the fields that all configurations have
marian_files     a Marian model's
m2m100_files     an M2M100 or NLLB model's
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ai_translate.errors import BadFile
from ai_translate.supply.m2m100_files import M2M100Files
from ai_translate.supply.marian_files import MarianFiles
from ai_translate.supply.needed import needed_files
from ai_translate.supply.small_files import read_json

__all__ = ["ModelFiles", "read_model_files"]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a model's small files say, and the names of all that are read, weights among them."""

    content: MarianFiles | M2M100Files
    needed: tuple[str, ...]


def read_model_files(folder: Path, present: Collection[str] | None = None) -> ModelFiles:
    """Reads and checks everything but the weights.

    Args:
        folder: Where the files are.
        present: Names of the files that there are, by default those of the folder. So a model can
            be judged whose weights have not been fetched.

    Raises:
        BadFile: A file is missing, malformed, or contradicts another.
        UnsupportedModel: The model is of a kind that we do not convert.
    """
    raw = read_json(folder / "config.json")
    try:
        present = {entry.name for entry in folder.iterdir()} if present is None else present
    except OSError as error:
        raise BadFile(f"{folder} cannot be read: {error.strerror}.") from error
    needed = needed_files(raw, present)
    if raw["model_type"] == "marian":
        return ModelFiles(MarianFiles.read(folder, raw), needed)
    return ModelFiles(M2M100Files.read(folder, raw), needed)
