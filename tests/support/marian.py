"""Small Marian models in Hugging Face format, made of random numbers, for tests.

They borrow the starter's SentencePiece models, so that real text can be tokenized.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "STARTER", "Array", "tensors_of", "write_folder"]

Array = npt.NDArray[np.float32]

STARTER: Final = Path(__file__).parents[2] / "starter/en-fr"

# What distinguishes each kind of checkpoint that we promise to read.
KINDS: Final[dict[str, dict[str, Any]]] = {
    "shared": {},
    "separate": {"share_encoder_decoder_embeddings": False},
    "untied": {"tie_word_embeddings": False},
    "separate-untied": {"share_encoder_decoder_embeddings": False, "tie_word_embeddings": False},
    "multi-target": {},
}
_TARGET_LANGUAGES: Final = (">>fra<<", ">>deu<<", ">>cmn_Hans<<")


def write_folder(folder: Path, kind: str = "shared", **changes: Any) -> dict[str, Any]:
    """Writes everything but the weights, and returns the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    separate = kind.startswith("separate")
    pieces = list(json.loads((STARTER / "vocab.json").read_text()))[:-1]
    source = [*pieces, *(_TARGET_LANGUAGES if kind == "multi-target" else ()), "<pad>"]
    # The two are of one size, as in all converted Marian models, but of another order: mixing
    # them up would show.
    target = [*pieces[:2], *reversed(pieces[2:]), "<pad>"] if separate else source
    config: dict[str, Any] = {
        "model_type": "marian",
        "architectures": ["MarianMTModel"],
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 1,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 40,
        "vocab_size": len(source),
        "decoder_vocab_size": len(target),
        "max_position_embeddings": 64,
        "activation_function": "swish",
        "scale_embedding": True,
        "static_position_embeddings": True,
        "share_encoder_decoder_embeddings": True,
        "tie_word_embeddings": True,
        "eos_token_id": 0,
        "forced_eos_token_id": 0,
        "pad_token_id": len(source) - 1,
        "decoder_start_token_id": len(target) - 1,
        **KINDS[kind],
        **changes,
    }
    tokenizer = {
        "source_lang": "eng",
        "target_lang": "mul" if kind == "multi-target" else "fra",
        "separate_vocabs": separate,
        "tokenizer_class": "MarianTokenizer",
    }
    _write_json(folder / "config.json", config)
    _write_json(folder / "tokenizer_config.json", tokenizer)
    _write_json(folder / "vocab.json", {token: i for i, token in enumerate(source)})
    if separate:
        _write_json(folder / "target_vocab.json", {token: i for i, token in enumerate(target)})
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(STARTER / name, folder / name)
    return config


def tensors_of(config: dict[str, Any], seed: int = 0) -> dict[str, Array]:
    """Random weights for a configuration, by their names in the Hugging Face format."""
    random = np.random.default_rng(seed)
    return {name: _values(name, shape, random) for name, shape in sorted(_shapes(config).items())}


def _values(name: str, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    values = random.normal(0, 0.3, shape).astype(np.float32)
    if name.endswith("layer_norm.weight"):
        values += 1
    if name.endswith(("shared.weight", "embed_tokens.weight")):
        values[-1] = 0
    return values


def _shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    width, rows = config["d_model"], config["decoder_vocab_size"]
    shapes: dict[str, tuple[int, ...]] = {"final_logits_bias": (1, rows)}
    if config["share_encoder_decoder_embeddings"] and config["tie_word_embeddings"]:
        shapes["model.shared.weight"] = (rows, width)
    else:
        shapes["model.encoder.embed_tokens.weight"] = (config["vocab_size"], width)
        shapes["model.decoder.embed_tokens.weight"] = (rows, width)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (rows, width)
    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "encoder"])):
        inner = config[f"{side}_ffn_dim"]
        for index in range(config[f"{side}_layers"]):
            layer = f"model.{side}.layers.{index}"
            linears = {
                f"{layer}.{attention}_attn.{part}_proj": (width, width)
                for attention in attentions
                for part in ("q", "k", "v", "out")
            } | {f"{layer}.fc1": (inner, width), f"{layer}.fc2": (width, inner)}
            norms = [*(f"{attention}_attn_layer_norm" for attention in attentions)]
            for name, shape in linears.items():
                shapes[f"{name}.weight"], shapes[f"{name}.bias"] = shape, shape[:1]
            for name in [*norms, "final_layer_norm"]:
                shapes[f"{layer}.{name}.weight"] = shapes[f"{layer}.{name}.bias"] = (width,)
    return shapes


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
