"""The model of the library, read in one pass."""

from __future__ import annotations

import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from ai_translate.errors import NotReady
from ai_translate.text.identifier import load_identifier

DATA = Path(__file__).parents[3] / "benchmarks" / "data"
ODD = ["", " ", "42", "\ud800", "\x00\xff", "😀", "ΑΒΓ", "Ünïcödé", "日本語", "a" * 5000]


def test_scores_are_those_of_the_library() -> None:
    """Every score of every language is the same number, for texts in 34 languages and odd ones."""
    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    ours = load_identifier()
    lines = (DATA / "detection.tsv").read_text(encoding="utf-8").splitlines()
    for text in [*ODD, *(line.split("\t")[1] for line in lines)]:
        assert ours.rank(text) == theirs.rank(text)
    for one in (theirs, ours):
        one.set_languages(["en", "fr", "sr"])
    assert ours.labels == theirs.labels
    assert all(ours.rank(text) == theirs.rank(text) for text in ODD)


def archive(save: Callable[..., None] = np.savez, **arrays: Any) -> bytes:
    """A model of a few arrays, before LZMA."""
    buffer = io.BytesIO()
    save(buffer, **{"pc": np.zeros(3, np.float32), "nextmove": np.arange(600, dtype="u2")} | arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ended before"),
        (b"no archive", "not supported"),
        (lzma.compress(b""), "no archive of arrays"),
        (lzma.compress(b"PK\x03\x04"), "requires a buffer"),
        (lzma.compress(archive()), "it has no classes, nextmove_row, out_feat, ptc"),
        (lzma.compress(archive())[:-40], "ended before"),
        (lzma.compress(archive()[:500]), "is cut off"),
        (lzma.compress(archive(np.savez_compressed)), "pc.npy is not stored plainly"),
        (lzma.compress(archive(pc=np.array([{}]))), "holds objects"),
        (lzma.compress(archive(pc=np.zeros(3, ">f4"))), "as this machine does it"),
        (lzma.compress(archive(pc=np.zeros((2, 3), order="F"))), "as this machine does it"),
    ],
)
def test_model_that_cannot_be_read_is_an_error_with_a_hint(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    """What is damaged, cut off or laid out otherwise is named with its path, and what to do."""
    path = tmp_path / "model.npz.xz"
    path.write_bytes(content)
    with pytest.raises(NotReady, match=reason) as caught:
        load_identifier(path)
    assert str(path) in caught.value.message
    assert "py3langid" in caught.value.hint


def test_changed_byte_is_found(tmp_path: Path) -> None:
    """A model whose numbers are not what they were is not used, by the checksum of LZMA."""
    data = bytearray(Path(MODEL_DIR, MODEL_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "model.npz.xz"
    path.write_bytes(data)
    with pytest.raises(NotReady, match=r"[Cc]orrupt"):
        load_identifier(path)


def test_missing_model_is_an_error_with_a_hint(tmp_path: Path) -> None:
    """A library that is not whole is told."""
    with pytest.raises(NotReady, match="No such file"):
        load_identifier(tmp_path / "missing")
    assert Path(MODEL_DIR, MODEL_FILE).is_file()
