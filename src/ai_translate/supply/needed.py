"""Which files of a model are needed, told from its `config.json` and the names that there are.

Used before anything is downloaded, and again by the conversion, so that both agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.checkpoint import WEIGHT_FILES

__all__ = ["SENTENCEPIECE", "SUPPORTED", "needed_files"]

SUPPORTED: Final = "Marian (OPUS-MT), M2M100 and NLLB checkpoints in Hugging Face format"
"""What can be converted, in words."""

SENTENCEPIECE: Final = "sentencepiece.bpe.model"
"""The one tokenizer of an M2M100 or NLLB model."""

_CONFIG: Final = "config.json"
_VOCABULARY: Final = "vocab.json"
_TARGET_VOCABULARY: Final = "target_vocab.json"
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "marian": (_CONFIG, _VOCABULARY, "source.spm", "target.spm"),
    "m2m_100": (_CONFIG, SENTENCEPIECE),
}
# M2M100 numbers its pieces in a vocabulary of its own; NLLB takes SentencePiece's numbers.
_WHERE_PRESENT: Final[Mapping[str, tuple[str, ...]]] = {
    "marian": ("tokenizer_config.json",),
    "m2m_100": ("tokenizer_config.json", _VOCABULARY),
}


def needed_files(config: Mapping[str, Any], present: Collection[str]) -> tuple[str, ...]:
    """The files of a model that its conversion reads, sorted; one of them holds the weights.

    Args:
        config: The parsed `config.json`.
        present: Names of the files that the folder or repository has.

    Raises:
        UnsupportedModel: The model is of another kind, or its weights are not in one file of a
            format that we read.
        BadFile: A file that such a model must have is not there.
    """
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or model_type not in _REQUIRED:
        raise UnsupportedModel(
            f"{_CONFIG} is of type {str(model_type)[:60]!r}.", hint=f"We convert {SUPPORTED}."
        )
    required = list(_REQUIRED[model_type])
    if model_type == "marian" and config.get("share_encoder_decoder_embeddings", True) is False:
        required.append(_TARGET_VOCABULARY)
    for name in required:
        if name not in present:
            raise BadFile(
                f"The model has no file {name}.",
                hint=f"A model of type {model_type} needs {', '.join(required)} and weights.",
            )
    optional = [name for name in _WHERE_PRESENT[model_type] if name in present]
    return tuple(sorted([*required, *optional, _weights(present)]))


def _weights(present: Collection[str]) -> str:
    for name in WEIGHT_FILES:
        if name in present:
            return name
    for name in WEIGHT_FILES:
        if (index := f"{name}.index.json") in present:
            raise UnsupportedModel(
                f"{index} spreads the weights over several files, which we do not read.",
                hint="Save the model as one file: "
                '`model.save_pretrained(folder, max_shard_size="100GB")`.',
            )
    raise UnsupportedModel(
        f"The model has no weights that we read: neither {' nor '.join(WEIGHT_FILES)} is there.",
        hint="Save the model with `model.save_pretrained(folder)` of transformers.",
    )
