"""The mapped file that a checkpoint's tensors lie on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from ai_translate.supply.checkpoint import read_checkpoint

_MEGABYTES = 64


def resident_file_pages() -> int:
    """Bytes of mapped files, on a disk or in memory, that count as this process's memory."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return sum(int(fields[name].split()[0]) for name in ("RssFile", "RssShmem")) * 1024


def test_released_memory_is_given_back_and_read_again(tmp_path: Path) -> None:
    """After a release the pages that were read count no more, and arrays are what they were."""
    values = np.arange(_MEGABYTES * 2**18, dtype=np.float32)
    save_file({"w": values}, tmp_path / "model.safetensors")
    with read_checkpoint(tmp_path) as checkpoint:
        weight = checkpoint["w"]
        assert np.array_equal(weight, values)
        before = resident_file_pages()
        checkpoint.release()
        assert resident_file_pages() < before - _MEGABYTES * 2**19
        assert np.array_equal(weight, values)
    checkpoint.release()
    assert np.array_equal(weight, values)
