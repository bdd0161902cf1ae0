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

from ai_translate.artifact import Quantization
from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint import Checkpoint
from ai_translate.supply.quantize import Array, Float32, Matrix, quantize_matrix, store_vector

__all__ = [
    "OUTPUT",
    "SHARED",
    "SOURCE",
    "TARGET",
    "TIED",
    "TransformerWeights",
    "sinusoids",
]

SHARED: Final = "model.shared.weight"
SOURCE: Final = "model.encoder.embed_tokens.weight"
TARGET: Final = "model.decoder.embed_tokens.weight"
OUTPUT: Final = "lm_head.weight"
TIED: Final = (SHARED, OUTPUT, SOURCE, TARGET)
"""Names of a matrix that serves all ends. It may be stored under any of them: the ways to write
a checkpoint differ in which of the equal tensors they keep."""


# Numbers that are read from the checkpoint at once.
_BLOCK: Final = 2**19


class TransformerWeights:
    """The weights of one checkpoint, checked and quantized as they are taken.

    No weight is ever held whole in float32, unless it is to be stored so.

    Args:
        checkpoint: The weights by name.
        width: Size of a token's vector.
        quantization: Type of the stored matrices.
    """

    def __init__(self, checkpoint: Checkpoint, width: int, quantization: Quantization) -> None:
        self.origin = checkpoint.source
        self._checkpoint = checkpoint
        self._width = width
        self._quantization = quantization

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

    def fill_vocabulary(self, spec: Any, names: Sequence[str], sizes: Sequence[int]) -> None:
        """Sets the source embedding, the target embedding and the output projection.

        A matrix that serves several ends is taken once. CTranslate2 then stores it once, with the
        scale of the name that comes first.

        Args:
            spec: A `TransformerSpec`.
            names: Names of the three in the checkpoint.
            sizes: Rows of each that are taken; the checkpoint may have one more.

        Raises:
            BadFile: A matrix is missing, of a wrong shape, or not a number.
        """
        ends = (spec.encoder.embeddings[0], spec.decoder.embeddings, spec.decoder.projection)
        first_by_name = (1, 2, 0)
        taken: dict[str, Array] = {}
        for index in first_by_name:
            name = names[index]
            if name in taken:
                ends[index].weight = taken[name]
                continue
            matrix = self._matrix({name: self.tensor(name, None)}, sizes[index])
            taken[name] = matrix.values
            _set(ends[index], matrix)

    def positions(self, side: Any, table: Float32) -> None:
        """Sets the position encodings of the encoder or decoder."""
        side.position_encodings.encodings = store_vector(table, self._quantization)

    def norm(self, norm: Any, name: str) -> None:
        """Sets the weights of a layer norm.

        Raises:
            BadFile: A weight is missing, of a wrong shape, or not a number.
        """
        norm.gamma = self.vector(f"{name}.weight", (self._width,))
        norm.beta = self.vector(f"{name}.bias", (self._width,))

    def stored(self, names: Sequence[str]) -> str:
        """The first of these names that the checkpoint has; the first of all if it has none."""
        return next((name for name in names if name in self._checkpoint), names[0])

    def vector(self, name: str, shape: tuple[int, ...]) -> Array:
        """A weight that is no matrix, such as a bias.

        Raises:
            BadFile: It is missing, of another shape, or holds what is not a number.
        """
        tensor = self.tensor(name, shape)
        return store_vector(self._block(name, tensor), self._quantization)

    def tensor(self, name: str, shape: tuple[int, ...] | None) -> Array:
        """One tensor as the checkpoint has it. None asks for any matrix of vectors of the width.

        Raises:
            BadFile: It is missing, of another shape, or not of floating-point numbers.
        """
        try:
            tensor = self._checkpoint[name]
        except KeyError:
            raise BadFile(
                f"{self.origin} lacks the weight {name}.", hint="Fetch the model again."
            ) from None
        fits = tensor.shape == shape if shape else tensor.shape[1:] == (self._width,)
        if not fits or not tensor.size or tensor.dtype.kind != "f":
            wanted = list(shape) if shape else f"matrix of width {self._width}"
            raise BadFile(
                f"{self.origin}: {name} is {tensor.dtype} {list(tensor.shape)}, "
                f"not a floating-point {wanted}.",
                hint="config.json and the weights do not belong together.",
            )
        return tensor

    def _layer(self, layer: Any, name: str) -> None:
        attention, width = layer.self_attention, self._width
        self._attention(attention.linear[0], f"{name}.self_attn", ("q_proj", "k_proj", "v_proj"))
        self._attention(attention.linear[1], f"{name}.self_attn", ("out_proj",))
        self.norm(attention.layer_norm, f"{name}.self_attn_layer_norm")
        inner = len(self.tensor(f"{name}.fc1.weight", None))
        self._linear(layer.ffn.linear_0, [f"{name}.fc1"], (inner, width))
        self._linear(layer.ffn.linear_1, [f"{name}.fc2"], (width, inner))
        self.norm(layer.ffn.layer_norm, f"{name}.final_layer_norm")

    def _cross_attention(self, attention: Any, name: str) -> None:
        self._attention(attention.linear[0], name, ("q_proj",))
        self._attention(attention.linear[1], name, ("k_proj", "v_proj"))
        self._attention(attention.linear[2], name, ("out_proj",))
        self.norm(attention.layer_norm, f"{name}_layer_norm")

    def _attention(self, linear: Any, prefix: str, parts: tuple[str, ...]) -> None:
        self._linear(linear, [f"{prefix}.{part}" for part in parts], (self._width, self._width))

    def _linear(self, linear: Any, names: Sequence[str], shape: tuple[int, int]) -> None:
        """One linear layer of several that read the same input, stacked by output."""
        tensors = {f"{name}.weight": self.tensor(f"{name}.weight", shape) for name in names}
        _set(linear, self._matrix(tensors, shape[0]))
        linear.bias = np.concatenate([self.vector(f"{name}.bias", shape[:1]) for name in names])

    def _matrix(self, tensors: Mapping[str, Array], rows: int) -> Matrix:
        """The first rows of several matrices, stacked."""
        columns = max(tensor.shape[1] for tensor in tensors.values())
        step = max(1, _BLOCK // columns)

        def blocks() -> Iterable[Float32]:
            for name, tensor in tensors.items():
                for start in range(0, rows, step):
                    yield self._block(name, tensor[start : min(start + step, rows)])

        return quantize_matrix(blocks, (rows * len(tensors), columns), self._quantization)

    def _block(self, name: str, numbers: Array) -> Float32:
        block = numbers.astype(np.float32)
        self._checkpoint.release()
        if not np.isfinite(block).all():
            raise BadFile(f"{self.origin}: {name} holds values that are not finite numbers.")
        return block


def _set(layer: Any, matrix: Matrix) -> None:
    layer.weight = matrix.values
    if matrix.scale is not None:
        layer.weight_scale = matrix.scale


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
