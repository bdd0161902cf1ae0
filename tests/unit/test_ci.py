"""GitHub Actions, GitLab and Jenkins do the same steps, which run here too, and leak nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from build_report.budget import Budget

ROOT: Final = Path(__file__).parents[2]
WORKFLOWS: Final = sorted(ROOT.glob(".github/workflows/*.y*ml"))
WORKFLOW: Final = ROOT / ".github/workflows/ci.yml"
STEPS: Final = {f".ci/steps/{path.name}" for path in ROOT.glob(".ci/steps/*")}
RUN: Final = (ROOT / ".ci/run").read_text(encoding="utf-8")
DEPENDENCIES: Final = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
# What one kind of CI does by a script, others do by what they bring.
OWN: Final = {
    "GitHub": {".ci/steps/cache_keys.sh", ".ci/steps/artifactory_token.sh"},
    "others": {".ci/steps/login.sh"},
}
USES: Final = re.compile(r"uses: ([\w/.-]+)@(\S+) # (v[\d.]+)$", re.MULTILINE)


def read(path: Path) -> Any:
    """A document of YAML."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def steps_of(job: Any) -> Iterator[dict[str, Any]]:
    """The steps of a job that run a command."""
    return (step for step in job["steps"] if "run" in step)


def in_workflows() -> set[str]:
    """What GitHub Actions runs."""
    jobs = [job for path in WORKFLOWS for job in read(path)["jobs"].values()]
    return {step["run"] for job in jobs for step in steps_of(job)}


def in_gitlab() -> set[str]:
    """What GitLab runs."""
    jobs = [job for job in read(ROOT / ".gitlab-ci.yml").values() if isinstance(job, dict)]
    return {command for job in jobs for command in job.get("script", [])}


def in_jenkins() -> set[str]:
    """What Jenkins runs."""
    text = (ROOT / "Jenkinsfile").read_text(encoding="utf-8")
    assert text.count("sh '") == len(re.findall(r"\bsh\b", re.sub(r"\.sh\b", "", text)))
    return set(re.findall(r"sh '([^']+)'", text))


COMMANDS: Final = {"GitHub": in_workflows, "GitLab": in_gitlab, "Jenkins": in_jenkins}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_is_one_that_runs_here(kind: str) -> None:
    """Each is a verb that .ci/run runs, or a script of .ci/steps."""
    here = set(re.findall(r"(?m)^ *step (.+)$", RUN))
    assert COMMANDS[kind]() <= here | STEPS


@pytest.mark.parametrize("kind", ["GitLab", "Jenkins"])
def test_each_kind_does_the_same(kind: str) -> None:
    """But for what one of them brings by itself, all run the same commands."""
    ours = in_workflows()
    assert ours >= OWN["GitHub"]
    assert COMMANDS[kind]() == (ours - OWN["GitHub"]) | OWN["others"]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_script_is_used_and_tried(name: str) -> None:
    """CI runs it, it can be run, and a test that .ci/run runs calls it."""
    assert name in set().union(*(commands() for commands in COMMANDS.values()))
    assert os.access(ROOT / name, os.X_OK)
    tests = [*ROOT.glob("tests/integration/test_*.py"), *ROOT.glob("tests/image/test_*.py")]
    assert any(f'"{name}"' in path.read_text(encoding="utf-8") for path in tests)


def test_suites_that_ci_cannot_run_are_run_here() -> None:
    """The image's tests need an engine of their own, and stand in .ci/run alone."""
    assert "step make test-image\n" in RUN


def test_actions_are_those_of_the_docs() -> None:
    """Each is pinned by the commit that the docs list with its version and two repositories."""
    used = {found for path in WORKFLOWS for found in USES.findall(path.read_text("utf-8"))}
    everywhere = [line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines()]
    assert len([line for line in everywhere if "uses:" in line]) >= len(used)
    assert all(USES.search(line) for line in everywhere if "uses:" in line)
    row = re.compile(r"(?m)^\| ([\w/-]+) \| (v[\d.]+) \| `([0-9a-f]{40})` \| (.+) \|$")
    listed = row.findall(DEPENDENCIES)
    assert {(action, commit, version) for action, version, commit, _ in listed} == used
    for _, _, _, seen in listed:
        owners = re.findall(r"https://github\.com/([\w-]+)/[\w.-]+", seen)
        assert len(set(owners)) >= 2, seen


def test_permissions_are_given_where_they_are_needed() -> None:
    """None by default, none to write where a pull request runs, and each with its reason."""
    document = read(WORKFLOW)
    assert document["permissions"] == {}
    jobs = document["jobs"]
    for name, job in jobs.items():
        if name not in {"image", "publish"}:
            assert job["permissions"] == {"contents": "read"}
    assert set(jobs["image"]["permissions"]) == {"contents", "packages", "id-token"}
    assert set(jobs["publish"]["permissions"]) == {*jobs["image"]["permissions"], "attestations"}


def test_secrets_are_given_where_they_are_needed() -> None:
    """Only steps of jobs of the environment `publish`, which no pull request runs, get one."""
    jobs = read(WORKFLOW)["jobs"]
    for name, job in jobs.items():
        has = "secrets." in str(job) or "github.token" in str(job)
        assert has == (job.get("environment") == "publish")
        assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})
        publishes = "refs/heads/main" in job.get("if", "") and "!(" not in job["if"]
        assert name == "publish" or has == publishes
    assert jobs["publish"]["needs"] == "image"
    assert set(jobs["image"]["needs"]) == {"check", "test", "test-against-others"}


def test_each_architecture_is_built_on_its_own_machine() -> None:
    """No image is built under emulation, by any kind of CI."""
    jobs = read(WORKFLOW)["jobs"]
    runners = {"amd64": "ubuntu-24.04", "arm64": "ubuntu-24.04-arm"}
    for name in ("try-image", "image"):
        include = jobs[name]["strategy"]["matrix"]["include"]
        assert {one["architecture"]: one["runner"] for one in include} == runners
        assert jobs[name]["runs-on"] == "${{ matrix.runner }}"
    gitlab = read(ROOT / ".gitlab-ci.yml")[".image"]
    assert gitlab["parallel"]["matrix"] == [{"ARCHITECTURE": list(runners)}]
    assert "$ARCHITECTURE" in gitlab["tags"]
    jenkins = (ROOT / "Jenkinsfile").read_text(encoding="utf-8")
    assert "values 'amd64', 'arm64'" in jenkins
    assert 'label "docker && ${ARCHITECTURE}"' in jenkins


def test_the_budget_of_ci_is_one() -> None:
    """A file that is none would be a warning of the build, and no gate."""
    budget = Budget.read(ROOT / ".ci/budget.toml")
    assert budget.against == "main"
    assert budget.ratios.keys() == {"seconds", "context", "image"}


def test_variables_of_ci_are_told() -> None:
    """docs/building.md names every variable and secret that the workflow reads, and no other."""
    text = (ROOT / "docs/building.md").read_text(encoding="utf-8")
    section = text.partition("\n## CI\n")[2].partition("\n## ")[0]
    read_here = set(re.findall(r"(?:vars|secrets)\.(\w+)", WORKFLOW.read_text(encoding="utf-8")))
    listed = re.findall(r"(?m)^\| (`[A-Z_`, ]+) \|", section)
    assert {name for row in listed for name in re.findall(r"[A-Z_]+", row)} == read_here
