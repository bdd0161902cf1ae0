"""A project's folder and the commands that are run in it, as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from support import marian

__all__ = ["CARD", "SECRET", "Project", "marian_files"]

SECRET = "hf_kept-to-itself"
CARD = b"---\nlicense: apache-2.0\nlanguage: [en, fr]\n---\n# A model\n"
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Project:
    """A folder, an endpoint, and a token for it.

    Attributes:
        folder: Where commands run.
        endpoint: `HF_ENDPOINT`.
        token: `HF_TOKEN`.
    """

    folder: Path
    endpoint: str
    token: str = SECRET

    def environment(self, **more: str) -> dict[str, str]:
        """What commands are told, and nothing of this process's own."""
        own = {"PATH": os.environ["PATH"], "HF_ENDPOINT": self.endpoint, "HF_TOKEN": self.token}
        return {**own, "HF_HUB_DOWNLOAD_TIMEOUT": "60", "HF_HUB_ETAG_TIMEOUT": "60", **more}

    @staticmethod
    def command(*arguments: str | Path) -> list[str | Path]:
        """A command, to be run by other means than `begin`."""
        return [sys.executable, "-m", "ai_translate.cli", *arguments]

    def begin(self, *arguments: str | Path, **more: str) -> subprocess.Popen[str]:
        """Starts a command."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end. The token is in nothing that it prints."""
        with self.begin(*arguments, **more) as process:
            output, errors = process.communicate(timeout=_PATIENCE_SECONDS)
        assert SECRET not in output + errors
        assert "Traceback" not in errors, errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def done(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a command that must succeed."""
        ended = self.run(*arguments, **more)
        assert ended.returncode == 0, ended
        return ended

    @property
    def lock(self) -> Lock:
        """What is locked."""
        return Lock.read(self.folder / "models.lock", missing_ok=True)

    @property
    def store(self) -> Store:
        """What is stored."""
        return Store(self.folder / ".models")

    def stored(self) -> list[str]:
        """Names of all that lies in the store, hidden or not."""
        folder = self.store.folder
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def snapshot(self, repo: str, commit: str) -> Path:
        """Where the files of a commit are downloaded to."""
        name = f"models--{repo.replace('/', '--')}"
        return self.folder / ".models/hub" / name / "snapshots" / commit


def marian_files(folder: Path, seed: int = 0, **changes: Any) -> dict[str, bytes]:
    """The files of a small Marian model as a repository has them, with some that nobody needs."""
    config = marian.write_folder(folder, **changes)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    weights = save(marian.tensors_of(config, seed))
    return {
        **files,
        "README.md": CARD,
        "model.safetensors": weights,
        "pytorch_model.bin": b"other weights",
        "tf_model.h5": b"other weights",
        "onnx/model.onnx": b"other weights",
    }
