"""Maps the weights of a Marian checkpoint onto CTranslate2's Transformer specification."""

from __future__ import annotations

import math
from typing import Any, Final

from ai_translate.artifact import Quantization
from ai_translate.errors import UnsupportedModel
from ai_translate.supply.checkpoint import Checkpoint
from ai_translate.supply.marian_files import MarianConfig
from ai_translate.supply.quantize import Float32
from ai_translate.supply.transformer_weights import (
    OUTPUT,
    SHARED,
    SOURCE,
    TARGET,
    TIED,
    TransformerWeights,
    sinusoids,
)

__all__ = ["fill_marian", "marian_positions"]

_OUTPUT_BIAS: Final = "final_logits_bias"


def fill_marian(
    spec: Any,
    checkpoint: Checkpoint,
    config: MarianConfig,
    quantization: Quantization,
) -> None:
    """Sets every weight of a `TransformerSpec` that was made for this configuration.

    Args:
        spec: What to fill.
        checkpoint: The weights.
        config: What its `config.json` says.
        quantization: Type of the stored matrices.

    Raises:
        BadFile: A weight is missing, of a wrong shape, or not a number.
        UnsupportedModel: The decoder does not start from a zero embedding.
    """
    weights = TransformerWeights(checkpoint, config.d_model, quantization)
    positions = marian_positions(config.max_position_embeddings, config.d_model)
    for side in (spec.encoder, spec.decoder):
        side.scale_embeddings = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        weights.positions(side, positions)
    _fill_vocabulary(weights, config, spec)
    bias = weights.vector(_OUTPUT_BIAS, (1, config.target_vocab_size))[0, :-1]
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


def _fill_vocabulary(weights: TransformerWeights, config: MarianConfig, spec: Any) -> None:
    """Sets source embedding, target embedding and output projection, without their `<pad>` row."""
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
    for end, name, size in zip(ends, stored, sizes, strict=True):
        matrix = weights.tensor(name, (size, config.d_model))
        if end != OUTPUT and matrix[-1].any():
            raise UnsupportedModel(
                f"{weights.origin}: the <pad> row of {name} is not zero.",
                hint="Marian's decoder starts from a zero embedding; this model would not.",
            )
    weights.fill_vocabulary(spec, stored, [size - 1 for size in sizes])
