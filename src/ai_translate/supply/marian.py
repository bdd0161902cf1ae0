"""Maps the weights of a Marian checkpoint onto CTranslate2's Transformer specification.

The names on the left are those of `MarianMTModel` in the Hugging Face format; the layout on the
right is CTranslate2's public `ctranslate2.specs`. No framework is involved: numpy arrays go in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.hf_files import MarianConfig

__all__ = ["MarianWeights", "sinusoidal_positions"]

Array = npt.NDArray[np.generic]
Float32 = npt.NDArray[np.float32]

_SHARED: Final = "model.shared.weight"
_SOURCE: Final = "model.encoder.embed_tokens.weight"
_TARGET: Final = "model.decoder.embed_tokens.weight"
_OUTPUT: Final = "lm_head.weight"
_OUTPUT_BIAS: Final = "final_logits_bias"


class MarianWeights:
    """Copies one checkpoint into one specification.

    Args:
        tensors: The checkpoint, by name.
        config: What its `config.json` says.
        origin: What to call the checkpoint in messages.
    """

    def __init__(self, tensors: Mapping[str, Array], config: MarianConfig, origin: str) -> None:
        self._tensors = tensors
        self._config = config
        self._origin = origin

    def fill(self, spec: Any) -> None:
        """Sets every weight of a `TransformerSpec` that was made for this configuration.

        Raises:
            BadFile: A weight is missing, of a wrong shape, or not a number.
            UnsupportedModel: The decoder does not start from a zero embedding.
        """
        config = self._config
        scale = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        positions = sinusoidal_positions(config.max_position_embeddings, config.d_model)
        source, target, output = self._vocabulary_weights()
        for side in (spec.encoder, spec.decoder):
            side.scale_embeddings = scale
            side.position_encodings.encodings = positions
        spec.encoder.embeddings[0].weight = source
        spec.decoder.embeddings.weight = target
        spec.decoder.projection.weight = output
        bias = self._take(_OUTPUT_BIAS, (1, config.target_vocab_size))[0, :-1]
        if bias.any():
            spec.decoder.projection.bias = bias
        spec.decoder.start_from_zero_embedding = True
        for index, layer in enumerate(spec.encoder.layer):
            self._layer(layer, f"model.encoder.layers.{index}")
        for index, layer in enumerate(spec.decoder.layer):
            name = f"model.decoder.layers.{index}"
            self._layer(layer, name)
            self._cross_attention(layer.attention, f"{name}.encoder_attn")

    def _vocabulary_weights(self) -> tuple[Float32, Float32, Float32]:
        """Source embedding, target embedding and output projection, without their `<pad>` row.

        A matrix that serves several ends may be stored under the name of any of them: the ways
        to write a checkpoint differ in which of the equal tensors they keep.
        """
        config = self._config
        ends = [_SOURCE, _TARGET, _OUTPUT]
        names: list[tuple[str, ...]]
        if config.share_encoder_decoder_embeddings and config.tie_word_embeddings:
            names = [(_SHARED, _OUTPUT, _SOURCE, _TARGET)] * 3
        elif config.share_encoder_decoder_embeddings:
            names = [(_SOURCE, _SHARED), (_TARGET, _SHARED), (_OUTPUT,)]
        elif config.tie_word_embeddings:
            names = [(_SOURCE,), (_TARGET, _OUTPUT), (_TARGET, _OUTPUT)]
        else:
            names = [(_SOURCE,), (_TARGET,), (_OUTPUT,)]
        stored = [next((n for n in group if n in self._tensors), group[0]) for group in names]
        sizes = [config.vocab_size, config.target_vocab_size, config.target_vocab_size]
        taken = {
            name: self._take(name, (size, config.d_model))
            for name, size in zip(stored, sizes, strict=True)
        }
        for end, name in zip(ends, stored, strict=True):
            if end != _OUTPUT and taken[name][-1].any():
                raise UnsupportedModel(
                    f"{self._origin}: the <pad> row of {name} is not zero.",
                    hint="Marian's decoder starts from a zero embedding; this model would not.",
                )
        source, target, output = (taken[name][:-1] for name in stored)
        return source, target, output

    def _layer(self, layer: Any, name: str) -> None:
        attention = layer.self_attention
        self._fuse(attention.linear[0], f"{name}.self_attn", ("q_proj", "k_proj", "v_proj"))
        self._fuse(attention.linear[1], f"{name}.self_attn", ("out_proj",))
        self._norm(attention.layer_norm, f"{name}.self_attn_layer_norm")
        self._fuse(layer.ffn.linear_0, name, ("fc1",), square=False)
        self._fuse(layer.ffn.linear_1, name, ("fc2",), square=False)
        self._norm(layer.ffn.layer_norm, f"{name}.final_layer_norm")

    def _cross_attention(self, attention: Any, name: str) -> None:
        self._fuse(attention.linear[0], name, ("q_proj",))
        self._fuse(attention.linear[1], name, ("k_proj", "v_proj"))
        self._fuse(attention.linear[2], name, ("out_proj",))
        self._norm(attention.layer_norm, f"{name}_layer_norm")

    def _fuse(
        self, linear: Any, prefix: str, parts: tuple[str, ...], *, square: bool = True
    ) -> None:
        """One linear layer of several that read the same input, stacked by output."""
        width = self._config.d_model
        shape = (width, width) if square else None
        weights = [self._take(f"{prefix}.{part}.weight", shape) for part in parts]
        biases = [
            self._take(f"{prefix}.{part}.bias", (len(w),))
            for part, w in zip(parts, weights, strict=True)
        ]
        linear.weight = np.concatenate(weights)
        linear.bias = np.concatenate(biases)

    def _norm(self, norm: Any, name: str) -> None:
        norm.gamma = self._take(f"{name}.weight", (self._config.d_model,))
        norm.beta = self._take(f"{name}.bias", (self._config.d_model,))

    def _take(self, name: str, shape: tuple[int, ...] | None) -> Float32:
        """One tensor as float32. A shape of None asks for any matrix that touches the width."""
        try:
            tensor = self._tensors[name]
        except KeyError:
            raise BadFile(
                f"{self._origin} lacks the weight {name}.", hint="Fetch the model again."
            ) from None
        width = self._config.d_model
        fits = tensor.shape == shape if shape else tensor.ndim == 2 and width in tensor.shape
        if not fits or tensor.dtype.kind != "f":
            raise BadFile(
                f"{self._origin}: {name} is {tensor.dtype} {list(tensor.shape)}, "
                f"not a floating-point {list(shape) if shape else f'matrix of width {width}'}.",
                hint="config.json and the weights do not belong together.",
            )
        weight = tensor.astype(np.float32)
        if not np.isfinite(weight).all():
            raise BadFile(f"{self._origin}: {name} holds values that are not finite numbers.")
        return weight


def sinusoidal_positions(count: int, width: int) -> Float32:
    """The fixed position encodings of Marian, as (count, width).

    Sines fill the first half and cosines the second, at the frequencies 10000^(-2i/width) of
    "Attention Is All You Need", section 3.5. Computed by the C library in double precision, so
    that the rounded values do not depend on which vector instructions numpy was built for.
    """
    half = (width + 1) // 2
    rates = [10000.0 ** (2 * index / width) for index in range(half)]
    table = np.empty((count, width), np.float32)
    for position in range(count):
        angles = [position / rate for rate in rates]
        table[position, :half] = [math.sin(angle) for angle in angles]
        table[position, half:] = [math.cos(angle) for angle in angles[: width - half]]
    return table
