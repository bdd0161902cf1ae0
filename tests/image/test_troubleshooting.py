"""Every command that `docs/building.md` gives for when something is wrong, run as it stands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.build_script import BuildScript
from support.checkout import Checkout
from support.engine import BASE, CA_BUNDLE, DOCKER, Build, Engine
from support.project import SECRET
from support.server_process import PROJECT

# Builds here reach the network by the machine's own; a person's engine needs nothing.
CLIENT = f"""#!/bin/bash
if [[ "$1 $2" == "buildx build" ]]; then
  shift 2
  exec {DOCKER} buildx build --network=host "$@"
fi
exec {DOCKER} "$@"
"""
BESIDE = ("Makefile", "test-artifactory.sh", "tooling/clean_caches.py", "requirements-dev.txt")


def commands() -> Iterator[str]:
    """The commands of that section, in their order."""
    text = (PROJECT / "docs/building.md").read_text(encoding="utf-8")
    section = text.partition("<!-- troubleshooting -->")[2].partition("<!-- end -->")[0]
    for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL):
        yield from re.findall(r"(?m)^\$ (.*?)(?:\s+#.*)?$", block)


@pytest.fixture
def shell(
    prepared: Checkout,
    endpoint: str,
    first: Build,
    engine: Engine,
    another_engine: Engine,
    tmp_path: Path,
) -> dict[str, str]:
    """A checkout, an engine and a home that may be ruined; what its shell is told."""
    checkout = prepared.copied(tmp_path / "checkout")
    BuildScript(checkout.folder, another_engine.host, tmp_path / "cache")
    for name in BESIDE:
        (checkout.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, checkout.folder / name)
    (checkout.folder / ".venv").symlink_to(PROJECT / ".venv")
    (tmp_path / "home").mkdir()
    (checkout.folder / ".models/store").mkdir(parents=True)
    client = tmp_path / "bin/docker"
    client.parent.mkdir()
    client.write_text(CLIENT)
    client.chmod(0o755)
    archive = tmp_path / "image.tar"
    engine.docker("save", f"--output={archive}", first.image)
    another_engine.docker("load", f"--input={archive}")
    another_engine.docker("tag", first.image, "ai-translate:latest")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIT_")}
    return {
        **kept,
        "PATH": f"{client.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "PWD": str(checkout.folder),
        "DOCKER_HOST": another_engine.host,
        "BASE_IMAGE": BASE,
        "CA_BUNDLE": str(CA_BUNDLE),
        "CACHE_DIR": str(tmp_path / "cache/buildx"),
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": SECRET,
        "MODEL": "acme/opus-en-fr",
    }


def test_every_command_works_as_it_stands(shell: dict[str, str]) -> None:
    """In an engine and a home of their own, one after the other, and the token is in none."""
    found = list(commands())
    assert len(found) >= 15
    said: dict[str, str] = {}
    for command in found:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=shell["PWD"],
            env=shell,
            capture_output=True,
            text=True,
            check=False,
        )
        said[command] = done.stdout + done.stderr
        assert done.returncode == 0, f"{command}\n{said[command]}"
        if "--entrypoint env" not in command:
            assert SECRET not in said[command], command
    assert "All is well." in said["docker run --rm --network none ai-translate doctor"]
    [online] = [text for command, text in said.items() if "--online" in command]
    assert "HF_ENDPOINT online acme/opus-en-fr: gives tokenizer_config.json of commit" in online
    assert "made artifact" in said["make models"]
    assert "artifacts of models" in said["make clean-caches MODELS=1"]
    assert "steps cached" in said["./build-optimized.sh --no-cache"]
    assert "critical path" in said["make report"]
