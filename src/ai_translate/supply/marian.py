"""Maps the weights of a Marian checkpoint onto CTranslate2's Transformer specification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from ai_translate.errors import UnsupportedModel
from ai_translate.supply.marian_files import MarianConfig
from ai_translate.supply.transformer_weights import (
    OUTPUT,
    SHARED,
    SOURCE,
    TARGET,
    TIED,
    Array,
    Float32,
    TransformerWeights,
    sinusoids,
)

__all__ = ["fill_marian", "marian_positions"]

_OUTPUT_BIAS: Final = "final_logits_bias"


def fill_marian(spec: Any, tensors: Mapping[str, Array], config: MarianConfig, origin: str) -> None:
    """Sets every weight of a `TransformerSpec` that was made for this configuration.

    Args:
        spec: What to fill.
        tensors: The checkpoint, by name.
        config: What its `config.json` says.
        origin: What to call the checkpoint in messages.

    Raises:
        BadFile: A weight is missing, of a wrong shape, or not a number.
        UnsupportedModel: The decoder does not start from a zero embedding.
    """
    weights = TransformerWeights(tensors, config.d_model, origin)
    positions = marian_positions(config.max_position_embeddings, config.d_model)
    for side in (spec.encoder, spec.decoder):
        side.scale_embeddings = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        side.position_encodings.encodings = positions
    source, target, output = _vocabulary_weights(weights, config)
    spec.encoder.embeddings[0].weight = source
    spec.decoder.embeddings.weight = target
    spec.decoder.projection.weight = output
    bias = weights.take(_OUTPUT_BIAS, (1, config.target_vocab_size))[0, :-1]
    if bias.any():
        spec.decoder.projection.bias = bias
    spec.decoder.start_from_zero_embedding = True
    weights.fill_layers(spec)


def marian_positions(count: int, width: int) -> Float32:
    """The fixed position encodings of Marian, as (count, width).

    Sines fill the first half and cosines the second, at the frequencies 10000^(-2i/width) of
    "Attention Is All You Need", section 3.5.
    """
    periods = [10000.0 ** (2 * index / width) for index in range((width + 1) // 2)]
    return sinusoids(
        ([position / period for period in periods] for position in range(count)), width
    )


def _vocabulary_weights(
    weights: TransformerWeights, config: MarianConfig
) -> tuple[Float32, Float32, Float32]:
    """Source embedding, target embedding and output projection, without their `<pad>` row."""
    ends = [SOURCE, TARGET, OUTPUT]
    names: list[tuple[str, ...]]
    if config.share_encoder_decoder_embeddings and config.tie_word_embeddings:
        names = [TIED] * 3
    elif config.share_encoder_decoder_embeddings:
        names = [(SOURCE, SHARED), (TARGET, SHARED), (OUTPUT,)]
    elif config.tie_word_embeddings:
        names = [(SOURCE,), (TARGET, OUTPUT), (TARGET, OUTPUT)]
    else:
        names = [(SOURCE,), (TARGET,), (OUTPUT,)]
    stored = [weights.stored(group) for group in names]
    sizes = [config.vocab_size, config.target_vocab_size, config.target_vocab_size]
    wanted = dict(zip(stored, sizes, strict=True))
    taken = {name: weights.take(name, (size, config.d_model)) for name, size in wanted.items()}
    for end, name in zip(ends, stored, strict=True):
        if end != OUTPUT and taken[name][-1].any():
            raise UnsupportedModel(
                f"{weights.origin}: the <pad> row of {name} is not zero.",
                hint="Marian's decoder starts from a zero embedding; this model would not.",
            )
    source, target, output = (taken[name][:-1] for name in stored)
    return source, target, output
