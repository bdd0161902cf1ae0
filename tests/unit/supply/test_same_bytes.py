"""An artifact's digest is the same on every processor."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from ai_translate.artifact import QUANTIZATIONS
from support.marian import STARTER

CONVERT = """
import hashlib, sys, tempfile
from pathlib import Path
from ai_translate.artifact import QUANTIZATIONS
from ai_translate.supply.convert import convert
from ai_translate.supply.m2m100 import fairseq_positions
from ai_translate.supply.marian import marian_positions
for quantization in QUANTIZATIONS:
    with tempfile.TemporaryDirectory() as out:
        print(quantization, convert(Path(sys.argv[1]), Path(out), quantization=quantization).digest)
# Of OPUS-MT, its larger models, M2M100 and NLLB.
tables = [marian_positions(512, 512), marian_positions(1024, 1024)]
tables += [fairseq_positions(2, 1024, width) for width in (1024, 2048)]
for table in tables:
    print(table.shape, hashlib.sha256(table.tobytes()).hexdigest())
"""


def digests(**environment: str) -> list[str]:
    """Of the starter in every quantization, and of the position encodings of known models."""
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, str(STARTER)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def plain() -> list[str]:
    """The digests that this processor gives."""
    return digests()


def vector_sets() -> list[str]:
    """Instruction sets that numpy has code for and this processor has."""
    config: Any = np.show_config(mode="dicts")
    return list(config["SIMD Extensions"].get("found", []))


def test_vector_instructions_change_nothing(plain: list[str]) -> None:
    """Without those of numpy beyond its least, and with BLAS for an old processor."""
    least = digests(NPY_DISABLE_CPU_FEATURES=" ".join(vector_sets()), OPENBLAS_CORETYPE="Nehalem")
    assert least == plain
    assert len(plain) == len(QUANTIZATIONS) + 4


def test_the_variants_of_the_c_library_change_nothing(plain: list[str]) -> None:
    """Its sines and powers differ in their last bit without fused operations: no weight does.

    Where the processor has no variants to choose from, this says no more than that twice is once.
    """
    assert digests(GLIBC_TUNABLES="glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX512F") == plain


def test_threads_change_nothing(plain: list[str]) -> None:
    """However many of them libraries may use."""
    assert digests(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1") == plain
