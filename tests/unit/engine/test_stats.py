from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine.stats import SECONDS, EngineStats, Histogram

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


def test_what_a_model_did_before_it_left_the_memory_is_counted_on() -> None:
    """Sums go on, and what it does now is as of now."""
    earlier = EngineStats.none()
    assert earlier.batcher.batches == 0
    seconds = Histogram()
    seconds.observe(0.3)
    did = replace(
        earlier,
        batcher=replace(
            earlier.batcher, workers=2, queued_items=5, batches=3, waited=seconds.reading()
        ),
        tokenized=seconds.reading(),
    )
    rested = did.at_rest()
    assert (rested.batcher.workers, rested.batcher.queued_items) == (0, 0)
    again = did.after(rested)
    assert (again.batcher.workers, again.batcher.queued_items) == (2, 5)
    assert (again.batcher.batches, again.batcher.waited.count) == (6, 2)
    assert again.tokenized.total == 0.6
