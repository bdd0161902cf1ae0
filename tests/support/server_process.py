"""A server in a process of its own, as its operator sees it: lines, signals and an exit status."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

__all__ = ["ServerProcess", "fake_server", "pulled_models", "starter_server"]

PROJECT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 30.0


class Ended(NamedTuple):
    """How a process ended."""

    status: int
    output: str
    errors: str


class ServerProcess:
    """A started server. Leaving its block kills what is left of it.

    Args:
        arguments: What follows `python`.
        environment: What is added to this process's environment.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        paths = [str(PROJECT / "tests"), os.environ.get("PYTHONPATH", "")]
        own = {name: value for name, value in os.environ.items() if not name.startswith("AIT_")}
        self._lines: list[str] = []
        self._url = ""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed at the block's end
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={**own, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A file never fills up as a pipe does that nobody reads yet.
            stderr=self._errors,
        )

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def line(self, pattern: str) -> re.Match[str]:
        """Waits for a line of its output, and fails with all that it said if none comes."""
        output = _piped(self._process.stdout)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while selector.select(deadline - time.monotonic()):
                line = output.readline().decode()
                if not line:
                    break
                self._lines.append(line)
                if match := re.search(pattern, line):
                    return match
        self._process.kill()
        raise AssertionError(f"No line like {pattern!r}: {self.ended()}")

    def url(self) -> str:
        """Waits until it is ready; the address that it announced."""
        self._url = self._url or self.line(r"http://\S+")[0]
        return self._url

    def say(self, line: str) -> None:
        """Writes a line to its standard input."""
        stream = _piped(self._process.stdin)
        stream.write(f"{line}\n".encode())
        stream.flush()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def ended(self) -> Ended:
        """Waits for its end."""
        output, _ = self._process.communicate(timeout=_PATIENCE_SECONDS)
        self._errors.seek(0)
        errors = self._errors.read()
        return Ended(
            self._process.returncode, "".join(self._lines) + output.decode(), errors.decode()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            _piped(stream).close()


def fake_server(*arguments: str, **environment: str) -> ServerProcess:
    """The real server around the fake engine; see `fake_server.py` for its arguments."""
    return ServerProcess("-m", "support.fake_server", *arguments, environment=environment)


def starter_server(models: Path, **environment: str) -> ServerProcess:
    """What `make serve` starts, on a free port."""
    return ServerProcess(
        *("-m", "ai_translate.cli", "serve", "--port", "0"),
        environment={"AIT_MODELS_DIR": str(models), **environment},
    )


def pulled_models(folder: Path) -> Path:
    """The models of the lock, converted into a folder."""
    with ServerProcess(
        *("-m", "ai_translate.cli", "models", "pull"), environment={"AIT_MODELS_DIR": str(folder)}
    ) as pull:
        ended = pull.ended()
    assert ended.status == 0, ended
    return folder


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
