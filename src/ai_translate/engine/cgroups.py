"""The cgroups of this process and those above them, each of which may bind it.

Kernel documentation: admin-guide/cgroup-v2, and scheduler/sched-bwc and cgroup-v1/memory for
version 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

__all__ = ["cgroups", "memory_limit"]

# Version 1 says "no limit" by a number near the largest that there is.
_NO_LIMIT: Final = 1 << 60


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


def memory_limit(root: Path = Path("/")) -> int | None:
    """Bytes that this process may take with all others in its cgroups; None if none binds it."""
    limits = []
    for group in cgroups("memory", ["memory"], root):
        for name in ("memory.max", "memory.limit_in_bytes"):
            try:
                text = (group / name).read_text().strip()
            except OSError:
                continue
            if text.isdecimal() and int(text) < _NO_LIMIT:
                limits.append(int(text))
    return min(limits, default=None)
