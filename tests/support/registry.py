"""A registry of images, as Debian packages it, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

__all__ = ["Registry"]

_PROGRAM: Final = "/usr/bin/docker-registry"
_LISTENS: Final = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_PATIENCE_SECONDS: Final = 30.0
_CONFIG: Final = """\
version: 0.1
log: {{level: info, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}}}
http: {{addr: "127.0.0.1:0"}}
"""


class Registry:
    """A started registry on loopback, for the block of a with. Leaving it ends the process.

    Args:
        folder: What it keeps lies in here.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.yml"
        config.write_text(_CONFIG.format(folder=folder / "kept"), encoding="utf-8")
        self._process = subprocess.Popen(
            [_PROGRAM, "serve", config],
            env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._settled = threading.Event()
        self._port = 0
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    @property
    def host(self) -> str:
        """Waits until it listens; what the names of its images begin with."""
        assert self._settled.wait(_PATIENCE_SECONDS), "".join(self._lines)
        assert self._port, "".join(self._lines)
        return f"localhost:{self._port}"

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
                if not self._port and (found := _LISTENS.search(line)):
                    self._port = int(found[1])
                    self._settled.set()
        self._settled.set()
