"""`docker-bake.hcl`: each architecture with a cache of its own, and no secret in the open."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from support.engine import DOCKER, Engine
from support.project import SECRET
from support.registry import Registry
from support.server_process import PROJECT

FILE: Final = PROJECT / "docker-bake.hcl"
# The layers of an image of two platforms, without a machine of either.
TINY: Final = "FROM scratch\nCOPY LICENSE /\n"
VARIABLES: Final = frozenset(re.findall(r'(?m)^variable "(\w+)"', FILE.read_text()))


def bake(engine: Engine, folder: Path, *arguments: str, **variables: str) -> str:
    """What a call prints that must succeed."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [DOCKER, "buildx", "bake", f"--file={FILE}", *arguments],
        cwd=folder,
        env={**kept, "DOCKER_HOST": engine.host, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def targets(engine: Engine, **variables: str) -> dict[str, Any]:
    """What would be built."""
    found: dict[str, Any] = json.loads(bake(engine, PROJECT, "--print", **variables))["target"]
    return found


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_without_settings_there_is_a_target_for_each_architecture(
    engine: Engine, architecture: str
) -> None:
    """Nothing is said that the Dockerfile says itself, and nothing is asked of a registry."""
    target = targets(engine)[architecture]
    assert target["platforms"] == [f"linux/{architecture}"]
    assert target["tags"] == [f"ai-translate:latest-{architecture}"]
    assert not target.keys() & {"args", "secret", "cache-from", "cache-to"}


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_settings_reach_every_architecture(
    engine: Engine, architecture: str, tmp_path: Path
) -> None:
    """What the Dockerfile takes, under the names that it knows; the token only by its name."""
    given = {name: name.lower() for name in VARIABLES} | {"HF_TOKEN": SECRET}
    for name in ("PIP_CONF", "CA_BUNDLE"):
        given[name] = str(tmp_path / name)
        Path(given[name]).touch()
    target = targets(engine, **given)[architecture]
    dockerfile = (PROJECT / "Dockerfile").read_text()
    declared = set(re.findall(r"(?m)^ARG (\w+)", dockerfile)) | {"SOURCE_DATE_EPOCH"}
    assert target["args"].keys() == declared
    mounted = set(re.findall(r"type=secret,id=(\w+)", dockerfile))
    secrets = {re.match(r"id=(\w+),", line)[1] for line in target["secret"]}  # type: ignore[index]
    assert secrets == mounted
    cache = f"type=registry,ref=registry_cache-{architecture}"
    assert target["cache-from"] == [cache]
    kept = f"type=registry,mode=max,image-manifest=true,ref=registry_cache-{architecture}"
    assert target["cache-to"] == [kept]
    assert SECRET not in json.dumps(target)


def test_images_of_both_become_one(engine: Engine, registry: Registry, tmp_path: Path) -> None:
    """Each is pushed by itself with its cache, and one name is given to both."""
    (tmp_path / "Dockerfile").write_text(TINY)
    (tmp_path / "LICENSE").write_text("any\n")
    image, cache = f"{registry.host}/baked", f"{registry.host}/baked-cache:main"
    for architecture in ("amd64", "arm64"):
        where = {"IMAGE": image, "TAG": "1", "REGISTRY_CACHE": cache}
        bake(engine, tmp_path, "--push", architecture, **where)
        engine.docker("buildx", "imagetools", "inspect", f"{cache}-{architecture}")
    both = (f"{image}:1-amd64", f"{image}:1-arm64")
    engine.docker("buildx", "imagetools", "create", "--tag", f"{image}:1", *both)
    found = engine.docker("buildx", "imagetools", "inspect", f"{image}:1").stdout
    assert "linux/amd64" in found
    assert "linux/arm64" in found
