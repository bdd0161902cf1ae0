"""CPUs that may really be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_translate.engine.cpus import quota_cpus, usable_cpus


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    """A system that tells nothing of quotas leaves the affinity mask."""
    assert quota_cpus(tmp_path) is None
    assert usable_cpus(tmp_path) == len(os.sched_getaffinity(0))


def test_affinity_binds_this_process() -> None:
    """A process that is held to one CPU plans for one."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"sys/fs/cgroup/a/cpu.max": "400000 100000", "sys/fs/cgroup/a/b/cpu.max": "max 1"}, 4.0),
        ({"sys/fs/cgroup/a/cpu.max": "50000 100000", "sys/fs/cgroup/a/b/cpu.max": "9 1"}, 0.5),
    ],
)
def test_tightest_quota_of_version_2_counts(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    """The quota of the group or of any group above it binds, whichever is smaller."""
    root = write(tmp_path, {"proc/self/cgroup": "0::/a/b\n", **files})
    assert quota_cpus(root) == expected


def test_quota_of_version_1_counts(tmp_path: Path) -> None:
    """Older systems keep the quota under the cpu controller."""
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/x\n",
            "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
        },
    )
    assert quota_cpus(root) == 2.5


def test_a_quota_below_one_cpu_still_leaves_one(tmp_path: Path) -> None:
    """There is always one CPU to plan for."""
    files = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "20000 100000"}
    assert usable_cpus(write(tmp_path, files)) == 1
