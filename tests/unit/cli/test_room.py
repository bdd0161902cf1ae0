"""How much memory may still be taken, as the kernel's files tell it."""

from __future__ import annotations

from pathlib import Path

from ai_translate.cli.doctor.room import Room, room

GB = 1 << 30


def machine(root: Path, available: int, cgroup: str, **files: str) -> Path:
    """A root with the files that are looked at; `__` in a name stands for a slash."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {available // 1024} kB\n")
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_a_limit_the_system_decides(tmp_path: Path) -> None:
    """No cgroup, or one that says `max`, leaves what the system has."""
    root = machine(tmp_path, 3 * GB, "0::/a\n", a__memory_dot_max="max\n")
    assert room(root) == Room(3 * GB, None)


def test_the_tightest_limit_above_counts(tmp_path: Path) -> None:
    """What its files could give back is free; the parents' limits bind as well."""
    root = machine(
        *(tmp_path, 8 * GB, "0::/a/b\n"),
        a__memory_dot_max=str(2 * GB),
        a__memory_dot_current=str(GB),
        a__memory_dot_stat=f"anon 1\ninactive_file {GB // 2}\n",
        a__b__memory_dot_max=str(4 * GB),
        a__b__memory_dot_current="0",
    )
    assert room(root) == Room(GB + GB // 2, 2 * GB)


def test_inside_a_container_the_mounts_root_is_ours(tmp_path: Path) -> None:
    """The path of the host does not exist there."""
    root = machine(
        *(tmp_path, 8 * GB, "0::/../../docker/0123\n"),
        memory_dot_max=str(GB),
        memory_dot_current=str(2 * GB),
    )
    assert room(root) == Room(0, GB)


def test_version_1_is_read_too(tmp_path: Path) -> None:
    """Its controllers have names, and no limit is a very large one."""
    files = {
        "memory__a__memory_dot_limit_in_bytes": str(GB),
        "memory__a__memory_dot_usage_in_bytes": "0",
        "memory__memory_dot_limit_in_bytes": "9223372036854771712",
    }
    root = machine(tmp_path, 8 * GB, "4:cpu:/x\n3:memory:/a\n0::/\n", **files)
    assert room(root) == Room(GB, GB)


def test_where_nothing_is_told_nothing_is_known(tmp_path: Path) -> None:
    """A system without these files has no answer."""
    assert room(tmp_path) is None
