"""What `make dockerfile` writes of a lock."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from support.server_process import PROJECT

WRITTEN: Final = ("Dockerfile", ".dockerignore")
HUB: Final = """\
[[model]]
name = "{name}"
repo = "acme/{name}"
revision = "main"
commit = "{commit}"
pairs = ["en:fr"]
licence = "cc0-1.0"
quantization = "int8"
part_tokens = 64
artifact = "{artifact}"

[model.files]
"model.safetensors" = {{ size = 3, sha256 = "{artifact}" }}
"""


def hub_model(name: str) -> str:
    """An entry of a lock."""
    return HUB.format(name=name, commit="c" * 40, artifact="a" * 64)


def folder_model(name: str, folder: str) -> str:
    """The same, but its files lie in a folder."""
    source = re.sub(
        r"repo = .*\nrevision = .*\ncommit = .*", f'folder = "{folder}"', hub_model(name)
    )
    return source.replace("model.safetensors", "model [1] $HOME.safetensors")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with both files that are written into."""
    for name in WRITTEN:
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    return tmp_path


def generate(root: Path, *options: str, lock: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the generator on a lock, or on the one that is there."""
    if lock:
        (root / "models.lock").write_text(f"version = 1\n\n{lock}")
    script = str(PROJECT / "tooling/image/dockerfile.py")
    command = [sys.executable, script, "--root", str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def written(root: Path) -> str:
    """What it put into the Dockerfile."""
    text = (root / "Dockerfile").read_text()
    return "".join(re.findall(r"(?s)# model[a-z ]*: begin[^\n]*\n(.*?)# model[a-z ]*: end", text))


def test_this_checkout_is_in_step() -> None:
    """Its image has the models of its lock."""
    done = generate(PROJECT, "--check")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_stage_has_its_part_of_the_lock_alone(root: Path) -> None:
    """So an edit of one model is no input of another; each has one stage and one layer."""
    assert generate(root, lock=hub_model("one") + hub_model("two")).returncode == 0
    text = written(root)
    parts = re.findall(r"(?s)<<'LOCK' \./models\.lock\n(.*?)LOCK\n", text)
    named = [[model["name"] for model in tomllib.loads(part)["model"]] for part in parts]
    assert named == [["one"], ["two"]]
    assert re.findall(r"FROM converter AS (.*)", text) == ["model-one", "model-two"]
    assert re.findall(r"COPY --link --from=(.*) /layer/ /", text) == ["model-one", "model-two"]
    assert "COPY [" not in text
    assert "!acme" not in (root / ".dockerignore").read_text()


def test_an_edit_of_one_model_leaves_the_others_stage(root: Path) -> None:
    """Byte for byte."""
    generate(root, lock=hub_model("one") + hub_model("two"))
    before = written(root)
    generate(root, lock=hub_model("one") + hub_model("two").replace("int8", "int16"))
    marker = "FROM converter AS model-two"
    assert written(root).partition(marker)[0] == before.partition(marker)[0]
    assert written(root) != before


def test_stages_of_names_that_differ_in_case_are_two(root: Path) -> None:
    """Docker knows no case in names of stages."""
    generate(root, lock=hub_model("opus") + hub_model("Opus"))
    names = re.findall(r"FROM converter AS (.*)", written(root))
    assert names == ["model-opus", "model-opus-2"]


def test_files_of_a_folder_are_copied_by_their_names(root: Path) -> None:
    """Names with spaces, brackets and dollars are neither patterns nor variables."""
    generate(root, lock=folder_model("one", "my models/en"))
    [copy] = re.findall(r"COPY (\[.*)", written(root))
    source, target = json.loads(copy)
    assert source == r"my models/en/model [[]1] \$HOME.safetensors"
    assert target == "./my models/en/"
    assert r"!my models/en/model [[]1] $HOME.safetensors" in (root / ".dockerignore").read_text()


def test_what_is_out_of_step_is_told_and_mended(root: Path) -> None:
    """`--check` changes nothing; without it both files are written, once."""
    before = {name: (root / name).read_text() for name in WRITTEN}
    done = generate(root, "--check", lock=hub_model("one"))
    assert done.returncode == 1
    assert "Dockerfile is out of step with models.lock: run `make dockerfile`." in done.stdout
    assert {name: (root / name).read_text() for name in WRITTEN} == before
    assert generate(root).stdout == "written: Dockerfile\nwritten: .dockerignore\n"
    assert generate(root).stdout == ""
    assert generate(root, "--check").returncode == 0


def test_a_lock_that_cannot_be_read_changes_nothing(root: Path) -> None:
    """It is named, without a trace of calls."""
    before = (root / "Dockerfile").read_text()
    done = generate(root, lock="[[model]]\nname = 1\n")
    assert done.returncode == 1
    assert "models.lock" in done.stderr
    assert "Traceback" not in done.stderr
    assert (root / "Dockerfile").read_text() == before
