"""Reads the small files of a model: JSON, and what is common to the configurations.

They come from strangers: whatever their bytes are, reading gives a checked value or an error of
ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_translate.artifact import hash_file
from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.needed import SUPPORTED

__all__ = ["TransformerConfig", "read_json", "read_vocabulary", "validated"]

_MAX_JSON_BYTES: Final = 64_000_000
MAX_VOCABULARY: Final = 4_000_000

Config = TypeVar("Config", bound="TransformerConfig")


class TransformerConfig(BaseModel):
    """What the configurations of all kinds that we convert have in common."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    d_model: int = Field(ge=2, le=65536)
    encoder_layers: int = Field(ge=1, le=256)
    decoder_layers: int = Field(ge=1, le=256)
    encoder_attention_heads: int = Field(ge=1, le=1024)
    decoder_attention_heads: int = Field(ge=1, le=1024)
    vocab_size: int = Field(ge=3, le=MAX_VOCABULARY)
    scale_embedding: bool = True
    decoder_start_token_id: int
    pad_token_id: int
    eos_token_id: int


def validated(model: type[Config], raw: dict[str, Any], path: Path) -> Config:
    """A configuration of one kind.

    Args:
        model: What it must fit.
        raw: The parsed `config.json`.
        path: Where it is from.

    Raises:
        UnsupportedModel: A field has a value that the mapping of weights does not know.
    """
    try:
        config = model.model_validate(raw)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise UnsupportedModel(
            f"{path}: {field}: {problem['msg']}.", hint=f"We convert {SUPPORTED}."
        ) from error
    for heads in (config.encoder_attention_heads, config.decoder_attention_heads):
        if config.d_model % heads:
            raise UnsupportedModel(
                f"{path}: d_model {config.d_model} does not divide among {heads} heads.",
                hint=f"We convert {SUPPORTED}.",
            )
    return config


def read_json(path: Path, *, optional: bool = False) -> dict[str, Any]:
    """The JSON object in a file; empty if the file is optional and missing.

    Raises:
        BadFile: It is missing, a link, too large, or holds something else.
    """
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


def read_vocabulary(path: Path, size: int | None = None) -> list[str]:
    """The tokens of a `vocab.json` in order of their numbers.

    Args:
        path: The file: a JSON object of a number for each token.
        size: How many there must be; by default as many as there are.

    Raises:
        BadFile: The file is no such object, or the numbers do not run from 0 without a gap.
    """
    vocabulary = read_json(path)
    size = len(vocabulary) if size is None else size
    ids = vocabulary.values()
    if any(type(number) is not int for number in ids) or sorted(ids) != list(range(size)):
        raise BadFile(
            f"{path} does not number {size} tokens from 0 to {size - 1}.",
            hint="Its size must be the vocabulary size in config.json.",
        )
    for token in vocabulary:
        if not token.isascii() and any("\ud800" <= character <= "\udfff" for character in token):
            raise BadFile(f"{path} has a token that is not text: {ascii(token)[:60]}.")
    return sorted(vocabulary, key=vocabulary.__getitem__)
