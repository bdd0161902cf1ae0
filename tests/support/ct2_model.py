"""Reads CTranslate2's `model.bin`, so that two conversions can be compared weight by weight.

Layout as written by `ctranslate2.specs.ModelSpec._serialize`, binary version 6.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

_DTYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")


def read_variables(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Every variable by name; an alias is the variable that it stands for."""
    data = path.read_bytes()
    place = 0

    def take(form: str) -> int:
        nonlocal place
        (value,) = struct.unpack_from(form, data, place)
        place += struct.calcsize(form)
        return int(value)

    def string() -> str:
        nonlocal place
        length = take("<H")
        text = data[place : place + length - 1].decode()
        place += length
        return text

    assert take("<I") == 6
    string()
    take("<I")
    variables: dict[str, npt.NDArray[np.generic]] = {}
    for _ in range(take("<I")):
        name = string()
        shape = [take("<I") for _ in range(take("<B"))]
        dtype = np.dtype(_DTYPES[take("<B")])
        size = take("<I")
        variables[name] = np.frombuffer(data[place : place + size], dtype).reshape(shape)
        place += size
    for _ in range(take("<I")):
        alias = string()
        variables[alias] = variables[string()]
    assert place == len(data)
    return variables
