"""A pull is killed at each step that shows on the disk: nothing is wrong, nothing piles up."""

from __future__ import annotations

import glob
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from ai_translate.artifact import hash_file
from ai_translate.supply.staging import STAGING
from support.artifactory import Artifactory, Slow
from support.project import Project
from support.server_process import PROJECT

WEIGHTS: Final = "model.safetensors"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# What a pull writes in turn, below the models folder.
DOWNLOAD: Final = (f"hub/*/snapshots/.incoming-*/{WEIGHTS}*", f"hub/*/snapshots/*/{WEIGHTS}")
CONVERSION: Final = (
    f"store/{STAGING}*",
    f"store/{STAGING}*/model.bin",
    f"store/{STAGING}*/manifest.json",
)
ARTIFACT: Final = "store/" + "[0-9a-f]" * 64
Entry = tuple[str, int, int]


@pytest.fixture
def starter(tmp_path: Path) -> Project:
    """A project whose lock has the starter, a model in a folder. Its endpoint is nobody's."""
    shutil.copyfile(PROJECT / "models.lock", tmp_path / "models.lock")
    shutil.copytree(PROJECT / "starter/en-fr", tmp_path / "starter/en-fr")
    return Project(tmp_path, "http://127.0.0.1:9")


def entries(project: Project, *patterns: str) -> set[Entry]:
    """What has such a name: which file or folder it is, and its size. Empty files do not count."""
    found = set()
    for pattern in patterns:
        # A path's own glob fails where something goes meanwhile.
        for name in glob.glob(str(project.folder / ".models" / pattern)):  # noqa: PTH207
            try:
                status = os.lstat(name)
            except FileNotFoundError:
                continue
            if status.st_size or stat.S_ISDIR(status.st_mode):
                found.add((name, status.st_ino, status.st_size))
    return found


def kill_when(project: Project, reached: Callable[[], bool]) -> None:
    """Begins a pull, and kills it with all its children at a moment."""
    with subprocess.Popen(
        project.command("models", "pull"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            while not reached():
                assert process.poll() is None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def kill_at(project: Project, pattern: str) -> None:
    """Kills a pull as soon as something new, or more of it, has such a name.

    Who looks too late sees at least the artifact.
    """
    patterns = (pattern, ARTIFACT)
    before = entries(project, *patterns)
    kill_when(project, lambda: bool(entries(project, *patterns) - before))
    assert_nothing_is_wrong(project)


def assert_nothing_is_wrong(project: Project) -> None:
    """Final names have the right bytes, and of what was begun there is at most one."""
    [model] = project.lock.models
    for path in (project.folder / ".models").glob("hub/*/snapshots/[!.]*/*"):
        assert hash_file(path) == model.files[path.name], path
    stored = project.stored()
    assert set(filter(DIGEST.fullmatch, stored)) <= {model.artifact}
    if model.artifact in stored:
        project.store.open(model.artifact)
    begun = [name for name in stored if name != model.artifact]
    assert len(begun) <= 2, stored
    assert sum(not name.startswith(STAGING) for name in begun) <= 1, stored


def assert_it_goes_on(project: Project) -> None:
    """The next pull brings the model, and the next collection leaves nothing but it."""
    project.done("models", "pull")
    project.done("models", "verify")
    project.done("models", "gc")
    [model] = project.lock.models
    assert project.stored() == [model.artifact]
    assert not list((project.folder / ".models").glob("hub/*/snapshots/.*"))


def test_a_pull_from_the_hub_may_be_killed_at_each_step(
    artifactory: Artifactory, locked: Project
) -> None:
    """With bytes on the way, files landed, and an artifact begun, written, described and named."""
    partial, landed = DOWNLOAD
    for _ in range(2):
        slow = Slow(200_000)
        artifactory.inject(slow, WEIGHTS)
        kill_at(locked, partial)
        slow.release.set()
        artifactory.heal()
    for step in (landed, *sorted(CONVERSION * 2), ARTIFACT):
        kill_at(locked, step)
    assert_it_goes_on(locked)


def test_a_pull_from_a_folder_may_be_killed_at_each_step(starter: Project) -> None:
    """With the starter's artifact begun, written, described and named."""
    for step in (*sorted(CONVERSION * 2), ARTIFACT):
        kill_at(starter, step)
    assert_it_goes_on(starter)


def test_a_pull_may_be_killed_while_it_mends(locked: Project) -> None:
    """A damaged artifact is taken away whole and replaced whole, or is as it was."""
    (locked.folder / "earlier").rename(locked.folder / ".models")
    [model] = locked.lock.models
    weights = locked.store.folder / model.artifact / "model.bin"
    damaged = weights.read_bytes()[:-1] + b"?"
    weights.write_bytes(damaged)
    begun = entries(locked, CONVERSION[0])
    kill_when(locked, lambda: entries(locked, CONVERSION[0]) > begun)
    assert weights.read_bytes() == damaged
    patterns = (ARTIFACT, f"{ARTIFACT}/*")
    there = entries(locked, *patterns)
    kill_when(locked, lambda: entries(locked, *patterns) != there)
    if model.artifact in locked.stored():
        locked.store.open(model.artifact)
    assert_it_goes_on(locked)
