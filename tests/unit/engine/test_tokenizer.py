"""Tokens and back, and sentences that are too long."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.errors import BadFile
from support.marian import STARTER

LONG = Tokenizer(STARTER, 512)
SHORT = Tokenizer(STARTER, 12)


def rejoined(tokenizer: Tokenizer, text: str) -> str:
    return "".join(part.text + part.space for part in tokenizer.encode(text))


def test_sentence_that_fits_is_one_part_with_its_end() -> None:
    """An ordinary sentence is tokenized once and ends as Marian expects."""
    [part] = LONG.encode("Where is the station?")
    assert part.text == "Where is the station?"
    assert part.tokens[-1] == "</s>"
    assert LONG.decode(part.tokens[:-1]) == "Where is the station?"


def test_target_token_comes_first_and_counts() -> None:
    """Every part of a long sentence asks for the target language, within the limit."""
    numbers = "one two three four five six seven eight nine ten eleven twelve"
    parts = SHORT.encode(numbers, ">>fra<<")
    assert len(parts) > 1
    for part in parts:
        assert part.tokens[0] == ">>fra<<"
        assert len(part.tokens) <= 12


def test_a_target_token_in_a_text_is_only_text() -> None:
    """What a caller writes cannot choose the language."""
    [part] = LONG.encode(">>deu<< Hello")
    assert ">>deu<<" not in part.tokens


@given(st.text(max_size=300))
def test_nothing_is_cut_off(text: str) -> None:
    """The parts of any text, with the spaces between them, are the text, and each fits."""
    parts = SHORT.encode(text)
    assert "".join(part.text + part.space for part in parts) == text
    assert all(len(part.tokens) <= 12 for part in parts) or any(
        len(part.text) < 2 for part in parts
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I am here now. You are there too, far away.", "I am here now."),
        ("I am here now and; you are there, far away from me", "I am here now and;"),
        ("I am here now and, you are there far away from me", "I am here now and,"),
        ("I am here now and that costs 1,000 pounds to me", "I am here now and that"),
    ],
)
def test_a_long_sentence_breaks_at_the_best_place(text: str, left: str) -> None:
    """Ends of sentences are preferred to semicolons, these to commas, these to spaces."""
    assert SHORT.encode(text)[0].text == left


def test_text_without_any_break_is_still_split() -> None:
    """A word longer than the model breaks anywhere, but not before a combining mark."""
    text = "e\u0301" * 400
    parts = SHORT.encode(text)
    assert "".join(part.text for part in parts) == text
    assert all(not part.text.startswith("\u0301") for part in parts)


def test_letter_with_thousands_of_marks_ends() -> None:
    """Text made to defeat the search for a break is torn like any other."""
    text = "a" + "\u0301" * 5000
    assert rejoined(LONG, text) == text


def test_very_long_text_takes_time_in_proportion() -> None:
    """Two million characters end; nothing is quadratic in the length."""
    assert rejoined(LONG, "word " * 20_000 + "end") == "word " * 20_000 + "end"
    assert len(LONG.encode("x" * 200_000)) > 300


def test_lone_surrogates_are_read_as_replacement_characters() -> None:
    """A character without UTF-8 form does not break the tokenizer."""
    [part] = LONG.encode("a\ud800b")
    assert part.tokens[-1] == "</s>"


def test_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    """A damaged tokenizer is an error of ours with its path."""
    (tmp_path / "source.spm").write_bytes(b"not a model")
    with pytest.raises(BadFile, match=r"source\.spm"):
        Tokenizer(tmp_path, 512)
