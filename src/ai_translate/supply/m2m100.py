"""Maps the weights of an M2M100 or NLLB checkpoint onto CTranslate2's specification."""

from __future__ import annotations

import math
from typing import Any

from ai_translate.artifact import Quantization
from ai_translate.supply.checkpoint import Checkpoint
from ai_translate.supply.m2m100_files import M2M100Config
from ai_translate.supply.quantize import Float32
from ai_translate.supply.transformer_weights import TIED, TransformerWeights, sinusoids

__all__ = ["fairseq_positions", "fill_m2m100"]


def fill_m2m100(
    spec: Any,
    checkpoint: Checkpoint,
    config: M2M100Config,
    quantization: Quantization,
) -> None:
    """Sets every weight of a `TransformerSpec` that was made for this configuration.

    Layers are normalized before they compute, so each side ends in a norm of its own.

    Args:
        spec: What to fill.
        checkpoint: The weights.
        config: What its `config.json` says.
        quantization: Type of the stored matrices.

    Raises:
        BadFile: A weight is missing, of a wrong shape, or not a number.
    """
    weights = TransformerWeights(checkpoint, config.d_model, quantization)
    first = config.pad_token_id + 1
    positions = fairseq_positions(first, config.max_position_embeddings, config.d_model)
    for name, side in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        side.scale_embeddings = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        weights.positions(side, positions)
        weights.norm(side.layer_norm, f"model.{name}.layer_norm")
    shared = weights.stored(TIED)
    weights.tensor(shared, (config.vocab_size, config.d_model))
    weights.fill_vocabulary(spec, [shared] * 3, [config.vocab_size] * 3)
    weights.fill_layers(spec)


def fairseq_positions(first: int, count: int, width: int) -> Float32:
    """The fixed position encodings of fairseq, as (count, width), from a first position on.

    Sines fill the first half and cosines the second, at the frequencies 10000^(-i/(half - 1)) of
    tensor2tensor, which differ a little from those of "Attention Is All You Need".
    """
    half = width // 2
    rates = [10000.0 ** (-index / (half - 1)) for index in range(half)]
    places = range(first, first + count)
    return sinusoids(([place * rate for rate in rates] for place in places), width)
