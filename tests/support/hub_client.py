"""The real client of Hugging Face and its command, pointed at a server of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download, snapshot_download

__all__ = ["HubClient", "files_in"]

_PATIENCE_SECONDS = 60.0


class HubClient:
    """A person's client: an endpoint, a token, a home.

    huggingface_hub reads its environment when it is imported, so that what runs in this process is
    told everything by arguments, and what needs the environment runs in a process of its own.

    Args:
        endpoint: `HF_ENDPOINT`.
        token: `HF_TOKEN`.
        home: `HF_HOME`.
    """

    def __init__(self, endpoint: str, token: str, home: Path) -> None:
        self.endpoint = endpoint
        self.token = token
        self.home = home

    @property
    def api(self) -> HfApi:
        """The programming interface."""
        return HfApi(self.endpoint, token=self.token)

    def download(self, model: str, file: str, revision: str = "main") -> Path:
        """Downloads one file into the cache."""
        return Path(
            hf_hub_download(
                model,
                file,
                revision=revision,
                endpoint=self.endpoint,
                token=self.token,
                cache_dir=self.home / "hub",
            )
        )

    def snapshot(self, model: str, revision: str = "main", **options: Any) -> dict[str, bytes]:
        """Downloads a model into the cache; its files by path."""
        folder = snapshot_download(
            model,
            revision=revision,
            endpoint=self.endpoint,
            token=self.token,
            cache_dir=self.home / "hub",
            **options,
        )
        return files_in(Path(folder))

    def hf(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the `hf` command."""
        return self._run([Path(sys.executable).with_name("hf"), *arguments], environment)

    def python(self, script: str, *arguments: str | Path, **environment: str) -> str:
        """Runs lines of Python; the last line that they print, or that their failure does."""
        ended = self._run([sys.executable, "-c", script, *arguments], environment)
        return (ended.stderr if ended.returncode else ended.stdout).strip().splitlines()[-1]

    def _run(
        self, command: list[str | Path], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {
            "PATH": os.environ["PATH"],
            "HF_ENDPOINT": self.endpoint,
            "HF_TOKEN": self.token,
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        }
        return subprocess.run(
            command,
            env={**own, **environment},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )


def files_in(folder: Path) -> dict[str, bytes]:
    """The files below a folder, without those of the client itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.relative_to(folder).parts
    }
