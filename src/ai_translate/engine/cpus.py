"""How many CPUs this process may really use.

`os.cpu_count()` tells of the machine, not of us: a container sees all CPUs of its host and may
use two of them. What binds is the smaller of the affinity mask and the quota of every cgroup
above the process (kernel documentation: admin-guide/cgroup-v2, `cpu.max`; scheduler/sched-bwc
for version 1).
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["quota_cpus", "usable_cpus"]


def usable_cpus(root: Path = Path("/")) -> int:
    """CPUs to plan for: at least 1; a quota of 1.5 CPUs counts as 1.

    Args:
        root: Where `proc` and `sys` are mounted.
    """
    allowed = len(os.sched_getaffinity(0))
    quota = quota_cpus(root)
    return max(1, allowed if quota is None else min(allowed, int(quota)))


def quota_cpus(root: Path = Path("/")) -> float | None:
    """The tightest cgroup CPU quota above this process in CPUs, or None if nothing limits it."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    limits: list[float] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            mounts = [root / "sys/fs/cgroup"]
        elif "cpu" in controllers.split(","):
            mounts = [root / "sys/fs/cgroup" / name for name in ("cpu", "cpu,cpuacct")]
        else:
            continue
        for mount in mounts:
            limits += _limits_above(mount, path)
    return min(limits, default=None)


def _limits_above(mount: Path, path: str) -> list[float]:
    """The quotas of a cgroup and its parents.

    Inside a container the path may be that of the host and not exist; the mount's own root is
    then the container's cgroup, and is among the parents.
    """
    own = mount / path.lstrip("/")
    groups = [own, *(parent for parent in own.parents if parent.is_relative_to(mount))]
    return [limit for group in groups if (limit := _limit(group)) is not None]


def _limit(group: Path) -> float | None:
    try:
        quota, period = (group / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (group / "cpu.cfs_quota_us").read_text().strip()
            period = (group / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if quota in {"max", "-1"} or not int(period):
        return None
    return int(quota) / int(period)
