"""The cgroups of this process and those above them, each of which may bind it.

Kernel documentation: admin-guide/cgroup-v2, and scheduler/sched-bwc and cgroup-v1/memory for
version 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["cgroups"]


def cgroups(controller: str, mounts: Sequence[str], root: Path = Path("/")) -> Iterator[Path]:
    """Folders of the cgroups that may limit a resource; none where the system has no cgroups.

    Inside a container the path may be that of the host and not exist; the mount's own root is then
    the container's, and is among the parents.

    Args:
        controller: What limits it, by the name that version 1 has, such as `cpu`.
        mounts: Names under which version 1 mounts it.
        root: Where `proc` and `sys` are mounted.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    top = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        for mount in [top / name for name in mounts] if controllers else [top]:
            own = mount / path.lstrip("/")
            yield own
            yield from (parent for parent in own.parents if parent.is_relative_to(mount))
