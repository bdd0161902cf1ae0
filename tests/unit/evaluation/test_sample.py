"""Files that models are tried on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ai_translate.errors import InvalidRequest
from ai_translate.evaluation.sample import Sample


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_each_line_is_a_sentence(tmp_path: Path) -> None:
    """Whatever its end, without a mark at the file's start; other breaks stay within a sentence."""
    text = written(tmp_path / "a", "\ufeffOne.\r\n Two\u2028three. \n\nFour.")
    sample = Sample.read(text)
    assert sample.sentences == ("One.", "Two\u2028three.", "Four.")
    assert sample.references is None
    assert sample.text_sha256 == hashlib.sha256(text.read_bytes()).hexdigest()
    assert sample.reference_sha256 is None


def test_references_go_with_their_lines(tmp_path: Path) -> None:
    """Where the text has no words, its reference is not read; the first ones are taken."""
    text = written(tmp_path / "a", "One.\n\nTwo.\nThree.\n")
    reference = written(tmp_path / "b", "Un.\nanything\nDeux.\nTrois.\n")
    sample = Sample.read(text, reference, 2)
    assert sample.sentences == ("One.", "Two.")
    assert sample.references == ("Un.", "Deux.")
    assert sample.reference_sha256 == hashlib.sha256(reference.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "reference", "said"),
    [
        (b"\n \n", None, "no sentence"),
        (b"", None, "no sentence"),
        (b"caf\xe9\n", None, "not UTF-8"),
        (b"One.\nTwo.\n", b"Un.\n", "2 lines, but .* has 1"),
        (b"One.\nTwo.\n", b"Un.\n \n", "Line 2 of .* is empty"),
        (b"One.\n", b"\xff\n", "not UTF-8"),
    ],
)
def test_files_that_do_not_go_together_are_refused(
    tmp_path: Path, text: bytes, reference: bytes | None, said: str
) -> None:
    """With the file, and the line where there is one."""
    (tmp_path / "a").write_bytes(text)
    (tmp_path / "b").write_bytes(reference or b"")
    with pytest.raises(InvalidRequest, match=said):
        Sample.read(tmp_path / "a", None if reference is None else tmp_path / "b")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is an error of ours."""
    with pytest.raises(InvalidRequest, match="cannot be read"):
        Sample.read(tmp_path / "none")
