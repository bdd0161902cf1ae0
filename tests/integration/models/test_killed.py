"""Whatever moment a pull is killed at, nothing wrong has a name and the next one goes on."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time

from ai_translate.artifact import hash_file
from ai_translate.supply.sources import HubSource
from support.artifactory import Artifactory, Slow
from support.project import Project

REPO = "acme/opus-en-fr"
KILLS = 50
DIGEST = re.compile(r"[0-9a-f]{64}")


def killed(project: Project, seconds: float) -> bool:
    """Pulls and kills what pulls, with all its children; false if it was done before."""
    with subprocess.Popen(
        project.command("models", "pull"),
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode in {0, -signal.SIGKILL}
    return process.returncode != 0


def assert_names_are_right(project: Project) -> None:
    """Every file that has a final name has the bytes that the lock says."""
    [model] = project.lock.models
    assert isinstance(model.source, HubSource)
    snapshot = project.snapshot(REPO, model.source.commit)
    for path in snapshot.iterdir() if snapshot.exists() else ():
        assert hash_file(path) == model.files[path.name], path
    for name in filter(DIGEST.fullmatch, project.stored()):
        assert name == model.artifact
        project.store.open(name)


def test_a_pull_may_be_killed_at_any_moment(artifactory: Artifactory, locked: Project) -> None:
    """After each of 50 SIGKILLs names are right, and the next pull that may end brings the model.

    The moments are drawn over download and conversion; what was done in time begins anew.
    """
    artifactory.inject(Slow(100_000, 0.03), r"/resolve/.*model\.safetensors", method="GET")
    began = time.monotonic()
    locked.done("models", "pull")
    duration = time.monotonic() - began
    shutil.rmtree(locked.folder / ".models")
    moments = random.Random(4)
    kills = 0
    while kills < KILLS:
        kills += killed(locked, moments.uniform(0.1, 1.0) * duration)
        assert_names_are_right(locked)
        [model] = locked.lock.models
        if model.artifact in locked.stored() or moments.random() < 0.1:
            locked.done("models", "pull")
            # What was killed just after landing leaves an empty `.making-…`, which `gc` removes.
            locked.done("models", "gc")
            assert locked.stored() == [model.artifact]
            shutil.rmtree(locked.folder / ".models")
    locked.done("models", "pull")
    assert_names_are_right(locked)
    locked.done("models", "verify")
    locked.done("models", "gc")
    [model] = locked.lock.models
    assert locked.stored() == [model.artifact]
    [incoming] = [p.parent for p in (locked.folder / ".models/hub").rglob("snapshots/*")]
    assert not list(incoming.glob(".incoming-*"))
