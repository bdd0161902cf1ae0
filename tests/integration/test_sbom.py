"""`make sbom`: a bill of materials that is true, valid and the same each time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from ai_translate.supply.lockfile import Lock
from support.server_process import PROJECT

HUB = """
[[model]]
name = "acme"
repo = "acme/opus-en-fr"
revision = "main"
commit = "cccccccccccccccccccccccccccccccccccccccc"
pairs = ["en:fr"]
licence = "words of its own"
quantization = "int8"
part_tokens = 64
artifact = "{artifact}"

[model.files]
"model.safetensors" = {{ size = 3, sha256 = "{artifact}" }}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the bill is made from, with a model of the Hub beside the starter."""
    for name in ("pyproject.toml", "requirements.txt", "models.lock"):
        shutil.copy2(PROJECT / name, tmp_path / name)
    with (tmp_path / "models.lock").open("a", encoding="utf-8") as stream:
        stream.write(HUB.format(artifact="a" * 64))
    return tmp_path


def written(checkout: Path) -> bytes:
    """What the script writes of a checkout."""
    out = checkout / "kept/sbom.json"
    script = PROJECT / "tooling/sbom.py"
    command: list[str | Path] = [sys.executable, script, "--root", checkout, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in out.parent.iterdir()] == ["sbom.json"]
    return out.read_bytes()


def hashes(component: dict[str, Any]) -> Iterator[str]:
    """The sha256 sums of a package's files."""
    for reference in component["externalReferences"]:
        for one in reference.get("hashes", ()):
            yield one["content"]


def test_it_is_valid_and_the_same_each_time(checkout: Path) -> None:
    """It follows the schema of CycloneDX 1.6, and tells of no time and no chance."""
    first = written(checkout)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.decode())
    assert problem is None
    assert written(checkout) == first


def test_packages_are_those_that_the_image_installs(checkout: Path) -> None:
    """Name, version and hashes are those of requirements.txt, without what other Pythons need."""
    document = json.loads(written(checkout))
    libraries = [one for one in document["components"] if one["type"] == "library"]
    text = (checkout / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    wanted = {
        f"{found[1]}=={found[2]}": set(re.findall(r"--hash=sha256:(\w+)", line))
        for line in text.splitlines()
        if (found := re.match(r"([\w.-]+)==([\w.]+)", line)) and ">= '3.12'" not in line
    }
    listed = {f"{one['name']}=={one['version']}": set(hashes(one)) for one in libraries}
    assert listed == wanted
    assert len([name for name in listed if name.startswith("numpy==")]) == 1


def test_models_are_those_of_the_lock(checkout: Path) -> None:
    """Each with its licence, its artifact, and the files that it is made from."""
    document = json.loads(written(checkout))
    listed = {
        one["name"]: one
        for one in document["components"]
        if one["type"] == "machine-learning-model"
    }
    models = Lock.read(checkout / "models.lock").models
    assert listed.keys() == {model.name for model in models}
    for model in models:
        component = listed[model.name]
        assert component["licenses"] == [{"license": {"name": model.licence}}]
        files = {one["name"]: one["hashes"][0]["content"] for one in component["components"]}
        assert files == {name: file.sha256 for name, file in model.files.items()}
        properties = {one["name"]: one["value"] for one in component["properties"]}
        assert properties["ai-translate:artifact"] == model.artifact
    assert listed["acme"]["purl"] == f"pkg:huggingface/acme/opus-en-fr@{'c' * 40}"
    assert "purl" not in listed["starter-en-fr"]


def test_the_service_depends_on_all_of_them(checkout: Path) -> None:
    """Nothing that is listed hangs in the air."""
    document = json.loads(written(checkout))
    root = document["metadata"]["component"]["bom-ref"]
    [tree] = [one["dependsOn"] for one in document["dependencies"] if one["ref"] == root]
    assert sorted(tree) == sorted(one["bom-ref"] for one in document["components"])
