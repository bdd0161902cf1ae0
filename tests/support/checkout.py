"""A copy of what an image is built of, which a test may edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ai_translate.supply.lockfile import Lock
from support.project import Project
from support.server_process import PROJECT

__all__ = ["Checkout", "secret_files"]

_BESIDE: Final = ("Dockerfile", ".dockerignore")
_GENERATOR: Final = PROJECT / "tooling/image/dockerfile.py"


@dataclass(frozen=True)
class Checkout:
    """A folder that is built as the project is.

    Attributes:
        folder: Where it lies.
    """

    folder: Path

    @classmethod
    def of_project(cls, folder: Path) -> Checkout:
        """A new copy of all that `.dockerignore` lets through, and of what says how to build."""
        for name in (*_BESIDE, *_let_through()):
            source, copy = PROJECT / name, folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy)
        return cls(folder)

    def copied(self, folder: Path) -> Checkout:
        """A copy of it elsewhere."""
        shutil.copytree(self.folder, folder)
        return Checkout(folder)

    @property
    def lock(self) -> Lock:
        """Its models."""
        return Lock.read(self.folder / "models.lock")

    def edit(self, name: str, text: str = "") -> None:
        """Adds a line to a file that is there or not yet; a comment that no other has, if none."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text or f"# {uuid.uuid4()}\n")

    def add_model(self, endpoint: str, repo: str, *options: str) -> None:
        """Locks a model of the Hub, in place of the one of its name, and lets the image have it."""
        Project(self.folder, endpoint).done("models", "add", repo, *options)
        # A build makes its own.
        shutil.rmtree(self.folder / ".models")
        self.generate()

    def generate(self) -> None:
        """Brings Dockerfile and .dockerignore to what the lock says."""
        command = [sys.executable, _GENERATOR, "--root", self.folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def date(self, seconds: int) -> None:
        """Dates all that is in it, as a checkout at another time would."""
        for path in self.folder.rglob("*"):
            os.utime(path, (seconds, seconds))


def _let_through() -> Iterator[str]:
    for line in (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line.startswith("!"):
            yield line.removeprefix("!")


def secret_files(folder: Path, secrets: Mapping[str, str]) -> dict[str, Path]:
    """Files of secrets by their id, for `Engine.build`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / name for name in secrets}
    for name, path in files.items():
        path.write_text(secrets[name], encoding="utf-8")
    return files
