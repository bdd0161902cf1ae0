"""Sentences to tokens and back, with SentencePiece, as Marian models were trained."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import sentencepiece

from ai_translate.errors import BadFile

__all__ = ["Part", "Tokenizer"]

_END: Final = "</s>"
# SentencePiece trains no piece longer than 16 characters by default, so a text with more
# characters than this for each allowed token is too long without counting.
_MOST_CHARACTERS_PER_TOKEN: Final = 17

_LONGEST_CLUSTER: Final = 16

# Where a text that is too long may be broken: the earlier, the better.
_BREAKS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"[.!?…。！？؟।][\"'»”’)\]]*\s+",
        r"[;:；：]\s+|\s+[–—-]\s+",
        r"[,،、，]\s*(?!\d)",
        r"\s+",
    )
)


class Part(NamedTuple):
    """A stretch of a sentence that fits the model, and the white space that stood after it."""

    text: str
    tokens: tuple[str, ...]
    space: str


class Tokenizer:
    """The source and target tokenizers of one model.

    Args:
        folder: Where `source.spm` and `target.spm` are.
        limit: Longest sequence that the model takes, in tokens, the end token counted.

    Raises:
        BadFile: A tokenizer cannot be read.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._source = _load(folder / "source.spm")
        self._target = _load(folder / "target.spm")
        self._limit = limit

    def encode(self, sentence: str, prefix: str | None = None) -> list[Part]:
        """The tokens of a sentence, in as many parts as the model's length asks for.

        Nothing is cut off: a sentence that is too long is broken near its middle, at the best
        place there is, until every part fits. Characters that have no UTF-8 form (lone
        surrogates) are read as U+FFFD.

        Args:
            sentence: Text of any length.
            prefix: A token that asks for a target language.
        """
        text = sentence.encode("utf-8", "replace").decode()
        return self._encode(text, (prefix,) if prefix else (), "")

    def decode(self, tokens: Sequence[str]) -> str:
        """The text of target tokens."""
        return str(self._target.decode(list(tokens))).strip()

    def _encode(self, text: str, prefix: tuple[str, ...], space: str) -> list[Part]:
        room = self._limit - len(prefix) - 1
        if len(text) <= room * _MOST_CHARACTERS_PER_TOKEN:
            pieces: list[str] = self._source.encode(text, out_type=str)
            if len(pieces) <= room or len(text) < 2:
                return [Part(text, (*prefix, *pieces[:room], _END), space)]
        left, between, right = _halve(text)
        return self._encode(left, prefix, between) + self._encode(right, prefix, space)


def _halve(text: str) -> tuple[str, str, str]:
    """Breaks a text of at least two characters near its middle: left, white space, right."""
    middle = len(text) // 2
    low, high = middle // 2, middle + middle // 2
    for pattern in _BREAKS:
        found = min(
            pattern.finditer(text, low, high),
            key=lambda match: abs(match.end() - middle),
            default=None,
        )
        if found is not None:
            left = text[: found.end()].rstrip()
            right = text[found.end() :]
            if left and right.strip():
                return left, text[len(left) : found.end()], right
    # A mark belongs to the letter before it; a run of marks longer than any script has is torn.
    nearby = range(middle, min(middle + _LONGEST_CLUSTER, len(text)))
    middle = next((i for i in nearby if not unicodedata.combining(text[i])), middle)
    return text[:middle], "", text[middle:]


def _load(path: Path) -> sentencepiece.SentencePieceProcessor:
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise BadFile(
            f"{path} is not a SentencePiece model.", hint="Run `ai-translate models verify`."
        ) from error
