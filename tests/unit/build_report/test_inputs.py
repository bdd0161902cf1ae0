"""Which files a build is sent, and what tells that one of them changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_report.dockerfile_stages import stage_texts
from build_report.dockerignore import visible_files
from build_report.fingerprints import fingerprints
from build_report.inputs import Inputs
from support.server_process import PROJECT

FILES = ("a.txt", "b.py", "src/a.py", "src/deep/b.py", "src/deep/c.txt", ".git/HEAD", "x[1].txt")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of some files, which are their own content."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        ("", {*FILES, "Dockerfile", ".dockerignore"}),
        ("*", set()),
        ("*\n!a.txt", {"a.txt"}),
        ("*\n!src/**/*.py", {"src/a.py", "src/deep/b.py"}),
        ("*\n!src", {"src/a.py", "src/deep/b.py", "src/deep/c.txt"}),
        ("*\n!src/\n!./a.txt\nsrc/deep", {"src/a.py", "a.txt"}),
        ("*\n!src\nsrc/*/*.py\n!**/b.py", {"b.py", "src/a.py", "src/deep/b.py", "src/deep/c.txt"}),
        ("# all\n\n*\n!x[[]1].txt\n!?.py", {"x[1].txt", "b.py"}),
        ("**/*.py\n.git\n*.txt\nDocker*\n.dockerignore", {"src/deep/c.txt"}),
        ("*\n!.git/HEAD", {".git/HEAD"}),
    ],
)
def test_a_dockerignore_is_read_as_the_engine_reads_it(
    root: Path, rules: str, seen: set[str]
) -> None:
    """The last rule that matches a file, or a folder that it is in, decides."""
    (root / ".dockerignore").write_text(rules)
    assert set(visible_files(root)) == seen


def test_links_and_folders_into_which_no_rule_looks_are_not_followed(root: Path) -> None:
    """A folder that cannot be opened is no hindrance if no rule shows anything in it."""
    (root / ".dockerignore").write_text("*\n!src/*.py")
    (root / "src/link.py").symlink_to("/etc/passwd")
    (root / "src/loop").symlink_to(root)
    assert set(visible_files(root)) == {"src/a.py"}


def test_the_project_is_sent_what_its_dockerignore_lists() -> None:
    """The files of the service, the starter and the lock; no test, no tool and no document."""
    seen = set(visible_files(PROJECT))
    assert {"models.lock", "requirements.txt", "src/ai_translate/config.py"} <= seen
    assert "starter/en-fr/model.safetensors" in seen
    assert not [path for path in seen if path.startswith(("tests/", "tooling/", "docs/", ".venv/"))]


def test_an_edit_changes_one_fingerprint(root: Path) -> None:
    """Of the file alone; the same files have the same ones."""
    before = fingerprints(root)
    assert fingerprints(root) == before
    (root / "src/a.py").write_text("edited")
    after = fingerprints(root)
    changed = {path for path in after.files if after.files[path] != before.files[path]}
    assert changed == {"src/a.py"}
    assert after.stages == before.stages
    assert Inputs.of_document(after.document()) == after


def test_a_large_file_is_told_by_both_ends_and_its_size(root: Path) -> None:
    """To read all of a model twice would take too long."""
    path = root / "model.bin"
    size = 33 << 20
    with path.open("wb") as stream:
        stream.truncate(size)
    found = [fingerprints(root).files["model.bin"]]
    for place in (0, size - 1, size):
        with path.open("rb+") as stream:
            stream.seek(place)
            stream.write(b"x")
        found.append(fingerprints(root).files["model.bin"])
    assert len(set(found)) == 4


def test_each_entry_of_the_lock_has_a_fingerprint_of_its_own(root: Path) -> None:
    """An edit of one is none of another."""
    lock = '[[model]]\nname = "a"\nquantization = "int8"\n[[model]]\nname = "b"\n'
    (root / "models.lock").write_text(lock)
    before = fingerprints(root).models
    (root / "models.lock").write_text(lock.replace("int8", "int16"))
    after = fingerprints(root).models
    assert before["a"] != after["a"]
    assert before["b"] == after["b"]


def test_the_stages_of_the_project_are_told_apart() -> None:
    """A document in one belongs to it, comments to none; what stands before them has no name."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    stages = stage_texts(text)
    assert {"", "dependencies", "builder", "model-starter-en-fr", "service"} <= set(stages)
    assert stages[""] == "ARG BASE_IMAGE=python:3.11-slim-bookworm"
    assert 'quantization = "int8"' in stages["model-starter-en-fr"]
    assert 'quantization = "int8"' not in stages["converter"]
    stage = "\nFROM builder AS lock"
    assert stage_texts(text.replace(stage, f"\n# Why.{stage}")) == stages


def test_a_document_ends_where_its_name_stands_alone() -> None:
    """What looks like a stage or a comment in it is its content."""
    stages = stage_texts("FROM a\nCOPY <<-'X' <<Y ./\n# kept\nFROM z AS z\nX\nY\nFROM b as Last\n")
    assert list(stages) == ["", "stage-0", "last"]
    assert "# kept\nFROM z AS z" in stages["stage-0"]
