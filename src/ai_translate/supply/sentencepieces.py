"""The pieces of a SentencePiece model. The only module here that imports sentencepiece."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sentencepiece

from ai_translate.artifact import hash_file
from ai_translate.errors import BadFile

__all__ = ["read_pieces"]

_MAX_BYTES: Final = 64_000_000


def read_pieces(path: Path) -> list[str]:
    """All pieces in order of their numbers, those that stand for no text among them.

    Raises:
        BadFile: The file is missing, a link, too large, or no SentencePiece model.
    """
    if hash_file(path).size > _MAX_BYTES:
        raise BadFile(f"{path} is larger than {_MAX_BYTES} bytes.")
    try:
        model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        pieces: list[str] = model.id_to_piece(list(range(len(model))))
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise BadFile(
            f"{path} is not a SentencePiece model.", hint="Fetch the model again."
        ) from error
    if len(set(pieces)) != len(pieces):
        raise BadFile(f"{path} has a piece twice.", hint="Fetch the model again.")
    return pieces
