"""Writes the fixtures beside this file with a real torch, which `make test` does not have.

    <environment with torch>/bin/python tests/unit/supply/data/make_fixtures.py

`zip.bin`, `protocol4.bin` and `legacy.bin` hold the same state dict in three forms, the last
without the types that are younger than its format. `expected.json` holds what torch itself reads
from the first: type, shape and values of each tensor.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

HERE = Path(__file__).parent


def state_dict() -> dict[str, torch.Tensor]:
    """One of everything: types, shapes, shared storages, views, and torch's own metadata."""
    torch.manual_seed(20240229)
    model = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.Linear(4, 5))
    model[1].weight = model[0].weight  # tied, as a Marian model's embeddings are
    tensors: dict[str, torch.Tensor] = (
        model.state_dict()
    )  # an OrderedDict with the attribute _metadata
    base = torch.randn(4, 6)
    tensors["transposed"] = base.t()
    tensors["window"] = base[1:3, 2:5]
    tensors["every second"] = base.flatten()[1::2]
    tensors["parameter"] = torch.nn.Parameter(torch.randn(3))
    tensors["scalar"] = torch.tensor(-2.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["bf16"] = torch.tensor([1.0, -0.0, 3.140625, float("inf"), 1e-40]).to(torch.bfloat16)
    tensors["bf16 scalar"] = torch.tensor(0.5, dtype=torch.bfloat16)
    for dtype in (torch.float16, torch.float64):
        tensors[str(dtype)] = torch.randn(2, 2).to(dtype)
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        tensors[str(dtype)] = torch.randint(0, 100, (3,)).to(dtype)
    for dtype in (torch.uint16, torch.uint32, torch.uint64):  # these have no storage class
        tensors[str(dtype)] = torch.randint(0, 100, (3,)).to(dtype)
    tensors["torch.bool"] = torch.tensor([True, False, True])
    return tensors


def main() -> None:
    """Writes all four files."""
    tensors = state_dict()
    torch.save(tensors, HERE / "zip.bin")
    torch.save(tensors, HERE / "protocol4.bin", pickle_protocol=4)
    for dtype in (torch.uint16, torch.uint32, torch.uint64):
        del tensors[str(dtype)]  # torch writes these into the old format, but cannot read them
    torch.save(tensors, HERE / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.load(HERE / "legacy.bin", weights_only=True)
    expected = {}
    for name, tensor in torch.load(HERE / "zip.bin", weights_only=True).items():
        wide = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
        expected[name] = {
            "dtype": str(wide.dtype).removeprefix("torch."),
            "shape": list(wide.shape),
            "values": wide.tolist(),
        }
    text = json.dumps(expected, indent=1)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
