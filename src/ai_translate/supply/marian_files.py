"""The small files of a Marian model in Hugging Face format: configuration and vocabularies.

Everything is validated here, so that the converter may trust what it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, StrictBool

from ai_translate.artifact import hash_file
from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.small_files import (
    TransformerConfig,
    read_json,
    read_vocabulary,
    validated,
)

__all__ = ["MarianConfig", "MarianFiles"]

_PAD: Final = "<pad>"
_REQUIRED_TOKENS: Final = ("</s>", "<unk>")


class MarianConfig(TransformerConfig):
    """What the converter needs of `config.json`; defaults are those of the format.

    A field with one allowed value is a promise that the mapping of weights relies on.
    """

    model_type: Literal["marian"]
    decoder_vocab_size: int | None = None
    max_position_embeddings: int = Field(512, ge=2, le=16_384)
    activation_function: Literal["swish", "silu", "relu", "gelu"] = "swish"
    # Strict, so that it says the same to `needed_files`.
    share_encoder_decoder_embeddings: StrictBool = True
    tie_word_embeddings: bool = True
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
        folder: Where it is.
        config: What its `config.json` says.
        tokenizers: Files that the engine needs to turn text into tokens and back.
        source_tokens: Source vocabulary in order of id, without the final `<pad>`.
        target_tokens: Target vocabulary likewise; the same object when shared.
        source_language: What the tokenizer's configuration says, or nothing.
        target_language: The same for the target.
    """

    folder: Path
    config: MarianConfig
    tokenizers: tuple[str, ...]
    source_tokens: list[str]
    target_tokens: list[str]
    source_language: str
    target_language: str

    @classmethod
    def read(cls, folder: Path, raw: dict[str, Any]) -> Self:
        """Reads and checks the folder's configuration and vocabularies.

        Args:
            folder: The model.
            raw: Its parsed `config.json`.

        Raises:
            BadFile: A file is missing, malformed, or contradicts another.
            UnsupportedModel: The model is of a kind that we do not convert.
        """
        config = validated(MarianConfig, raw, folder / "config.json")
        tokenizer = read_json(folder / "tokenizer_config.json", optional=True)
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
        tokenizers = ("source.spm", "target.spm")
        for name in tokenizers:
            hash_file(folder / name)
        return cls(
            folder,
            config,
            tokenizers,
            source,
            target,
            _text(tokenizer.get("source_lang")),
            _text(tokenizer.get("target_lang")),
        )


def _tokens(path: Path, size: int, config: MarianConfig) -> list[str]:
    """The vocabulary in order of id, checked, with the final `<pad>` taken off.

    Marian starts its decoder from a zero embedding. The Hugging Face format plays that with a
    `<pad>` in the last row, whose embedding is zero; CTranslate2 has a switch of its own, so the
    row goes, and with it the chance that `<pad>` is ever generated.
    """
    tokens = read_vocabulary(path, size)
    if tokens[-1] != _PAD or not config.pad_token_id == config.decoder_start_token_id == size - 1:
        raise UnsupportedModel(
            f"{path}: {_PAD} is not the last token, from which the decoder starts.",
            hint="We convert Marian checkpoints where it is.",
        )
    for token in _REQUIRED_TOKENS:
        if token not in tokens:
            raise BadFile(f"{path} lacks the token {token}.", hint="Fetch the model again.")
    if tokens.index("</s>") != config.eos_token_id:
        raise BadFile(f"{path}: </s> is not token {config.eos_token_id}, as config.json says.")
    return tokens[:-1]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
