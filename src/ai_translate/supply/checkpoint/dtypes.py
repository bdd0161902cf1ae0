"""The number types that checkpoints store, under the names that each format has for them.

Sources: the table `Dtype` of the safetensors format, and `torch/storage.py`, where
`_dtype_to_storage_type_map` pairs a storage class with its dtype. Types that numpy lacks
(eight-bit floats, quantized integers) and complex numbers are left out on purpose: no translation
model that we convert holds any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["BYTE", "SAFETENSORS_TYPES", "TORCH_STORAGES", "TORCH_TYPES", "Element"]


@dataclass(frozen=True, slots=True)
class Element:
    """One number type.

    Attributes:
        name: What torch calls it, such as `bfloat16`.
        stored: How numpy reads its bytes; always little-endian.
    """

    name: str
    stored: np.dtype[Any]

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self.stored.itemsize

    def widen(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The array as numpy can compute with it.

        A bfloat16 is the upper half of a float32 (the same sign, exponent and first seven bits of
        the mantissa), so it is widened exactly. Every other type comes back as it is.
        """
        if self.name != "bfloat16":
            return array
        bits = array.astype(np.uint32)
        bits <<= 16  # in place, because the plain operator would turn a 0-d array into a scalar
        return bits.view(np.float32)


# Name in safetensors, name in torch, torch's storage class without "Storage", numpy's code.
_TABLE: Final = (
    ("BOOL", "bool", "Bool", "|b1"),
    ("U8", "uint8", "Byte", "|u1"),
    ("I8", "int8", "Char", "|i1"),
    ("I16", "int16", "Short", "<i2"),
    ("U16", "uint16", "", "<u2"),
    ("F16", "float16", "Half", "<f2"),
    ("BF16", "bfloat16", "BFloat16", "<u2"),
    ("I32", "int32", "Int", "<i4"),
    ("U32", "uint32", "", "<u4"),
    ("F32", "float32", "Float", "<f4"),
    ("I64", "int64", "Long", "<i8"),
    ("U64", "uint64", "", "<u8"),
    ("F64", "float64", "Double", "<f8"),
)

TORCH_TYPES: Final = {name: Element(name, np.dtype(code)) for _, name, _, code in _TABLE}
SAFETENSORS_TYPES: Final = {key: TORCH_TYPES[name] for key, name, _, _ in _TABLE}
TORCH_STORAGES: Final = {f"{kind}Storage": TORCH_TYPES[name] for _, name, kind, _ in _TABLE if kind}
BYTE: Final = TORCH_TYPES["uint8"]
