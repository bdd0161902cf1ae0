"""Packages of npm that tests use are pinned, and named where dependencies are told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "tests/clients"


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def test_each_package_is_held_by_its_hash_and_comes_from_nowhere_in_particular() -> None:
    """The lock has the sha512 of every package, and names no host of a registry."""
    packages = {name: of for name, of in read("package-lock.json")["packages"].items() if name}
    assert len(packages) > 2
    assert all(of["integrity"].startswith("sha512-") for of in packages.values())
    assert not [name for name, of in packages.items() if "resolved" in of]
    assert "://" not in (FOLDER / ".npmrc").read_text(encoding="utf-8")


def test_versions_are_exact_and_those_of_the_lock() -> None:
    """What is asked for is what is locked."""
    wanted = read("package.json")["dependencies"]
    locked = read("package-lock.json")["packages"]
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


def test_each_has_its_reason() -> None:
    """docs/dependencies.md names exactly the packages that package.json asks for."""
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    table = text.partition("| package of npm | why |\n")[2].partition("\n\n")[0]
    listed = re.findall(r"(?m)^\| ([\w-]+) \|", table)
    assert listed == sorted(read("package.json")["dependencies"])
