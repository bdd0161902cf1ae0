"""Reads the weights of a model into numpy: no torch, no code execution.

    read_checkpoint     picks the file
    safetensors         reads model.safetensors
    torch_pickle        reads pytorch_model.bin, with torch_zip, torch_tensors and pickles
    mapped, dtypes      what both end in: a mapped file, and the tensors that lie in it

A checkpoint comes from strangers. Whatever its bytes are, reading gives a `Checkpoint` whose every
array lies inside the file, or raises `BadFile`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.checkpoint.mapped import Checkpoint
from ai_translate.supply.checkpoint.safetensors import read_safetensors
from ai_translate.supply.checkpoint.torch_pickle import read_torch_pickle

__all__ = ["WEIGHT_FILES", "Checkpoint", "read_checkpoint"]

_READERS: Final = {
    "model.safetensors": read_safetensors,
    "pytorch_model.bin": read_torch_pickle,
}
WEIGHT_FILES: Final = tuple(_READERS)
"""Names of the files that are read, the preferred one first."""


def read_checkpoint(folder: Path) -> Checkpoint:
    """The tensors of the model in a folder, by name; see `Checkpoint`.

    Reads `model.safetensors` if there is one, otherwise `pytorch_model.bin`.

    Raises:
        BadFile: There is neither, or the one that is there cannot be trusted.
        UnsupportedModel: The weights are spread over several files.
    """
    for name, read in _READERS.items():
        path = folder / name
        if path.exists() or path.is_symlink():
            return read(path)
    for name in WEIGHT_FILES:
        index = folder / f"{name}.index.json"
        if index.exists():
            raise UnsupportedModel(
                f"{index} spreads the weights over several files, which we do not read.",
                hint="Save the model as one file: "
                '`model.save_pretrained(folder, max_shard_size="100GB")`.',
            )
    raise BadFile(
        f"{folder} has no weights: neither {' nor '.join(WEIGHT_FILES)} is there.",
        hint="Download the model again with `ai-translate models pull`.",
    )
