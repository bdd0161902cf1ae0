"""How many CPUs this process may really use.

`os.cpu_count()` tells of the machine, not of us: a container sees all CPUs of its host and may
use two of them. What binds is the smaller of the affinity mask and the quota of every cgroup
above the process (kernel documentation: admin-guide/cgroup-v2, `cpu.max`; scheduler/sched-bwc
for version 1).
"""

from __future__ import annotations

import os
from pathlib import Path

from ai_translate.engine.cgroups import cgroups

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
    groups = cgroups("cpu", ("cpu", "cpu,cpuacct"), root)
    return min((limit for group in groups if (limit := _limit(group)) is not None), default=None)


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
