"""`python -m ai_translate.supply`: what a stage of the image runs for its models."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ai_translate.artifact import Artifact
from support.artifactory import Artifactory
from support.project import SECRET, Project


def made(project: Project, out: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs it in a project."""
    return subprocess.run(
        [sys.executable, "-m", "ai_translate.supply", out],
        cwd=project.folder,
        env=project.environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where its layer comes to lie."""
    return tmp_path / "layer/app/models"


def test_the_artifact_of_the_lock_is_all_that_comes_out(locked: Project, out: Path) -> None:
    """Verified, readable by all; no download, no lock of a process, no weights of the source."""
    done = made(locked, out)
    assert done.returncode == 0, done.stderr
    assert "fetching" in done.stderr
    [model] = locked.lock.models
    artifact = Artifact.open(out / "store" / model.artifact)
    artifact.verify()
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    names = {"manifest.json", *artifact.manifest.files}
    assert files == {f"store/{model.artifact}/{name}" for name in names}
    assert all(stat.S_IMODE((out / name).stat().st_mode) == 0o644 for name in files)


def test_an_artifact_that_a_cache_has_is_fetched_from_nobody(
    artifactory: Artifactory, locked: Project, out: Path
) -> None:
    """The mount of a cache is the models folder: a step that must run again only copies."""
    assert made(locked, out).returncode == 0
    count = len(artifactory.requests)
    assert made(locked, out.parent / "again").returncode == 0
    assert len(artifactory.requests) == count


def test_a_refused_token_ends_it_with_a_sentence(locked: Project, out: Path) -> None:
    """With the mend, without the token and without a trace; nothing comes out."""
    done = made(locked, out, HF_TOKEN="hf_of_nobody")
    assert done.returncode == 1
    assert "refused the token of HF_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hf_of_nobody" not in done.stderr
    assert SECRET not in done.stderr
    assert not out.exists()
