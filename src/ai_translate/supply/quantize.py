"""Stores weights in fewer bits, block by block, as CTranslate2 would store them whole.

The results are bit for bit those of `LayerSpec.optimize`, which holds every weight in float32
first, and the largest three times at once: see `benchmarks/conversion.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ai_translate.artifact import Quantization

__all__ = ["Array", "Float32", "Matrix", "quantize_matrix", "store_vector"]

Array = npt.NDArray[np.generic]
Float32 = npt.NDArray[np.float32]

_MATRIX_TYPES: Final[dict[Quantization, type[np.generic]]] = {
    "int8": np.int8,
    "int8_float32": np.int8,
    "int16": np.int16,
    "float16": np.float16,
    "float32": np.float32,
}
# 16-bit weights keep ten bits, so that a product has 20 and 12 are left to add up in.
_INT16_LARGEST: Final = 2**10
_INT8_LARGEST: Final = np.float32(127)
# Of a smaller row the scale would be infinite.
_LEAST: Final = _INT8_LARGEST / np.finfo(np.float32).max


@dataclass(frozen=True, slots=True)
class Matrix:
    """A stored matrix, (rows, columns), and what its rows were multiplied by, if by anything.

    The scale is one for each row (int8), one for all (int16), or none.
    """

    values: Array
    scale: Float32 | np.float32 | None


def quantize_matrix(
    blocks: Callable[[], Iterable[Float32]], shape: tuple[int, int], quantization: Quantization
) -> Matrix:
    """A matrix in the type of its quantization.

    Args:
        blocks: Gives its rows from the first to the last, some at a time, in arrays that may be
            overwritten; is called again where they are needed twice.
        shape: Rows and columns of them all.
        quantization: Type of the stored matrices.
    """
    values = np.empty(shape, _MATRIX_TYPES[quantization])
    scale: Float32 | np.float32 | None = None
    if quantization == "int16":
        largest = max(np.abs(block).max(initial=np.float32(0)) for block in blocks())
        scale = np.float32(_INT16_LARGEST / largest) if largest else np.float32(1)
    elif quantization in {"int8", "int8_float32"}:
        scale = np.empty(shape[0], np.float32)
    start = 0
    for block in blocks():
        rows = slice(start, start + len(block))
        if isinstance(scale, np.ndarray):
            scale[rows] = _row_scales(block)
        if scale is not None:
            factor = scale[rows, np.newaxis] if isinstance(scale, np.ndarray) else scale
            np.multiply(block, factor, out=block)
            np.rint(block, out=block)
        values[rows] = block
        start = rows.stop
    return Matrix(values, scale)


def store_vector(vector: Float32, quantization: Quantization) -> Array:
    """Biases, norms and positions: never integers."""
    return vector.astype(np.float16) if quantization == "float16" else vector


def _row_scales(block: Float32) -> Float32:
    largest = np.abs(block).max(axis=1)
    largest[largest == 0] = _INT8_LARGEST
    scales: Float32 = _INT8_LARGEST / np.maximum(largest, _LEAST)
    return scales
