"""Quantization block by block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from ctranslate2.specs.common_spec import LinearSpec

from ai_translate.artifact import QUANTIZATIONS
from ai_translate.supply.quantize import Float32, quantize_matrix, store_vector

ROWS, COLUMNS = 37, 12


def matrix() -> Float32:
    """Rows of many sizes: of ordinary weights, of nothing, and at the ends of float32."""
    values = np.random.default_rng(5).normal(0, 0.1, (ROWS, COLUMNS)).astype(np.float32)
    values[3] = 0
    values[4] *= np.float32(1e-44)
    values[5] = np.float32(1e-38)
    values[6, 0] = -30_000
    return values


@pytest.mark.parametrize("block", [1, 5, ROWS, 100])
@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_blocks_give_what_ctranslate2_makes_of_the_whole(quantization: Any, block: int) -> None:
    """Bit for bit, however many rows are taken at once."""
    whole = LinearSpec()
    whole.weight, whole.bias = matrix(), np.ones(ROWS, np.float32)
    whole.validate()
    whole.optimize(quantization)

    def blocks() -> Iterable[Float32]:
        return (matrix()[start : start + block] for start in range(0, ROWS, block))

    found = quantize_matrix(blocks, (ROWS, COLUMNS), quantization)
    expected = whole.weight.numpy()
    assert found.values.dtype == expected.dtype
    assert np.array_equal(found.values, expected)
    if found.scale is None:
        assert whole.weight_scale == "__optional"
    else:
        assert np.array_equal(found.scale, whole.weight_scale.numpy())
        assert np.asarray(found.scale).dtype == np.float32
    bias = store_vector(np.ones(ROWS, np.float32), quantization)
    assert bias.dtype == whole.bias.numpy().dtype


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_nothing_but_zeros_stays_so(quantization: Any) -> None:
    """A matrix without any size has a scale that is a number."""
    found = quantize_matrix(lambda: [np.zeros((3, 4), np.float32)], (3, 4), quantization)
    assert not found.values.any()
    assert found.scale is None or np.isfinite(found.scale).all()
