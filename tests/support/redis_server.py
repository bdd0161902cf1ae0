"""A real Redis in a process of its own, which can be killed and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

__all__ = ["RedisServer"]

_PATIENCE_SECONDS: Final = 20.0


class RedisServer:
    """Debian's redis-server on a port of loopback that stays the same, keeping nothing on disk.

    Args:
        folder: Where it runs.
        password: What it asks for.
    """

    def __init__(self, folder: Path, password: str = "") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, password and all."""
        user = f":{self._password}@" if self._password else ""
        return f"redis://{user}127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self._process = subprocess.Popen(
            [
                *("redis-server", "--bind", "127.0.0.1", "--port", str(self._port)),
                *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
                *(("--requirepass", self._password) if self._password else ()),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.told("PING") != "PONG":
            assert self._process.poll() is None, "redis-server has ended"
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)

    def told(self, *command: str) -> str:
        """What it answers to a command, in one line for each item; empty if it does not."""
        address = ["-h", "127.0.0.1", "-p", str(self._port)]
        asked = subprocess.run(
            ["redis-cli", *address, "--raw", *command],
            env={"REDISCLI_AUTH": self._password, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout.strip()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, such as the one that stops it where it stands."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kills it, and all that it knows."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
