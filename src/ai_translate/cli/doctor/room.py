"""How much memory this process may still take.

A container sees the memory of its host. What binds is the smaller of what the system has and what
every cgroup above the process leaves (kernel documentation: admin-guide/cgroup-v2, `memory.max`
and `memory.current`; cgroup-v1/memory). Pages of files that nobody uses are given back when they
are wanted, so they count as free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ai_translate.engine.cgroups import cgroups

__all__ = ["Room", "room"]

# Version 1 says so where there is no limit.
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Room:
    """Memory in bytes.

    Attributes:
        available: What may still be taken.
        limit: The tightest limit of a cgroup, if there is one.
    """

    available: int
    limit: int | None


def room(root: Path = Path("/")) -> Room | None:
    """What there is; None where the system does not tell.

    Args:
        root: Where `proc` and `sys` are mounted.
    """
    found = re.search(r"(?m)^MemAvailable:\s+(\d+) kB$", _read(root / "proc/meminfo"))
    if found is None:
        return None
    available, limit = int(found[1]) * 1024, None
    for group in cgroups("memory", ("memory",), root):
        most = _number(group, "memory.max", "memory.limit_in_bytes")
        if most is None or most >= _NO_LIMIT:
            continue
        used = _number(group, "memory.current", "memory.usage_in_bytes") or 0
        files = re.search(r"(?m)^(?:total_)?inactive_file (\d+)$", _read(group / "memory.stat"))
        free = most - used + (int(files[1]) if files else 0)
        available = min(available, max(0, free))
        limit = most if limit is None else min(limit, most)
    return Room(available, limit)


def _number(group: Path, *names: str) -> int | None:
    for name in names:
        text = _read(group / name).strip()
        if text.isdecimal():
            return int(text)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
