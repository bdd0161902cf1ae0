"""What `make check` says of scripts, the Dockerfile and CI's files: one mistake, one complaint."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from support.server_process import PROJECT

WORKFLOW: Final = """\
name: Odd
on: workflow_dispatch
permissions: {}
concurrency:
  group: odd
  cancel-in-progress: false
jobs:
  odd:
    name: Odd
    runs-on: ubuntu-24.04
    steps:
      - run: make check
"""
MISTAKES: Final = {
    "a script that splits words": (
        "tooling/odd.sh",
        "#!/bin/sh\nrm $1\n",
        "shellcheck",
        "SC2086",
    ),
    "a script known by its first line alone": (
        "docker/odd",
        "#!/usr/bin/env bash\ncd nowhere\n",
        "shellcheck",
        "SC2164",
    ),
    "a Dockerfile that takes any version": (
        "Dockerfile",
        "FROM debian:latest\nRUN cd /tmp && apt-get install git\n",
        "hadolint",
        "DL3007",
    ),
    "a workflow with a step that has no command": (
        ".github/workflows/odd.yml",
        WORKFLOW.replace("run: make check", "runs: make check"),
        "the schema of GitHub workflows",
        "odd.yml",
    ),
    "a workflow whose action is not pinned": (
        ".github/workflows/odd.yml",
        WORKFLOW.replace("run: make check", "uses: actions/setup-python@v7"),
        "zizmor",
        "unpinned-uses",
    ),
    "a workflow that runs what a stranger wrote": (
        ".github/workflows/odd.yml",
        WORKFLOW.replace("make check", "echo ${{ github.event.issue.title }}"),
        "zizmor",
        "template-injection",
    ),
    "a pipeline of GitLab with a misspelt word": (
        ".gitlab-ci.yml",
        "check:\n  stage: test\n  script: make check\n  allow_failures: true\n",
        "the schema of GitLab CI",
        ".gitlab-ci.yml",
    ),
}


def linted(path: Path) -> bool:
    """Whether a tool may look at it: models and packages need not be copied."""
    return path.suffix in {"", ".sh", ".yml"} or path.name == "Dockerfile"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that is looked at, as a repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    for name in listed.stdout.strip("\0").split("\0"):
        if linted(Path(name)) and (PROJECT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, tmp_path / name)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def check(checkout: Path) -> subprocess.CompletedProcess[str]:
    """What the script says of it."""
    return subprocess.run(
        [PROJECT / "tooling/check_scripts.sh", checkout],
        env={"PATH": "/usr/bin:/bin", "BIN": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_said_of_what_is_here(checkout: Path) -> None:
    """Without a mistake it is silent and succeeds."""
    done = check(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_found(mistake: str, checkout: Path) -> None:
    """It fails, names the rule or the file, and the tool whose matter it is."""
    name, text, tool, rule = MISTAKES[mistake]
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text(text)
    done = check(checkout)
    assert done.returncode == 1
    assert rule in done.stderr
    assert f"check_scripts.sh: found something: {tool}\n" in done.stderr


def test_make_check_runs_it() -> None:
    """It is a line of the verb."""
    command = ["make", "--dry-run", "--no-print-directory", "check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "tooling/check_scripts.sh" in done.stdout
