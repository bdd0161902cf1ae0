"""What the end of a build waited for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_report.build_log import BuildLog, Span, Vertex, merged
from build_report.critical_path import critical_path
from support.build_reports import log, vertex


def path_of(*vertexes: Vertex) -> tuple[str, ...]:
    """Keys of the critical path."""
    found = critical_path(BuildLog(vertexes, linked=True))
    assert found
    return found.keys


def test_the_input_that_ended_last_is_on_it() -> None:
    """A diamond, in which one side took longer."""
    assert path_of(
        vertex("base", 0, 1),
        vertex("slow", 1, 9, "base"),
        vertex("quick", 1, 2, "base"),
        vertex("end", 9, 10, "slow", "quick"),
    ) == ("base", "slow", "end")


def test_to_export_waits_for_all_steps() -> None:
    """It has no inputs in the log, and begins when all is done."""
    assert path_of(vertex("a", 0, 5), vertex("b", 0, 3), vertex("exporting to image", 5, 7)) == (
        *("a", "exporting to image"),
    )


def test_plain_progress_has_none() -> None:
    """It tells of no inputs, and nothing is guessed."""
    assert critical_path(log("edited.plain")) is None
    assert critical_path(BuildLog((), linked=True)) is None


def test_of_a_recorded_build_it_ends_with_the_export() -> None:
    """The step that slept is on it, and its times are those of the build."""
    told = log("first.rawjson")
    path = critical_path(told)
    assert path
    names = {one.key: one.name for one in told.vertexes}
    chain = [names[key] for key in path.keys]
    assert any("RUN sleep 1" in name for name in chain)
    assert not any("RUN sleep 0.3" in name for name in chain)
    assert chain[-1] == "exporting to image"
    assert path.work > path.waits


@st.composite
def logs(draw: st.DrawFn) -> BuildLog:
    """Builds whose steps begin when their inputs have ended, or later."""
    vertexes: list[Vertex] = []
    for number in range(draw(st.integers(1, 12))):
        inputs = draw(st.lists(st.sampled_from(vertexes), unique=True)) if vertexes else []
        ready = max((one.spans[-1].ended for one in inputs), default=0.0)
        began = ready + draw(st.floats(0, 5))
        ended = began + draw(st.floats(0, 5))
        vertexes.append(vertex(str(number), began, ended, *(one.key for one in inputs)))
    return BuildLog(tuple(vertexes), linked=True)


@given(logs())
def test_its_work_and_its_waits_are_the_time_of_the_build(told: BuildLog) -> None:
    """And each vertex of it ended before the next began."""
    path = critical_path(told)
    assert path
    spans = {one.key: one.spans[0] for one in told.vertexes}
    began = min(span.began for span in spans.values())
    ended = max(span.ended for span in spans.values())
    assert path.work + path.waits == pytest.approx(ended - began)
    assert path.work <= sum(span.ended - span.began for span in spans.values()) + 1e-9
    chain = [spans[key] for key in path.keys]
    assert chain[-1].ended == ended
    assert all(one.ended <= other.began for one, other in itertools.pairwise(chain))


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10))))
def test_merged_spans_cover_the_same_time_once(pairs: list[tuple[float, float]]) -> None:
    """They are in order, apart from each other, and every begin and end lies in one."""
    spans = [Span(began, began + took) for began, took in pairs]
    found = merged(spans)
    assert all(one.ended < other.began for one, other in itertools.pairwise(found))
    for span in spans:
        assert any(one.began <= span.began and span.ended <= one.ended for one in found)
    assert {one.began for one in found} <= {span.began for span in spans}


def test_a_circle_ends() -> None:
    """A log that names inputs in a circle, which no build has, is no endless path."""
    assert path_of(vertex("a", 0, 1, "b"), vertex("b", 1, 2, "a")) == ("a", "b")
