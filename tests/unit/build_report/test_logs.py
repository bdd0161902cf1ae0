"""What is read of a log, in both forms, whole, cut or odd."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_report.build_log import BuildLog
from build_report.record import context_bytes, fetched_bytes
from build_report.steps import Step, steps_of
from support.build_reports import LOGS, log

ALL = sorted(path.name for path in LOGS.iterdir())


def counted(name: str) -> dict[str, Step]:
    """The instructions of a recorded build, by stage and number."""
    steps = steps_of(log(name))
    return {f"{step.name.stage} {step.name.number}": step for step in steps if step.counts}


def test_every_instruction_is_one_step_whose_state_is_known() -> None:
    """`COPY --link` has two vertexes and is one; what ran and what was cached is told apart."""
    steps = counted("edited.rawjson")
    assert {key: step.state for key, step in steps.items()} == {
        "dependencies 2": "cached",
        "dependencies 3": "cached",
        "model-one 2": "cached",
        "model-one 3": "cached",
        "application 2": "ran",
        "application 3": "ran",
        "service 2": "cached",
        "service 3": "cached",
        "service 4": "ran",
        "service 5": "ran",
    }
    copy = steps["service 4"]
    assert copy.name.instruction == "COPY --link --from=application /layer/ /"
    assert copy.seconds == pytest.approx(0.1436, abs=0.001)
    assert len(copy.spans) == 3


def test_both_forms_tell_the_same_of_steps() -> None:
    """An edit of a file, told by rawjson and plainly, has the same steps in the same states."""
    raw, plain = counted("edited.rawjson"), counted("edited.plain")
    assert {key: step.state for key, step in raw.items()} == {
        key: step.state for key, step in plain.items()
    }
    assert {step.key for step in raw.values()} == {step.key for step in plain.values()}
    assert all(step.seconds < 1 for step in plain.values())
    assert not log("edited.plain").linked


def test_the_first_build_ran_everything() -> None:
    """Its longest step is the one that slept, and its log is indented."""
    steps = counted("first.rawjson")
    assert {step.state for step in steps.values()} == {"ran"}
    longest = max(steps.values(), key=lambda step: step.seconds)
    assert longest.name.instruction.startswith("RUN sleep 1 ")
    assert 1 < longest.seconds < 2


def test_bytes_are_those_that_were_sent_and_fetched() -> None:
    """The context of the first build; layers from a registry's cache in another."""
    assert context_bytes(log("first.rawjson")) == 114
    assert context_bytes(log("edited.plain")) == 103
    assert fetched_bytes(log("first.rawjson")) == 0
    assert fetched_bytes(log("pulled.rawjson")) > 300_000


def test_a_step_whose_layer_was_fetched_later_counts_as_cached() -> None:
    """A cache in a registry gives layers only when they are needed, after the step was cached."""
    states = {step.state for step in counted("pulled.rawjson").values()}
    assert states == {"cached"}


@pytest.mark.parametrize("name", ["failed.rawjson", "failed.plain"])
def test_a_failed_step_has_its_error(name: str) -> None:
    """What it did not come to is no step."""
    steps = counted(name)
    assert set(steps) == {"application 2", "application 3"}
    assert steps["application 3"].state == "failed"
    assert steps["application 3"].error.endswith("exit code: 2")


@pytest.mark.parametrize("name", ["bake.rawjson", "bake.plain"])
def test_targets_of_bake_are_told_apart(name: str) -> None:
    """Stages of one architecture are not those of the other."""
    named = {(step.name.target, step.name.stage) for step in steps_of(log(name))}
    assert {("amd64", "one"), ("amd64", "stage-1"), ("amd64", ""), ("arm64", "")} <= named


def test_logs_of_several_calls_are_one_build() -> None:
    """What the first call made, the second has from the cache: it ran, once."""
    both = {step.key: step for step in steps_of(log("first.rawjson", "edited.rawjson"))}
    alone = {step.key: step for step in steps_of(log("first.rawjson"))}
    for key, step in alone.items():
        if "sleep 1" in step.name.instruction:
            assert both[key].state == "ran"
            assert both[key].seconds == pytest.approx(step.seconds)
    plain = {step.state for step in steps_of(log("edited.plain", "edited.plain")) if step.counts}
    assert plain == {"ran", "cached"}


@pytest.mark.parametrize("name", ALL)
@given(share=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_a_log_may_be_cut_anywhere(
    name: str, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What stands before the cut is read, and nothing else: no step ends that did not."""
    whole = (LOGS / name).read_bytes()
    path = tmp_path_factory.mktemp("cut") / "log"
    path.write_bytes(whole[: int(share * len(whole))])
    complete = {vertex.key: vertex for vertex in log(name).vertexes}
    for vertex in BuildLog.read(path).vertexes:
        if vertex.key in complete:
            assert vertex.seconds <= complete[vertex.key].seconds + 1e-6
            assert complete[vertex.key].ended >= vertex.ended
        else:
            # The last line of plain progress may name half a step.
            assert any(key.startswith(vertex.key) for key in complete)


@given(odd=st.binary(max_size=400), place=st.integers(0, 60))
@settings(deadline=None)
def test_odd_bytes_between_documents_change_nothing(
    odd: bytes, place: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A client prints warnings where it likes; names and states stay."""
    lines = (LOGS / "edited.rawjson").read_bytes().split(b"\n")
    noise = b"noise " + odd.replace(b"\n", b" ").replace(b"\r", b" ")
    path = tmp_path_factory.mktemp("odd") / "log"
    path.write_bytes(b"\n".join([*lines[:place], noise, *lines[place:]]))
    assert BuildLog.read(path) == log("edited.rawjson")


@pytest.mark.parametrize(
    "line",
    [
        '{"vertexes":7}',
        '{"vertexes":[7,null,{"digest":7},{"digest":"a","name":9,"started":"noon"}]}',
        '{"vertexes":[{"digest":"a","name":"b","inputs":"c","progressGroup":[]}],"statuses":{}}',
        '{"statuses":[{"vertex":"a","id":"b","current":"many"}],"logs":[{"vertex":"a","data":"%"}]}',
        "{" * 3000,
        "#x [a 1/2] y\n#99999999999999999999 z\n#1 DONE 1e9s\n# 1",
    ],
)
def test_documents_of_other_shapes_are_survived(line: str, tmp_path: Path) -> None:
    """Nothing that is not as BuildKit writes it begins a step."""
    path = tmp_path / "log"
    path.write_text(line)
    assert [step for step in steps_of(BuildLog.read(path)) if step.counts] == []
