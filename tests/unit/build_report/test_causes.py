"""What is said to have broken the cache."""

from __future__ import annotations

from dataclasses import replace

import pytest

from build_report.causes import Before, Cause, causes
from build_report.inputs import Inputs
from build_report.steps import Step, StepName, steps_of
from support.build_reports import log, step

BASE = step("service", 1, "FROM base@sha256:1")


def reasons_of(
    root: Step,
    now: Inputs,
    then: Inputs,
    *,
    base: Step = BASE,
    known: bool = True,
) -> tuple[str, ...]:
    """Why a step alone ran, which the build before had if it is known."""
    before = Before([BASE, root] if known else [BASE], then)
    (cause,) = causes([base, root], now, before, fresh=False)
    return cause.reasons


@pytest.mark.parametrize(
    ("instruction", "now", "then", "said"),
    [
        ("COPY src src", {"src/a.py": "2"}, {"src/a.py": "1"}, "src/a.py was edited"),
        ("COPY src/ /x/", {"src/a.py": "1"}, {}, "src/a.py is new"),
        ("COPY --chown=1:1 src x", {}, {"src/a.py": "1"}, "src/a.py is gone"),
        ("COPY . .", {"a": "2"}, {"a": "1"}, "a was edited"),
        ("COPY [a b.txt, c.txt, ./x/]", {"a b.txt": "2"}, {"a b.txt": "1"}, "a b.txt was edited"),
        ("COPY *.txt ./", {"r.txt": "2"}, {"r.txt": "1"}, "r.txt was edited"),
        (
            "RUN --mount=type=bind,source=docker/trim.sh,target=/t sh /t",
            {"docker/trim.sh": "2"},
            {"docker/trim.sh": "1"},
            "docker/trim.sh was edited",
        ),
    ],
)
def test_a_changed_file_is_named_by_the_step_that_reads_it(
    instruction: str, now: dict[str, str], then: dict[str, str], said: str
) -> None:
    """Whether it was edited, is new or is gone; other files that changed are not named."""
    root = step("application", 2, instruction)
    others = {"README.md": "1"} if "." not in instruction.split() else {}
    found = reasons_of(root, Inputs({**now, **others}), Inputs(then))
    assert found == (said,)


def test_what_comes_from_another_stage_is_no_file() -> None:
    """`--from` copies from there; a mount with `from` too."""
    for instruction in (
        "COPY --link --from=builder src src",
        "RUN --mount=type=bind,from=builder,source=src,target=/src make",
        "RUN --mount=type=cache,target=/src make",
    ):
        found = reasons_of(
            step("x", 2, instruction), Inputs({"src/a.py": "2"}), Inputs({"src/a.py": "1"})
        )
        assert found == ("no known input changed: no cache had it, or no longer",)


def test_many_files_are_counted() -> None:
    """Five are named."""
    now = Inputs({f"src/{number}.py": "2" for number in range(9)})
    then = Inputs({f"src/{number}.py": "1" for number in range(9)})
    found = reasons_of(step("a", 2, "COPY src src"), now, then)
    assert len(found) == 6
    assert found[-1] == "4 more files changed"


def test_an_edited_entry_of_the_lock_is_named() -> None:
    """It stands in the stage of its model, in a document that the step's name does not show."""
    root = step("model-opus", 2, "COPY <<LOCK ./models.lock")
    now = Inputs(stages={"model-opus": "2"}, models={"Opus": "2", "other": "1"})
    then = Inputs(stages={"model-opus": "1"}, models={"Opus": "1", "other": "1"})
    assert reasons_of(root, now, then) == ("the entry of Opus in models.lock changed",)
    same = replace(now, models=then.models)
    (said,) = reasons_of(root, same, then)
    assert said == "the text of stage model-opus in the Dockerfile changed"


def test_another_base_and_another_instruction_are_named() -> None:
    """The base that was, and that the instruction was not there."""
    root = step("service", 2, "RUN true")
    (said,) = reasons_of(root, Inputs(), Inputs(), base=step("service", 1, "FROM base@sha256:2"))
    assert said == "the base image was base@sha256:1"
    (said,) = reasons_of(root, Inputs(), Inputs(), known=False)
    assert said == "its instruction is new or was edited"


def test_what_is_not_known_is_not_guessed() -> None:
    """No earlier build, no cache wanted, or no fingerprints of one of both builds."""
    root = step("a", 2, "COPY src src")
    (cause,) = causes([root], Inputs({"src/a": "1"}), None, fresh=False)
    assert cause.reasons == ("there is no earlier build to compare with",)
    (cause,) = causes([root], None, Before([root], Inputs({"src/a": "1"})), fresh=True)
    assert cause.reasons == ("no cache was to be used",)
    (cause,) = causes([root], Inputs({"src/a": "1"}), Before([root], None), fresh=False)
    assert cause.reasons == ("no known input changed: no cache had it, or no longer",)


def test_only_the_first_steps_of_a_break_are_causes() -> None:
    """What ran because they did is counted with them, with its seconds; the costly one is first."""
    copy = step("app", 2, "COPY src src")
    build = replace(step("app", 3, "RUN build"), needs=frozenset({copy.key}), seconds=5.0)
    last = replace(step("service", 2, "COPY --from=app / /"), needs=frozenset({build.key}))
    other = step("other", 2, "RUN other")
    kept = replace(step("kept", 2, "RUN kept"), state="cached")
    found = causes([other, copy, build, last, kept], None, None, fresh=True)
    assert [(one.stage, one.steps, one.seconds) for one in found] == [
        ("app", 3, 7.0),
        ("other", 1, 1.0),
    ]


@pytest.mark.parametrize("name", ["edited.rawjson", "edited.plain"])
def test_of_a_recorded_build_one_step_is_the_cause(name: str) -> None:
    """With the inputs that rawjson tells, and with the order that plain progress shows."""
    steps = steps_of(log(name))
    found = causes(
        steps,
        Inputs({"src/a.py": "2", "requirements.txt": "1"}),
        Before(steps, Inputs({"src/a.py": "1", "requirements.txt": "1"})),
        fresh=False,
    )
    assert len(found) == 1
    assert isinstance(found[0], Cause)
    assert found[0].instruction == "COPY src src"
    assert found[0].reasons == ("src/a.py was edited",)
    assert found[0].steps == 4


def test_a_platform_stands_in_front_of_the_stage() -> None:
    """Where there are several."""
    root = Step(StepName("linux/arm64", "app", 2, "RUN x"), "ran", 1.0)
    (cause,) = causes([root], None, None, fresh=True)
    assert cause.stage == "linux/arm64 app"
