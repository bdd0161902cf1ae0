"""Scripts of `.ci/steps` that need an engine: what CI builds, tries, pushes and tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from support.build_script import BuildScript
from support.checkout import Checkout
from support.engine import BASE, CA_BUNDLE, DOCKER, Engine
from support.project import SECRET
from support.registry import Registry
from support.server_process import PROJECT

IMAGE: Final = ".ci/steps/image.sh"
MANIFEST: Final = ".ci/steps/manifest.sh"
REPORT: Final = ".ci/steps/report.sh"
PIP_SECRET: Final = "pip-password-of-ci"
# A branch of a repository, as CI calls them: registries know neither capitals nor such tags.
NAME: Final = "Acme/Translate"
BRANCH: Final = "feature/numbers"
ARCHITECTURE: Final = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]


@dataclass(frozen=True)
class Runner:
    """A machine of CI with a checkout and an engine.

    Attributes:
        checkout: Where the steps run.
        engine: Where they build.
        registry: Where they push.
        endpoint: Where models come from.
    """

    checkout: Path
    engine: Engine
    registry: Registry
    endpoint: str

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a script of `.ci/steps`, which must succeed."""
        done = self.called(name, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def called(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a script of `.ci/steps` with what CI tells it. It must print no secret."""
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.checkout),
            "DOCKER": DOCKER,
            "DOCKER_HOST": self.engine.host,
            "BASE_IMAGE": BASE,
            "CA_BUNDLE": str(CA_BUNDLE),
            "BUILD_NETWORK": "host",
            "IMAGE": f"{self.registry.host}/{NAME}",
            "REGISTRY_CACHE": f"{self.registry.host}/{NAME}-cache:main",
            "TAG": BRANCH,
            "HF_ENDPOINT": self.endpoint,
            "HF_TOKEN": SECRET,
            "PIP_CONF_TEXT": f"# {PIP_SECRET}\n[global]\nretries = 5",
            "GITHUB_OUTPUT": str(self.checkout / "output"),
            "GITHUB_STEP_SUMMARY": str(self.checkout / "summary.md"),
        }
        done = subprocess.run(
            [self.checkout / name],
            env=given | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        for secret in (SECRET, PIP_SECRET):
            assert secret not in done.stdout + done.stderr
        return done

    def tags(self, repository: str) -> list[str]:
        """What the registry has of a name."""
        address = f"http://{self.registry.host}/v2/{repository}/tags/list"
        try:
            with urllib.request.urlopen(address) as response:
                return sorted(json.load(response)["tags"])
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return []

    def inspected(self, reference: str, template: str) -> Any:
        """What the registry tells of an image."""
        command = ["buildx", "imagetools", "inspect", f"--format={{{{json {template}}}}}"]
        return json.loads(self.engine.docker(*command, reference).stdout)


def runner_of(
    folder: Path, prepared: Checkout, engine: Engine, registry: Registry, endpoint: str
) -> Runner:
    """A runner with a fresh checkout."""
    checkout = prepared.copied(folder / "checkout").folder
    BuildScript(checkout, engine.host, folder / "unused")
    shutil.copytree(PROJECT / ".ci", checkout / ".ci")
    shutil.copy2(PROJECT / "Makefile", checkout / "Makefile")
    return Runner(checkout, engine, registry, endpoint)


@pytest.fixture
def runner(
    tmp_path: Path, prepared: Checkout, engine: Engine, registry: Registry, endpoint: str
) -> Runner:
    """A runner whose engine may know every step."""
    return runner_of(tmp_path, prepared, engine, registry, endpoint)


@pytest.fixture
def new_runner(
    tmp_path: Path, prepared: Checkout, another_engine: Engine, registry: Registry, endpoint: str
) -> Runner:
    """A runner whose engine knows nothing."""
    return runner_of(tmp_path / "new", prepared, another_engine, registry, endpoint)


def test_what_was_tried_is_pushed_and_told(runner: Runner, new_runner: Runner) -> None:
    """The image with its cache, the manifest of all architectures, and the report.

    A runner that pushes nothing, as of a pull request, then finds every step in that cache.
    """
    repository = NAME.lower()
    tag = BRANCH.replace("/", "-")
    done = runner.step(IMAGE, PUSH="true")
    assert "ok   a single text: " in done.stdout
    assert runner.tags(repository) == [f"{tag}-{ARCHITECTURE}"]
    assert runner.tags(f"{repository}-cache") == [f"main-{ARCHITECTURE}"]

    runner.step(MANIFEST, ARCHITECTURES=ARCHITECTURE, LATEST="true")
    outputs = dict(
        line.split("=", 1) for line in (runner.checkout / "output").read_text().splitlines()
    )
    assert outputs["image"] == f"{runner.registry.host}/{repository}"
    assert runner.tags(repository) == [tag, f"{tag}-{ARCHITECTURE}", "latest"]
    for one in (tag, "latest"):
        found = runner.inspected(f"{outputs['image']}:{one}", ".Manifest")
        assert found["digest"] == outputs["digest"]

    runner.step(REPORT)
    summary = (runner.checkout / "summary.md").read_text()
    assert summary == (runner.checkout / "build/report/report.md").read_text()
    assert "dependencies" in summary

    done = new_runner.step(IMAGE)
    found_steps = re.search(r"(\d+) of (\d+) steps cached", done.stdout)
    assert found_steps, done.stdout
    assert found_steps[1] == found_steps[2]
    assert runner.tags(repository) == [tag, f"{tag}-{ARCHITECTURE}", "latest"]


def test_provenance_tells_no_build_argument(runner: Runner) -> None:
    """What BuildKit says of an image names its base and nothing of what the build was told."""
    runner.step(IMAGE, PUSH="true", REGISTRY_CACHE="", AIT_REQUIRE_SIGNATURE="")
    reference = f"{runner.registry.host}/{NAME.lower()}:feature-numbers-{ARCHITECTURE}"
    provenance = json.dumps(runner.inspected(reference, ".Provenance"))
    assert "buildType" in provenance
    for told in ("build-arg", "REVISION", runner.endpoint, SECRET, PIP_SECRET):
        assert told not in provenance


def test_a_build_over_budget_is_not_pushed(runner: Runner) -> None:
    """It fails with what grew, and the registry never sees the image.

    A cache that is not there yet, as in the first run of a repository, is no failure.
    """
    image = f"{runner.registry.host}/over"
    runner.step(IMAGE, IMAGE=image, REGISTRY_CACHE=f"{image}-cache:none")
    budget = runner.checkout / "strict.toml"
    budget.write_text("image = 0.5\nleast_bytes = 0\n")
    done = runner.called(IMAGE, IMAGE=image, PUSH="true", BUILD_BUDGET=str(budget))
    assert done.returncode == 3
    assert "Over budget: the image has " in done.stderr
    assert runner.tags("over") == []
