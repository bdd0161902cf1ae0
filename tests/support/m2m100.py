"""Small M2M100 and NLLB models in Hugging Face format, made of random numbers, for tests."""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import sentencepiece

__all__ = ["KINDS", "PIECES", "Array", "tensors_of", "write_folder"]

Array = npt.NDArray[np.float32]

# How many languages each kind has, and rows that nothing uses.
KINDS: Final = {"m2m100": (100, 8), "wmt21": (8, 8), "nllb": (202, 2)}
PIECES: Final = 300
_SENTENCES: Final = Path(__file__).parents[1] / "data/sentences.en.txt"


@functools.cache
def tokenizer_bytes() -> bytes:
    """A SentencePiece model of the kind and numbering that the published models have."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(_SENTENCES.read_text(encoding="utf-8").splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=PIECES,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def write_folder(folder: Path, kind: str = "m2m100", **changes: Any) -> dict[str, Any]:
    """Writes everything but the weights, and returns the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    languages, unused = KINDS[kind]
    (folder / "sentencepiece.bpe.model").write_bytes(tokenizer_bytes())
    # <s>, <pad>, </s> and <unk>, and the pieces without the three of them that SentencePiece has.
    tokens = 4 + PIECES - 3
    tokenizer: dict[str, Any] = {"tokenizer_class": "NllbTokenizer"}
    if kind == "nllb":
        tokens += 1
    else:
        tokenizer = {"tokenizer_class": "M2M100Tokenizer", "language_codes": kind}
        _write_json(folder / "vocab.json", {token: i for i, token in enumerate(_numbered())})
    config: dict[str, Any] = {
        "model_type": "m2m_100",
        "architectures": ["M2M100ForConditionalGeneration"],
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 1,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 40,
        "vocab_size": tokens + languages + unused,
        "max_position_embeddings": 64,
        "activation_function": "relu",
        "scale_embedding": True,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "pad_token_id": 1,
        "eos_token_id": 2,
        "decoder_start_token_id": 2,
        **changes,
    }
    _write_json(folder / "config.json", config)
    _write_json(folder / "tokenizer_config.json", tokenizer)
    return config


def tensors_of(config: dict[str, Any], seed: int = 0) -> dict[str, Array]:
    """Random weights for a configuration, by their names in the Hugging Face format."""
    random = np.random.default_rng(seed)
    return {name: _values(name, shape, random) for name, shape in sorted(_shapes(config).items())}


def _numbered() -> list[str]:
    """The pieces in another order than SentencePiece's: mixing up the two would show."""
    model = sentencepiece.SentencePieceProcessor(model_proto=tokenizer_bytes())
    pieces: list[str] = model.id_to_piece(list(range(len(model))))
    return ["<s>", "<pad>", "</s>", "<unk>", *reversed(pieces[3:])]


def _values(name: str, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    values = random.normal(0, 0.3, shape).astype(np.float32)
    if name.endswith("layer_norm.weight"):
        values += 1
    return values


def _shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    width = config["d_model"]
    shapes: dict[str, tuple[int, ...]] = {"model.shared.weight": (config["vocab_size"], width)}

    def norm(name: str) -> None:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (width,)

    def linear(name: str, rows: int, columns: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (rows, columns), (rows,)

    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "encoder"])):
        norm(f"model.{side}.layer_norm")
        inner = config[f"{side}_ffn_dim"]
        for index in range(config[f"{side}_layers"]):
            layer = f"model.{side}.layers.{index}"
            for attention in attentions:
                for part in ("q", "k", "v", "out"):
                    linear(f"{layer}.{attention}_attn.{part}_proj", width, width)
                norm(f"{layer}.{attention}_attn_layer_norm")
            linear(f"{layer}.fc1", inner, width)
            linear(f"{layer}.fc2", width, inner)
            norm(f"{layer}.final_layer_norm")
    return shapes


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
