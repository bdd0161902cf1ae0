"""Turns a Hugging Face checkpoint into a CTranslate2 model, without torch or transformers.

The same input and versions give the same bytes: nothing here depends on time, place, machine
or the order of a folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.common_spec import Activation

from ai_translate.artifact import QUANTIZATIONS, Manifest, Quantization, hash_file
from ai_translate.errors import BadFile, ConfigurationError
from ai_translate.languages import LanguagePair
from ai_translate.supply.checkpoint import Checkpoint, read_checkpoint
from ai_translate.supply.converter import converter_versions
from ai_translate.supply.directions import choose_directions
from ai_translate.supply.hf_files import read_model_files
from ai_translate.supply.m2m100 import fill_m2m100
from ai_translate.supply.m2m100_files import M2M100Files
from ai_translate.supply.marian import fill_marian
from ai_translate.supply.marian_files import MarianFiles

__all__ = ["convert"]

# A language token, one piece of text and the end must fit.
_LEAST_PART: Final = 8
_ACTIVATIONS: Final = {
    "swish": Activation.SWISH,
    "silu": Activation.SWISH,
    "relu": Activation.RELU,
    "gelu": Activation.GELU,
}


def convert(
    folder: Path,
    out: Path,
    *,
    quantization: Quantization = "int8",
    pairs: Iterable[LanguagePair] = (),
    licence: str = "",
    part_tokens: int | None = None,
) -> Manifest:
    """Converts the model in `folder` into the empty folder `out`.

    Args:
        folder: A model in Hugging Face format.
        out: An existing, empty folder; afterwards it holds all but the manifest.
        quantization: Type of the stored matrices.
        pairs: Directions that the model translates; by default those that it declares itself. A
            model from any language into any other declares none.
        licence: What to record as its licence.
        part_tokens: Longest sequence that the model translates well, where that is less than it
            has positions for: a model that was trained on short sentences loses long ones.

    Returns:
        The manifest of what was written.

    Raises:
        BadFile: A file is missing, damaged, malicious, or contradicts another.
        UnsupportedModel: The model is of a kind that we do not convert.
        ConfigurationError: The quantization is unknown, `part_tokens` is out of range, or the
            model lacks a language of `pairs`.
    """
    if quantization not in QUANTIZATIONS:
        raise ConfigurationError(
            f"There is no quantization {quantization!r}.",
            hint=f"Choose one of {', '.join(QUANTIZATIONS)}.",
        )
    read = read_model_files(folder)
    files, config = read.content, read.content.config
    directions = choose_directions(files, tuple(pairs))
    spec = TransformerSpec.from_config(
        (config.encoder_layers, config.decoder_layers),
        config.encoder_attention_heads,
        pre_norm=isinstance(files, M2M100Files),
        activation=_ACTIVATIONS[config.activation_function],
    )
    spec.decoder.num_heads = np.int16(config.decoder_attention_heads)
    with read_checkpoint(folder) as checkpoint:
        _fill(spec, files, checkpoint, quantization)
    spec.register_source_vocabulary(files.source_tokens)
    spec.register_target_vocabulary(files.target_tokens)
    # Marian's decoder starts from zero, whatever the token: see `fill_marian`.
    spec.config.decoder_start_token = "</s>"  # noqa: S105  # a token of text
    _save(spec, out)
    for name in files.tokenizers:
        shutil.copyfile(folder / name, out / name)
    return Manifest(
        architecture=config.model_type,
        quantization=quantization,
        pairs=directions.pairs,
        target_tokens=directions.target_tokens,
        licence=licence,
        positions=config.max_position_embeddings,
        part_tokens=_part_tokens(part_tokens, config.max_position_embeddings),
        sources={name: hash_file(folder / name) for name in read.needed},
        converter=converter_versions(),
        files={path.name: hash_file(path) for path in sorted(out.iterdir())},
        source_tokens=directions.source_tokens,
        target_in_decoder=directions.target_in_decoder,
    )


def _fill(
    spec: Any, files: MarianFiles | M2M100Files, checkpoint: Checkpoint, quantization: Quantization
) -> None:
    if isinstance(files, MarianFiles):
        fill_marian(spec, checkpoint, files.config, quantization)
    else:
        fill_m2m100(spec, checkpoint, files.config, quantization)


def _part_tokens(wanted: int | None, positions: int) -> int:
    if wanted is None:
        return positions
    if not _LEAST_PART <= wanted <= positions:
        raise ConfigurationError(
            f"Parts of {wanted} tokens are outside {_LEAST_PART} to {positions}.",
            hint="The model has no more positions than that.",
        )
    return wanted


def _save(spec: Any, out: Path) -> None:
    try:
        spec.validate()
    except ValueError as error:
        raise BadFile(f"The checkpoint leaves weights unset: {error}.") from error
    # Weights are quantized already: this only stores equal ones once.
    spec.optimize()
    spec.save(str(out))
