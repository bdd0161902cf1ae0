"""olah, a mirror of the Hub that others wrote, as a process of its own environment."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from support.server_process import PROJECT

__all__ = ["Olah"]

_COMMAND = PROJECT / ".venv-mirror/bin/olah-cli"
_LISTENS = re.compile(r"running on (http://\S+)")
_PATIENCE_SECONDS = 60.0


class Olah:
    """A started mirror, for the block of a with. Leaving it ends the process.

    Args:
        folder: What it keeps lies in here, and so it serves it again after a new start.
        hub: Scheme, host and port of what it mirrors. It knows no path before the models.
        offline: Whether it answers from what it keeps alone.
    """

    def __init__(self, folder: Path, hub: str, *, offline: bool = False) -> None:
        assert _COMMAND.exists(), f"There is no {_COMMAND}: `make test-mirror` installs it."
        scheme, _, host = hub.partition("://")
        folder.mkdir(exist_ok=True)
        config = folder / f"{'offline' if offline else 'online'}.toml"
        config.write_text(
            f'[basic]\nhost = "127.0.0.1"\nrepos-path = "{folder / "kept"}"\n'
            f'hf-scheme = "{scheme}"\nhf-netloc = "{host}"\nhf-lfs-netloc = "{host}"\n'
            f"[accessibility]\noffline = {str(offline).lower()}\n",
            encoding="utf-8",
        )
        # Of this process's environment it gets nothing, least of all a proxy or a token. A library
        # of its own looks for git, which it does not need here.
        self._process = subprocess.Popen(
            [_COMMAND, "--config", config, "--port", "0", "--log-path", folder / "logs"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "GIT_PYTHON_REFRESH": "quiet"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._settled = threading.Event()
        self._url = ""
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    def url(self) -> str:
        """Waits until it listens; its endpoint."""
        assert self._settled.wait(_PATIENCE_SECONDS), self.output
        assert self._url, self.output
        return self._url

    @property
    def output(self) -> str:
        """All that it has said."""
        return "".join(self._lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self, output: IO[str]) -> None:
        # To the end, so that it never waits for somebody to read.
        with output:
            for line in output:
                self._lines.append(line)
                if not self._url and (found := _LISTENS.search(line)):
                    self._url = found[1]
                    self._settled.set()
        self._settled.set()
