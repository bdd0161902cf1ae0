"""The small files of a Marian model in Hugging Face format: configuration and vocabularies.

Everything is validated here, so that the converter may trust what it is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_translate.artifact import hash_file
from ai_translate.errors import BadFile, UnsupportedModel

__all__ = ["SUPPORTED", "MarianConfig", "MarianFiles"]

SUPPORTED: Final = "Marian (OPUS-MT) checkpoints with shared or separate vocabularies"
_PAD: Final = "<pad>"
_MAX_JSON_BYTES: Final = 64_000_000
_REQUIRED_TOKENS: Final = ("</s>", "<unk>")


class MarianConfig(BaseModel):
    """What the converter needs of `config.json`; defaults are those of the format.

    A field with one allowed value is a promise that the mapping of weights relies on.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    model_type: Literal["marian"]
    d_model: int = Field(ge=2, le=65536)
    encoder_layers: int = Field(ge=1, le=256)
    decoder_layers: int = Field(ge=1, le=256)
    encoder_attention_heads: int = Field(ge=1, le=1024)
    decoder_attention_heads: int = Field(ge=1, le=1024)
    vocab_size: int = Field(ge=3)
    decoder_vocab_size: int | None = None
    max_position_embeddings: int = Field(512, ge=2, le=1_000_000)
    activation_function: Literal["swish", "silu", "relu", "gelu"] = "swish"
    scale_embedding: bool = True
    share_encoder_decoder_embeddings: bool = True
    tie_word_embeddings: bool = True
    decoder_start_token_id: int
    pad_token_id: int
    eos_token_id: int
    normalize_before: Literal[False] = False
    normalize_embedding: Literal[False] = False
    static_position_embeddings: Literal[True] = True
    add_final_layer_norm: Literal[False] = False

    @property
    def target_vocab_size(self) -> int:
        """Rows of the target embedding, `<pad>` included."""
        if self.share_encoder_decoder_embeddings or self.decoder_vocab_size is None:
            return self.vocab_size
        return self.decoder_vocab_size


@dataclass(frozen=True, slots=True)
class MarianFiles:
    """A Marian model's folder, read and checked.

    Attributes:
        source_tokens: Source vocabulary in order of id, without the final `<pad>`.
        target_tokens: Target vocabulary likewise; the same object when shared.
    """

    folder: Path
    config: MarianConfig
    source_tokens: list[str]
    target_tokens: list[str]
    source_language: str
    target_language: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads and checks the folder's configuration and vocabularies.

        Raises:
            BadFile: A file is missing, malformed, or contradicts another.
            UnsupportedModel: The model is of a kind that we do not convert.
        """
        raw = _read_json(folder / "config.json")
        model_type = raw.get("model_type")
        if model_type != "marian":
            raise UnsupportedModel(
                f"{folder / 'config.json'} is of type {model_type!r}.",
                hint=f"We convert {SUPPORTED}.",
            )
        try:
            config = MarianConfig.model_validate(raw)
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"])
            raise UnsupportedModel(
                f"{folder / 'config.json'}: {field}: {problem['msg']}.",
                hint=f"We convert {SUPPORTED}.",
            ) from error
        tokenizer = _read_json(folder / "tokenizer_config.json", optional=True)
        source = _tokens(folder / "vocab.json", config.vocab_size, config)
        separate = not config.share_encoder_decoder_embeddings
        if separate != bool(tokenizer.get("separate_vocabs", False)):
            raise UnsupportedModel(
                f"{folder}: config.json and tokenizer_config.json disagree on shared vocabularies.",
                hint="share_encoder_decoder_embeddings must be the opposite of separate_vocabs.",
            )
        target = source
        if separate:
            target = _tokens(folder / "target_vocab.json", config.target_vocab_size, config)
        for name in ("source.spm", "target.spm"):
            hash_file(folder / name)
        return cls(
            folder,
            config,
            source,
            target,
            _text(tokenizer.get("source_lang")),
            _text(tokenizer.get("target_lang")),
        )


def _read_json(path: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not path.exists() and not path.is_symlink():
        return {}
    if hash_file(path).size > _MAX_JSON_BYTES:
        raise BadFile(f"{path} is larger than {_MAX_JSON_BYTES} bytes.")
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON.", hint="Fetch the model again.") from error
    if not isinstance(value, dict):
        raise BadFile(f"{path} holds no JSON object.", hint="Fetch the model again.")
    return value


def _tokens(path: Path, size: int, config: MarianConfig) -> list[str]:
    """The vocabulary in order of id, checked, with the final `<pad>` taken off.

    Marian starts its decoder from a zero embedding. The Hugging Face format plays that with a
    `<pad>` in the last row, whose embedding is zero; CTranslate2 has a switch of its own, so the
    row goes, and with it the chance that `<pad>` is ever generated.
    """
    vocabulary = _read_json(path)
    ids = vocabulary.values()
    if any(type(number) is not int for number in ids) or sorted(ids) != list(range(size)):
        raise BadFile(
            f"{path} does not number {size} tokens from 0 to {size - 1}.",
            hint="Its size must be the vocabulary size in config.json.",
        )
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    if tokens[-1] != _PAD or not config.pad_token_id == config.decoder_start_token_id == size - 1:
        raise UnsupportedModel(
            f"{path}: {_PAD} is not the last token, from which the decoder starts.",
            hint=f"We convert {SUPPORTED}, where it is.",
        )
    for token in _REQUIRED_TOKENS:
        if token not in vocabulary:
            raise BadFile(f"{path} lacks the token {token}.", hint="Fetch the model again.")
    if vocabulary["</s>"] != config.eos_token_id:
        raise BadFile(f"{path}: </s> is not token {config.eos_token_id}, as config.json says.")
    return tokens[:-1]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
