from __future__ import annotations

from pathlib import Path

import pytest

from ai_translate.engine.cgroups import memory_limit


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000000\n"}, 1_000_000),
        (
            {
                "proc/self/cgroup": "0::/pod/box\n",
                "sys/fs/cgroup/pod/memory.max": "5000\n",
                "sys/fs/cgroup/pod/box/memory.max": "9000\n",
            },
            5000,
        ),
        (
            {
                "proc/self/cgroup": "7:memory:/box\n",
                "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "7000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            7000,
        ),
    ],
    ids=["no cgroups", "no limit", "a limit", "the one above binds", "version 1"],
)
def test_the_least_limit_of_memory_binds(
    tmp_path: Path, files: dict[str, str], expected: int | None
) -> None:
    """Of all cgroups around the process the least limit counts; one may have none."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert memory_limit(tmp_path) == expected
