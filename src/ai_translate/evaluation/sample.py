"""The text that a model is tried on: sentences, and perhaps their translations by people."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ai_translate.errors import InvalidRequest

__all__ = ["Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Sentences of one language.

    Attributes:
        sentences: What is translated, never none.
        references: A translation of each, if there are any.
        text_sha256: Of the file that the sentences are from.
        reference_sha256: Of the file that the references are from.
    """

    sentences: tuple[str, ...]
    references: tuple[str, ...] | None
    text_sha256: str
    reference_sha256: str | None

    @classmethod
    def read(cls, text: Path, reference: Path | None = None, most: int | None = None) -> Self:
        """Reads files of UTF-8 with a sentence a line. Where the text has no words, none is read.

        Args:
            text: The sentences.
            reference: A file whose lines are translations of those.
            most: How many sentences are taken, from the first on; all by default.

        Raises:
            InvalidRequest: A file cannot be read, holds no sentence, or does not go with the other.
        """
        lines, text_sha256 = _read(text)
        references, reference_sha256 = (lines, None) if reference is None else _read(reference)
        if len(lines) != len(references):
            raise InvalidRequest(
                f"{text} has {len(lines)} lines, but {reference} has {len(references)}.",
                hint="Line by line, one must be the translation of the other.",
            )
        pairs = [
            (number, *pair)
            for number, pair in enumerate(zip(lines, references, strict=True), start=1)
            if pair[0]
        ][:most]
        if not pairs:
            raise InvalidRequest(f"{text} has no sentence.", hint="Write one a line.")
        for number, _, translation in pairs:
            if not translation:
                raise InvalidRequest(
                    f"Line {number} of {reference} is empty, but that of {text} is not.",
                    hint="Translate it, or leave the line out of both.",
                )
        return cls(
            tuple(sentence for _, sentence, _ in pairs),
            None if reference is None else tuple(translation for *_, translation in pairs),
            text_sha256,
            reference_sha256,
        )


def _read(path: Path) -> tuple[list[str], str]:
    """Lines without the white space around them, and the sha256 (hex) of the file."""
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8-sig").removesuffix("\n").split("\n")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not UTF-8: {error.reason} at {error.start}.") from error
    return [line.strip() for line in lines], hashlib.sha256(data).hexdigest()
