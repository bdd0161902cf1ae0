"""`build-optimized.sh` in a copy of a checkout, as a person calls it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from support.engine import BASE, CA_BUNDLE, DOCKER
from support.server_process import PROJECT

__all__ = ["BuildScript", "check_image"]

_TOOLS: Final = ("image", "image_check", "build_report")
_FILES: Final = ("build-optimized.sh", "docker-bake.hcl", *(f"tooling/{tool}" for tool in _TOOLS))
# A checkout whose builds are told of these gives the image other contents.
_CLEARED: Final = ("HF_ENDPOINT", "HF_TOKEN", "PIP_CONF", "SSL_CERT_FILE", "TEST_IMAGE")


@dataclass(frozen=True)
class BuildScript:
    """The script, and what it is told.

    Attributes:
        folder: A checkout of the project, to which the script is added.
        host: Where the engine listens.
        cache: Its local cache.
        variables: What else its environment has.
    """

    folder: Path
    host: str
    cache: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _FILES:
            source, copy = PROJECT / name, self.folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, dirs_exist_ok=True)
            else:
                shutil.copy2(source, copy)

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Calls it; `more` adds to its environment."""
        return subprocess.run(
            [self.folder / "build-optimized.sh", *arguments],
            env=_environment(self.host)
            | {
                "BASE_IMAGE": BASE,
                "CA_BUNDLE": str(CA_BUNDLE),
                "CACHE_DIR": str(self.cache),
                "IMAGE": "ai-translate:script",
                **self.variables,
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, *arguments: str, **more: str) -> tuple[int, int]:
        """Builds, which must succeed: how many of how many steps a cache had."""
        done = self.run("--network", "host", *arguments, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.search(r"(\d+) of (\d+) steps cached", done.stdout)
        assert found, done.stdout
        return int(found[1]), int(found[2])

    @property
    def manifest(self) -> str:
        """What the local cache's index names."""
        index = json.loads((self.cache / "index.json").read_text())
        return str(index["manifests"][0]["digest"])

    @property
    def beside(self) -> set[str]:
        """What lies in the cache's folder, beside it too."""
        return {path.name for path in self.cache.parent.iterdir()}


def check_image(image: str, host: str, **more: str) -> subprocess.Popen[str]:
    """Starts what TEST_IMAGE=true runs at its end."""
    return subprocess.Popen(
        [sys.executable, "-m", "image_check", image],
        cwd=PROJECT,
        env={**_environment(host), "PYTHONPATH": str(PROJECT / "tooling"), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _environment(host: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    return {**kept, "DOCKER": DOCKER, "DOCKER_HOST": host}
