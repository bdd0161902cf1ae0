from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine.budget import Budget


@pytest.mark.parametrize(
    ("outstanding", "tokens"),
    [
        (0, 200),  # whatever comes may go together
        (300, 200),  # a share would be too small to be worth a batch
        (720, 320),  # two workers and the queue: a third each, and padding
        (2_000, 400),  # enough to do
        (6_000, 500),  # a backlog of many batches
        (1_000_000, 800),  # but never more than this
    ],
)
def test_a_worker_takes_its_share_of_what_there_is(outstanding: int, tokens: int) -> None:
    """The size follows the work: half, then shares, the usual size, and up to twice of it."""
    assert Budget(400, workers=2).next(outstanding) == tokens


@given(st.integers(1, 5_000), st.integers(1, 64), st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_work_never_makes_a_smaller_batch(
    usual: int, workers: int, first: int, second: int
) -> None:
    """The size grows with the work, and stays between half and twice the usual."""
    budget = Budget(usual, workers)
    less, more = sorted((budget.next(first), budget.next(second)))
    assert usual // 2 <= less <= more <= 2 * usual
    assert (budget.next(min(first, second)), budget.next(max(first, second))) == (less, more)
