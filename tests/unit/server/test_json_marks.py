from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ai_translate.server.json_marks import MOST_MARKS, marks_in
from ai_translate.settings import Settings

TEXTS = st.text(st.sampled_from(["\\", '"', ",", "[", "a", "é", ":", "{", "\n"]))
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def counted(value: Any) -> int:
    """The marks that a value is written with."""
    if isinstance(value, list):
        return 1 + max(len(value) - 1, 0) + sum(map(counted, value))
    if isinstance(value, dict):
        own = 1 + len(value) + max(len(value) - 1, 0)
        return own + sum(map(counted, value.values()))
    return 0


@given(VALUES, st.booleans())
def test_marks_are_counted_outside_of_strings(value: Any, plain: bool) -> None:
    """Whatever stands in strings, quotes and backslashes too, is not counted."""
    body = json.dumps(value, ensure_ascii=plain).encode()
    assert marks_in(body, most=10**9) == counted(value)


@given(st.integers(65_500, 65_600), st.integers(1, 40))
def test_pieces_do_not_matter(length: int, backslashes: int) -> None:
    """Backslashes that are cut apart mean what they meant together."""
    value = ["x" * length + "\\" * backslashes + '"', "[,", {"a": "x" * length}]
    assert marks_in(json.dumps(value).encode(), most=10**9) == counted(value)


def test_counting_ends_when_it_is_enough() -> None:
    """Of many megabytes no more than a piece is looked at once too many are found."""
    count = marks_in(b"[" * 10_000_000, most=1_000)
    assert 1_000 < count < 100_000


def test_every_batch_that_can_be_allowed_has_few_enough() -> None:
    """AIT_MAX_BATCH_TEXTS cannot be so high that the count of marks is the limit."""
    field = Settings.model_fields["max_batch_texts"]
    highest = next(part.le for part in field.metadata if hasattr(part, "le"))
    assert 2 * highest <= MOST_MARKS
