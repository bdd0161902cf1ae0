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
from support.engine import Build
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
        for name in (*map(Path, _BESIDE), *_let_through()):
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, copy)
        return cls(folder)

    def copied(self, folder: Path) -> Checkout:
        """A copy of it elsewhere."""
        shutil.copytree(self.folder, folder)
        return Checkout(folder)

    @property
    def lock(self) -> Lock:
        """Its models."""
        return Lock.read(self.folder / "models.lock")

    def layers(self, build: Build) -> dict[str, str]:
        """The diff ID of each layer of its image, by what is in it, lowest first."""
        models = [model.name for model in self.lock.models]
        names = ["base", "no pip", "dependencies", *models, "lock", "application", "folder"]
        return dict(zip(names, build.diff_ids, strict=True))

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
        command: list[str | Path] = [sys.executable, _GENERATOR, "--root", self.folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def date(self, seconds: int) -> None:
        """Dates all that is in it, as a checkout at another time would."""
        for path in self.folder.rglob("*"):
            os.utime(path, (seconds, seconds))


def _let_through() -> Iterator[Path]:
    for line in (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line.startswith("!"):
            for path in PROJECT.glob(line.removeprefix("!")):
                yield path.relative_to(PROJECT)


def secret_files(folder: Path, secrets: Mapping[str, str]) -> dict[str, Path]:
    """Files of secrets by their id, for `Engine.build`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / name for name in secrets}
    for name, path in files.items():
        path.write_text(secrets[name], encoding="utf-8")
    return files
