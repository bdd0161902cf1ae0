"""What a person sees of a build whose progress is rawjson."""

from __future__ import annotations

import subprocess
import sys

import pytest

from build_report.build_log import BuildLog
from build_report.following import followed
from build_report.plain import read
from build_report.steps import steps_of
from support.build_reports import LOGS, log
from support.server_process import PROJECT


def lines(name: str) -> list[str]:
    """What is shown of a recorded build."""
    return list(followed((LOGS / name).read_text().splitlines(keepends=True)))


@pytest.mark.parametrize("name", ["first.rawjson", "edited.rawjson", "bake.rawjson"])
def test_it_reads_as_plain_progress_does(name: str) -> None:
    """So that what reads the one reads the other: the same steps in the same states."""

    def told(of: BuildLog) -> dict[str, str]:
        return {step.key: step.state for step in steps_of(of) if step.counts}

    assert told(read(lines(name))) == told(log(name))


def test_what_commands_and_the_client_say_is_shown() -> None:
    """The output of a step with its second, the error, and the excerpt of the Dockerfile."""
    shown = lines("failed.rawjson")
    assert '#8 0.101 /bin/sh: 1: Syntax error: "&" unexpected' in shown
    assert any(line.startswith("#8 ERROR: process") for line in shown)
    assert "  12 | >>> RUN echo broken <i>>&2; exit 3" in shown
    assert shown[-1].startswith("ERROR: failed to solve")


def test_lines_are_shown_as_soon_as_they_come() -> None:
    """A build of minutes is not silent until its end."""
    whole = (LOGS / "first.rawjson").read_text()
    begin = whole[: whole.index("\n}\n", whole.index('"completed"')) + 3]
    command = [sys.executable, "-m", "build_report", "follow"]
    with subprocess.Popen(
        command,
        env={"PYTHONPATH": str(PROJECT / "tooling")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(begin)
        process.stdin.flush()
        assert process.stdout.readline().startswith("#1 [internal] load build definition")
        process.stdin.close()
        assert process.wait() == 0


def test_what_is_no_progress_passes_through() -> None:
    """An error of the client before any build."""
    assert list(followed(["ERROR: no builder\n", "{ not json\n", "\n"])) == [
        *("ERROR: no builder", "{ not json"),
    ]
