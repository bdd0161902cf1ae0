"""A server that others wrote, in a process of its own, which says where it listens."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

__all__ = ["Listening"]

_PATIENCE_SECONDS: Final = 60.0


class Listening:
    """A started server, for the block of a with. Leaving it ends the process.

    Args:
        command: What is run.
        says: What it prints when it listens; its group is the address.
        environment: All of it; it inherits nothing, least of all a proxy or a token.
        folder: Where it runs.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        says: re.Pattern[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
    ) -> None:
        self._says = says
        self._lines: list[str] = []
        self._settled = threading.Event()
        self._address = ""
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    @property
    def address(self) -> str:
        """Waits until it listens; what it says of where."""
        assert self._settled.wait(_PATIENCE_SECONDS), self.output
        assert self._address, self.output
        return self._address

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
                if not self._address and (found := self._says.search(line)):
                    self._address = found[1]
                    self._settled.set()
        self._settled.set()
