"""A model of opus-mt's size whose weights are random: what it costs is real, what it says is not.

The shape is that of the OPUS-MT models (512 wide, 6 + 6 layers, 8 heads, 2,048 in the middle,
65,000 pieces, 512 positions), written in Hugging Face format and then locked and stored like any
other model. Its end token can never win, so every sentence is decoded for exactly as many steps as
the caller's `max_length` says: the work does not depend on what the weights happen to be.
"""

from __future__ import annotations

import itertools
import json
import shutil
import string
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from ai_translate.supply.adding import add_folder
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.store import Store

__all__ = ["NAME", "make"]

NAME: Final = "random-opus"
_WIDTH: Final = 512
_LAYERS: Final = 6
_HEADS: Final = 8
_FFN: Final = 2048
_PIECES: Final = 65_000
_POSITIONS: Final = 512
_STD: Final = 0.05
# Far below every logit, and within float16.
_NEVER: Final = -1e4

Weights = dict[str, npt.NDArray[np.float16]]


def make(project: Path, starter: Path, *, seed: int = 1) -> LockedModel:
    """Writes the model below `project`, and `models.lock` and `.models` beside it.

    Args:
        project: An empty folder.
        starter: The starter model, whose tokenizer it borrows.
        seed: Where the random numbers begin.
    """
    folder = project / NAME
    folder.mkdir()
    end = _write_vocabulary(folder, starter)
    (folder / "config.json").write_text(json.dumps(_config(end), indent=1))
    save_file(_weights(np.random.default_rng(seed), end), folder / "model.safetensors")
    return add_folder(
        project / "models.lock",
        Store(project / ".models"),
        folder,
        name=NAME,
        recipe=Recipe(licence="CC0-1.0"),
    )


def _write_vocabulary(folder: Path, starter: Path) -> int:
    """The starter's pieces, then invented words of letters; the number of the end token."""
    for name in ("source.spm", "target.spm", "tokenizer_config.json"):
        shutil.copyfile(starter / name, folder / name)
    vocabulary: dict[str, int] = json.loads((starter / "vocab.json").read_text(encoding="utf-8"))
    vocabulary.pop("<pad>")
    invented = ("▁" + "".join(word) for word in itertools.product(string.ascii_lowercase, repeat=4))
    for word in invented:
        if len(vocabulary) == _PIECES:
            break
        vocabulary.setdefault(word, len(vocabulary))
    vocabulary["<pad>"] = _PIECES
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    return vocabulary["</s>"]


def _config(end: int) -> dict[str, Any]:
    return {
        "model_type": "marian",
        "architectures": ["MarianMTModel"],
        "d_model": _WIDTH,
        "encoder_layers": _LAYERS,
        "decoder_layers": _LAYERS,
        "encoder_attention_heads": _HEADS,
        "decoder_attention_heads": _HEADS,
        "encoder_ffn_dim": _FFN,
        "decoder_ffn_dim": _FFN,
        "vocab_size": _PIECES + 1,
        "decoder_vocab_size": _PIECES + 1,
        "max_position_embeddings": _POSITIONS,
        "activation_function": "swish",
        "scale_embedding": True,
        "share_encoder_decoder_embeddings": True,
        "tie_word_embeddings": True,
        "static_position_embeddings": True,
        "decoder_start_token_id": _PIECES,
        "pad_token_id": _PIECES,
        "eos_token_id": end,
    }


def _weights(source: np.random.Generator, end: int) -> Weights:
    def random(*shape: int) -> npt.NDArray[np.float16]:
        return (_STD * source.standard_normal(shape, np.float32)).astype(np.float16)

    shared = random(_PIECES + 1, _WIDTH)
    shared[_PIECES] = 0
    bias = np.zeros((1, _PIECES + 1), np.float16)
    bias[0, end] = _NEVER
    weights: Weights = {"model.shared.weight": shared, "final_logits_bias": bias}

    def linear(name: str, rows: int, columns: int) -> None:
        weights[f"{name}.weight"] = random(rows, columns)
        weights[f"{name}.bias"] = random(rows)

    def norm(name: str) -> None:
        weights[f"{name}.weight"] = np.ones(_WIDTH, np.float16)
        weights[f"{name}.bias"] = np.zeros(_WIDTH, np.float16)

    for side, index in itertools.product(("encoder", "decoder"), range(_LAYERS)):
        layer = f"model.{side}.layers.{index}"
        for attention in ("self_attn", "encoder_attn")[: 1 + (side == "decoder")]:
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                linear(f"{layer}.{attention}.{part}", _WIDTH, _WIDTH)
            norm(f"{layer}.{attention}_layer_norm")
        linear(f"{layer}.fc1", _FFN, _WIDTH)
        linear(f"{layer}.fc2", _WIDTH, _FFN)
        norm(f"{layer}.final_layer_norm")
    return weights
