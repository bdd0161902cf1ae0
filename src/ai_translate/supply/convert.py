"""Turns a Hugging Face checkpoint into a CTranslate2 model, without torch or transformers.

The same input and versions give the same bytes: nothing here depends on time, place, machine
or the order of a folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.common_spec import Activation

from ai_translate.artifact import QUANTIZATIONS, Manifest, Quantization, hash_file
from ai_translate.errors import BadFile, ConfigurationError, UnsupportedModel
from ai_translate.languages import LanguagePair, from_target_token, normalize
from ai_translate.supply.checkpoint import read_checkpoint
from ai_translate.supply.hf_files import MarianFiles
from ai_translate.supply.marian import MarianWeights

__all__ = ["convert"]

# Raised whenever our own mapping changes what comes out.
_REVISION: Final = "1"
# A language token, one piece of text and the end must fit.
_LEAST_PART: Final = 8
_COPIED: Final = ("source.spm", "target.spm")
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
    """Converts the Marian model in `folder` into the empty folder `out`.

    Args:
        folder: A model in Hugging Face format.
        out: An existing, empty folder; afterwards it holds all but the manifest.
        quantization: Type of the stored matrices.
        pairs: Directions that the model translates; by default those that it declares itself.
        licence: What to record as its licence.
        part_tokens: Longest sequence that the model translates well, where that is less than it
            has positions for: a model that was trained on short sentences loses long ones.

    Returns:
        The manifest of what was written.

    Raises:
        BadFile: A file is missing, damaged, malicious, or contradicts another.
        UnsupportedModel: The model is of a kind that we do not convert.
        ConfigurationError: The quantization is unknown, or `part_tokens` is out of range.
    """
    if quantization not in QUANTIZATIONS:
        raise ConfigurationError(
            f"There is no quantization {quantization!r}.",
            hint=f"Choose one of {', '.join(QUANTIZATIONS)}.",
        )
    files = MarianFiles.read(folder)
    config = files.config
    directions, target_tokens = _directions(files, tuple(pairs))
    spec = TransformerSpec.from_config(
        (config.encoder_layers, config.decoder_layers),
        config.encoder_attention_heads,
        pre_norm=False,
        activation=_ACTIVATIONS[config.activation_function],
    )
    spec.decoder.num_heads = np.int16(config.decoder_attention_heads)
    with read_checkpoint(folder) as checkpoint:
        MarianWeights(checkpoint, config, str(checkpoint.source)).fill(spec)
        weights_name = checkpoint.source.name
    spec.register_source_vocabulary(files.source_tokens)
    spec.register_target_vocabulary(files.target_tokens)
    spec.config.decoder_start_token = "</s>"  # noqa: S105  # a token of text; never read, see fill
    _save(spec, out, quantization)
    for name in _COPIED:
        shutil.copyfile(folder / name, out / name)
    used = ["config.json", "vocab.json", weights_name, *_COPIED]
    used += [
        name for name in ("tokenizer_config.json", "target_vocab.json") if (folder / name).exists()
    ]
    return Manifest(
        architecture=config.model_type,
        quantization=quantization,
        pairs=directions,
        target_tokens=target_tokens,
        licence=licence,
        positions=config.max_position_embeddings,
        part_tokens=_part_tokens(part_tokens, config.max_position_embeddings),
        sources={name: hash_file(folder / name) for name in sorted(used)},
        converter={"ai-translate": _REVISION, "ctranslate2": str(ctranslate2.__version__)},
        files={path.name: hash_file(path) for path in sorted(out.iterdir())},
    )


def _part_tokens(wanted: int | None, positions: int) -> int:
    if wanted is None:
        return positions
    if not _LEAST_PART <= wanted <= positions:
        raise ConfigurationError(
            f"Parts of {wanted} tokens are outside {_LEAST_PART} to {positions}.",
            hint="The model has no more positions than that.",
        )
    return wanted


def _save(spec: Any, out: Path, quantization: str) -> None:
    try:
        spec.validate()
    except ValueError as error:
        raise BadFile(f"The checkpoint leaves weights unset: {error}.") from error
    spec.optimize(quantization=quantization)
    spec.save(str(out))


def _directions(
    files: MarianFiles, pairs: tuple[LanguagePair, ...]
) -> tuple[tuple[LanguagePair, ...], dict[str, str]]:
    """What the model translates, and the token that asks for each target, if it needs one."""
    tokens = {
        language: token
        for token in files.source_tokens
        if (language := from_target_token(token)) is not None
    }
    if not pairs and files.source_language and files.target_language:
        source = _language(files.source_language)
        targets = sorted(tokens) if tokens else [_language(files.target_language)]
        pairs = tuple(LanguagePair(source, target) for target in targets)
    if not pairs:
        raise UnsupportedModel(
            f"{files.folder} does not say which languages it translates.",
            hint="Name them, such as `--pair en:fr`.",
        )
    for pair in pairs:
        if tokens and pair.target not in tokens:
            raise ConfigurationError(
                f"{files.folder} cannot translate into {pair.target}.",
                hint=f"It knows {', '.join(sorted(tokens))}.",
            )
    wanted = {pair.target for pair in pairs}
    return (
        tuple(sorted(set(pairs))),
        {language: token for language, token in sorted(tokens.items()) if language in wanted},
    )


def _language(name: str) -> str:
    """A tokenizer's idea of a language; OPUS-MT also names groups such as `ROMANCE`."""
    try:
        return normalize(name)
    except ValueError:
        raise UnsupportedModel(
            f"{name!r} is a group of languages.", hint="Name each direction, as `--pair en:fr`."
        ) from None
