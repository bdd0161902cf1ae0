"""Maps the layers that all kinds of checkpoint have onto CTranslate2's specification.

The names on the left are those of the Hugging Face format, which are the same for the BART family
that Marian and M2M100 belong to; the layout on the right is CTranslate2's public
`ctranslate2.specs`. No framework is involved: numpy arrays go in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ai_translate.errors import BadFile

__all__ = [
    "OUTPUT",
    "SHARED",
    "SOURCE",
    "TARGET",
    "TIED",
    "Array",
    "Float32",
    "TransformerWeights",
    "sinusoids",
]

Array = npt.NDArray[np.generic]
Float32 = npt.NDArray[np.float32]

SHARED: Final = "model.shared.weight"
SOURCE: Final = "model.encoder.embed_tokens.weight"
TARGET: Final = "model.decoder.embed_tokens.weight"
OUTPUT: Final = "lm_head.weight"
TIED: Final = (SHARED, OUTPUT, SOURCE, TARGET)
"""Names of a matrix that serves all ends. It may be stored under any of them: the ways to write
a checkpoint differ in which of the equal tensors they keep."""


class TransformerWeights:
    """The weights of one checkpoint, checked as they are taken.

    Args:
        tensors: The checkpoint, by name.
        width: Size of a token's vector.
        origin: What to call the checkpoint in messages.
    """

    def __init__(self, tensors: Mapping[str, Array], width: int, origin: str) -> None:
        self.origin = origin
        self._tensors = tensors
        self._width = width

    def fill_layers(self, spec: Any) -> None:
        """Sets the weights of all layers of a `TransformerSpec`.

        Raises:
            BadFile: A weight is missing, of a wrong shape, or not a number.
        """
        for index, layer in enumerate(spec.encoder.layer):
            self._layer(layer, f"model.encoder.layers.{index}")
        for index, layer in enumerate(spec.decoder.layer):
            name = f"model.decoder.layers.{index}"
            self._layer(layer, name)
            self._cross_attention(layer.attention, f"{name}.encoder_attn")

    def norm(self, norm: Any, name: str) -> None:
        """Sets the weights of a layer norm.

        Raises:
            BadFile: A weight is missing, of a wrong shape, or not a number.
        """
        norm.gamma = self.take(f"{name}.weight", (self._width,))
        norm.beta = self.take(f"{name}.bias", (self._width,))

    def stored(self, names: Sequence[str]) -> str:
        """The first of these names that the checkpoint has; the first of all if it has none."""
        return next((name for name in names if name in self._tensors), names[0])

    def take(self, name: str, shape: tuple[int, ...] | None) -> Float32:
        """One tensor as float32. A shape of None asks for any matrix that touches the width.

        Raises:
            BadFile: It is missing, of another shape, or holds what is not a number.
        """
        try:
            tensor = self._tensors[name]
        except KeyError:
            raise BadFile(
                f"{self.origin} lacks the weight {name}.", hint="Fetch the model again."
            ) from None
        fits = tensor.shape == shape if shape else tensor.ndim == 2 and self._width in tensor.shape
        if not fits or tensor.dtype.kind != "f":
            raise BadFile(
                f"{self.origin}: {name} is {tensor.dtype} {list(tensor.shape)}, "
                f"not a floating-point {list(shape) if shape else f'matrix of width {self._width}'}"
                ".",
                hint="config.json and the weights do not belong together.",
            )
        weight = tensor.astype(np.float32)
        if not np.isfinite(weight).all():
            raise BadFile(f"{self.origin}: {name} holds values that are not finite numbers.")
        return weight

    def _layer(self, layer: Any, name: str) -> None:
        attention = layer.self_attention
        self._fuse(attention.linear[0], f"{name}.self_attn", ("q_proj", "k_proj", "v_proj"))
        self._fuse(attention.linear[1], f"{name}.self_attn", ("out_proj",))
        self.norm(attention.layer_norm, f"{name}.self_attn_layer_norm")
        self._fuse(layer.ffn.linear_0, name, ("fc1",), square=False)
        self._fuse(layer.ffn.linear_1, name, ("fc2",), square=False)
        self.norm(layer.ffn.layer_norm, f"{name}.final_layer_norm")

    def _cross_attention(self, attention: Any, name: str) -> None:
        self._fuse(attention.linear[0], name, ("q_proj",))
        self._fuse(attention.linear[1], name, ("k_proj", "v_proj"))
        self._fuse(attention.linear[2], name, ("out_proj",))
        self.norm(attention.layer_norm, f"{name}_layer_norm")

    def _fuse(
        self, linear: Any, prefix: str, parts: tuple[str, ...], *, square: bool = True
    ) -> None:
        """One linear layer of several that read the same input, stacked by output."""
        shape = (self._width, self._width) if square else None
        weights = [self.take(f"{prefix}.{part}.weight", shape) for part in parts]
        biases = [
            self.take(f"{prefix}.{part}.bias", (len(w),))
            for part, w in zip(parts, weights, strict=True)
        ]
        linear.weight = np.concatenate(weights)
        linear.bias = np.concatenate(biases)


def sinusoids(angles: Iterable[Sequence[float]], width: int) -> Float32:
    """A table of position encodings, as (positions, width): sines, then cosines, then zeros.

    Computed by the C library in double precision, so that the rounded values do not depend on
    which vector instructions numpy was built for.

    Args:
        angles: For each position the angles; as many cosines are kept as fit.
        width: Length of a row.
    """
    table = []
    for row in angles:
        values = [math.sin(angle) for angle in row]
        values += [math.cos(angle) for angle in row[: width - len(row)]]
        values += [0.0] * (width - len(values))
        table.append(np.array(values, np.float32))
    return np.stack(table)
