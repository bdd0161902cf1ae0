from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine.stats import SECONDS, Histogram

VALUES = st.lists(st.floats(0, 1000, allow_nan=False))


@given(VALUES)
def test_a_histogram_counts_each_value_where_it_belongs(values: list[float]) -> None:
    """For each bound it tells how many values are not above it, and of all their sum."""
    histogram = Histogram()
    for value in values:
        histogram.observe(value)
    reading = histogram.reading()
    assert reading.cumulative == [
        (bound, sum(value <= bound for value in values)) for bound in (*SECONDS, math.inf)
    ]
    assert reading.count == len(values)
    assert reading.total == pytest.approx(sum(values))


def test_a_reading_stays_as_it_was() -> None:
    """What is observed later changes no reading."""
    histogram = Histogram((1, 2))
    histogram.observe(2)
    reading = histogram.reading()
    histogram.observe(2)
    assert reading.counts == (0, 1, 0)


@given(VALUES, VALUES)
def test_readings_add_up(some: list[float], others: list[float]) -> None:
    """Two readings together are one of all values."""
    parts = [Histogram((1, 10, 100)), Histogram((1, 10, 100))]
    for histogram, values in zip(parts, (some, others), strict=True):
        for value in values:
            histogram.observe(value)
    both = parts[0].reading().with_all(parts[1].reading())
    places = [bisect_left((1, 10, 100), value) for value in (*some, *others)]
    assert both.counts == tuple(places.count(place) for place in range(4))
