"""What a build sees."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from support.checkout import Checkout
from support.engine import Engine
from support.server_process import PROJECT

ALL: Final = "FROM scratch\nCOPY . /\n"
BESIDE_STARTER: Final = 4_000_000
"""Bytes that all but the starter's weights may have."""


def seen(engine: Engine, context: Path, folder: Path) -> dict[str, bytes]:
    """All files that a build of a context sees."""
    folder.mkdir()
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(ALL)
    out = folder / "out"
    engine.solve(context, f"--file={dockerfile}", f"--output=type=local,dest={out}")
    return files_in(out)


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their paths in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_build_sees_what_it_needs_alone(engine: Engine, tmp_path: Path) -> None:
    """What lies about in a checkout, and what was compiled there, stays outside."""
    checkout = Checkout.of_project(tmp_path / "checkout")
    beside = {"Dockerfile", ".dockerignore"}
    expected = {n: b for n, b in files_in(checkout.folder).items() if n not in beside}
    for name in (
        *(".git/config", ".venv/lib/site.py", "secrets.env", ".env", "models/large.bin"),
        *("src/ai_translate/__pycache__/app.cpython-311.pyc", "src/ai_translate/old.pyc"),
        *("src/ai_translate/.env", "src/ai_translate/app.py.orig", "src/notes.txt"),
        *("docker/secrets.env", "docs/index.md", "tests/test_it.py", "notes.md", "CHANGELOG.md"),
        *("starter/en-fr/pytorch_model.bin", ".models/store/x/model.bin"),
    ):
        checkout.edit(name)
    assert seen(engine, checkout.folder, tmp_path / "seen") == expected


def test_the_context_of_this_checkout_is_small(
    engine: Engine, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """It is the starter and all of the product's own code, but little else."""
    files = seen(engine, PROJECT, tmp_path / "seen")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docker", "src"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    code = {name for name in files if name.startswith(("docker/", "src/"))}
    assert code == set(listed.stdout.splitlines())
    starter = sum(len(data) for name, data in files.items() if name.startswith("starter/"))
    size = sum(len(data) for data in files.values())
    say(f"context: {size / 1e6:.1f} MB, of which the starter {starter / 1e6:.1f} MB")
    assert size - starter < BESIDE_STARTER
