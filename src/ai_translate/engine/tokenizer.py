"""Sentences to tokens and back, with SentencePiece, as the models were trained."""

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
# The one tokenizer of a model whose languages share their pieces.
_SHARED: Final = "sentencepiece.bpe.model"
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
    """A stretch of a sentence that fits the model, and the white space that stood after it.

    Attributes:
        tokens: What the model reads, up to its end token. What stands after that, if anything,
            is what the translation must begin with: see `Model.decode`.
    """

    text: str
    tokens: tuple[str, ...]
    space: str


class Tokenizer:
    """The source and target tokenizers of one model.

    Args:
        folder: Where `source.spm` and `target.spm` are, or `sentencepiece.bpe.model` for both.
        limit: Longest sequence that the model takes, in tokens, the end token counted.

    Raises:
        BadFile: A tokenizer cannot be read.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._shared = (folder / _SHARED).exists()
        if self._shared:
            self._source = self._target = _load(folder / _SHARED)
        else:
            self._source = _load(folder / "source.spm")
            self._target = _load(folder / "target.spm")
        self._limit = limit

    def encode(
        self, sentence: str, prefix: str | None = None, forced: str | None = None
    ) -> list[Part]:
        """The tokens of a sentence, in as many parts as the model's length asks for.

        Nothing is cut off: a sentence that is too long is broken near its middle, at the best
        place there is, until every part fits. Characters that have no UTF-8 form (lone
        surrogates) are read as U+FFFD.

        Args:
            sentence: Text of any length.
            prefix: A token that stands before the sentence and names a language.
            forced: A token that the translation must begin with.
        """
        text = sentence.encode("utf-8", "replace").decode()
        before = (prefix,) if prefix else ()
        return self._encode(text, before, (_END, forced) if forced else (_END,), "")

    def decode(self, tokens: Sequence[str]) -> str:
        """The text of target tokens.

        A model whose languages share their pieces may also give tokens that stand for no text,
        such as a language's: these are not pieces, and left out.
        """
        pieces = list(tokens)
        if self._shared:
            unknown = self._target.unk_id()
            pieces = [piece for piece in pieces if self._target.piece_to_id(piece) != unknown]
        return str(self._target.decode(pieces)).strip()

    def _encode(
        self, text: str, before: tuple[str, ...], after: tuple[str, ...], space: str
    ) -> list[Part]:
        room = self._limit - len(before) - 1
        if len(text) <= room * _MOST_CHARACTERS_PER_TOKEN:
            pieces: list[str] = self._source.encode(text, out_type=str)
            if len(pieces) <= room or len(text) < 2:
                return [Part(text, (*before, *pieces[:room], *after), space)]
        left, between, right = _halve(text)
        return self._encode(left, before, after, between) + self._encode(
            right, before, after, space
        )


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
