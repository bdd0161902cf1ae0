"""The small files of an M2M100 or NLLB model in Hugging Face format.

Both are one architecture (`m2m_100`) and differ in how tokens are numbered. `<s>`, `<pad>`,
`</s>` and `<unk>` are 0 to 3 in both; then come the pieces, the languages, and rows that nothing
uses.

    M2M100    the pieces as `vocab.json` numbers them, `__en__` and the other languages
    NLLB      the pieces in SentencePiece's order, `eng_Latn` and the other languages, `<mask>`
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.fairseq_languages import M2M100_CODES, NLLB_CODES
from ai_translate.supply.needed import SENTENCEPIECE
from ai_translate.supply.sentencepieces import read_pieces
from ai_translate.supply.small_files import (
    TransformerConfig,
    read_json,
    read_vocabulary,
    validated,
)

__all__ = ["M2M100Config", "M2M100Files"]

_FIRST: Final = ["<s>", "<pad>", "</s>", "<unk>"]
_FIRST_PIECES: Final = ["<unk>", "<s>", "</s>"]
_MASK: Final = "<mask>"
_VOCABULARY: Final = "vocab.json"
_TOKENIZER: Final = "tokenizer_config.json"
# The published models have 2 and 8; padding to a multiple of 1,024 for some processor is seen.
_MOST_UNUSED: Final = 1024
_CLASSES: Final = {
    "M2M100": ("M2M100Tokenizer", "M2M100TokenizerFast"),
    "NLLB": ("NllbTokenizer", "NllbTokenizerFast"),
}


class M2M100Config(TransformerConfig):
    """What the converter needs of `config.json`; defaults are those of the format.

    A field with one allowed value is a promise that the mapping of weights relies on. The numbers
    of the special tokens are such: positions are counted from the padding token's.
    """

    model_type: Literal["m2m_100"]
    d_model: int = Field(1024, ge=4, le=65536)
    max_position_embeddings: int = Field(1024, ge=8, le=16_384)
    activation_function: Literal["swish", "silu", "relu", "gelu"] = "relu"
    tie_word_embeddings: Literal[True] = True
    decoder_start_token_id: Literal[2] = 2
    pad_token_id: Literal[1] = 1
    eos_token_id: Literal[2] = 2
    normalize_before: Literal[True] = True
    normalize_embedding: Literal[False] = False
    static_position_embeddings: Literal[True] = True
    add_final_layer_norm: Literal[True] = True


@dataclass(frozen=True, slots=True)
class M2M100Files:
    """An M2M100 or NLLB model's folder, read and checked.

    Attributes:
        folder: Where it is.
        config: What its `config.json` says.
        tokenizers: Files that the engine needs to turn text into tokens and back.
        source_tokens: The vocabulary in order of id.
        target_tokens: The same object.
        languages: The token of each language, by the model's code for it.
    """

    folder: Path
    config: M2M100Config
    tokenizers: tuple[str, ...]
    source_tokens: list[str]
    target_tokens: list[str]
    languages: dict[str, str]

    @classmethod
    def read(cls, folder: Path, raw: dict[str, Any]) -> Self:
        """Reads and checks the folder's configuration and vocabulary.

        Args:
            folder: The model.
            raw: Its parsed `config.json`.

        Raises:
            BadFile: A file is missing, malformed, or contradicts another.
            UnsupportedModel: The model is of a kind that we do not convert.
        """
        config = validated(M2M100Config, raw, folder / "config.json")
        tokenizer = read_json(folder / _TOKENIZER, optional=True)
        numbered = folder / _VOCABULARY
        own_numbers = numbered.exists() or numbered.is_symlink()
        _check_class(folder / _TOKENIZER, tokenizer, "M2M100" if own_numbers else "NLLB")
        pieces = read_pieces(folder / SENTENCEPIECE)
        if own_numbers:
            languages = _m2m100_languages(folder / _TOKENIZER, tokenizer)
            tokens = _m2m100_tokens(numbered, pieces) + list(languages.values())
        else:
            languages = {code: code for code in NLLB_CODES}
            tokens = [*_nllb_tokens(folder / SENTENCEPIECE, pieces), *NLLB_CODES, _MASK]
        _check_languages(folder / _TOKENIZER, tokenizer, list(languages.values()))
        unused = config.vocab_size - len(tokens)
        if not 0 <= unused <= _MOST_UNUSED:
            raise BadFile(
                f"{folder} has {len(tokens)} tokens, but config.json says {config.vocab_size}.",
                hint="Its vocabulary and config.json do not belong together.",
            )
        tokens += [f"madeupword{number}" for number in range(unused)]
        if len(set(tokens)) != len(tokens):
            raise BadFile(f"{folder} has a token twice.", hint="Fetch the model again.")
        return cls(folder, config, (SENTENCEPIECE,), tokens, tokens, languages)


def _check_class(path: Path, tokenizer: dict[str, Any], kind: str) -> None:
    """Refuses models that number or arrange tokens in a way of their own."""
    named = tokenizer.get("tokenizer_class", _CLASSES[kind][0])
    if named not in _CLASSES[kind]:
        raise UnsupportedModel(
            f"{path}: tokenizer_class is {str(named)[:60]!r}, which is not that of {kind}.",
            hint=f"A model with {_VOCABULARY} is read as M2M100, one without it as NLLB.",
        )
    if tokenizer.get("legacy_behaviour", False) is not False:
        raise UnsupportedModel(
            f"{path}: legacy_behaviour puts the language after the sentence.",
            hint="We convert models that have it before the sentence, as NLLB was trained.",
        )


def _check_languages(path: Path, tokenizer: dict[str, Any], known: list[str]) -> None:
    """Holds the language tokens that a tokenizer lists against those that its kind has.

    The order makes their numbers. More tokens than these do no harm: they come after them.
    """
    for field in ("additional_special_tokens", "extra_special_tokens"):
        listed = tokenizer.get(field)
        if not isinstance(listed, list) or not listed:
            continue
        names = [entry.get("content") if isinstance(entry, dict) else entry for entry in listed]
        if [name for name in names if name in known] != known:
            raise UnsupportedModel(
                f"{path}: {field} has other languages than the {len(known)} of its kind.",
                hint="Models with languages of their own are not converted.",
            )


def _m2m100_languages(path: Path, tokenizer: dict[str, Any]) -> dict[str, str]:
    codes = tokenizer.get("language_codes", "m2m100")
    if not isinstance(codes, str) or codes not in M2M100_CODES:
        raise UnsupportedModel(
            f"{path}: language_codes is {str(codes)[:60]!r}.",
            hint=f"We know {' and '.join(M2M100_CODES)}.",
        )
    return {code: f"__{code}__" for code in M2M100_CODES[codes]}


def _m2m100_tokens(path: Path, pieces: list[str]) -> list[str]:
    tokens = read_vocabulary(path)
    if tokens[: len(_FIRST)] != _FIRST:
        raise BadFile(f"{path} does not begin with {', '.join(_FIRST)}.")
    common = len(set(pieces).intersection(tokens))
    if 2 * common < max(len(tokens), len(pieces)):
        raise BadFile(
            f"{path} has {len(tokens)} tokens and {SENTENCEPIECE} {len(pieces)}, but only {common} "
            "are in both.",
            hint="The two do not belong together.",
        )
    return tokens


def _nllb_tokens(path: Path, pieces: list[str]) -> list[str]:
    if pieces[: len(_FIRST_PIECES)] != _FIRST_PIECES:
        raise BadFile(f"{path} does not begin with {', '.join(_FIRST_PIECES)}, as NLLB's does.")
    return _FIRST + pieces[len(_FIRST_PIECES) :]
