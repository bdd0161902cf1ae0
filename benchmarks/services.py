"""Starts and stops the servers that are measured, and reads what they use."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Service", "free_port", "our_service", "serving"]

_COMMAND: Final = [str(Path(sys.executable).parent / "ai-translate"), "serve", "--port", "0"]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PATIENCE_SECONDS: Final = 120
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Service:
    """A running server.

    Attributes:
        process: Its process.
        port: Where it listens on 127.0.0.1.
        seconds_to_ready: From the start of the process to its first good answer.
    """

    process: subprocess.Popen[str]
    port: int
    seconds_to_ready: float

    def cpu_seconds(self) -> float:
        """Processor time of all its threads since it started, user and system (proc(5))."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_megabytes(self) -> float:
        """Its resident memory now, in MB of 10^6 bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    def peak_megabytes(self) -> float:
        """Peak of its resident memory, in MB of 10^6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) * 1024 / 1e6

    def post(self, path: str, body: Mapping[str, object], *, timeout: float = 600) -> Any:
        """The JSON that it answers to a JSON body.

        Raises:
            SystemExit: It answered anything but 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            content = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {content[:300]!r}")
        return json.loads(content)

    def stop(self) -> None:
        """Ends it and waits for it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def our_service(
    folder: Path,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = _COMMAND,
) -> Iterator[Service]:
    """Our server with the models of a folder, its cache empty.

    The line that it prints when it is ready is its own word; `/readyz` confirms it.

    Args:
        folder: Where `models.lock` and `.models` are.
        settings: Further environment variables.
        command: What starts it.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={"AIT_LOG_LEVEL": "warning", **os.environ, **(settings or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.search(r"http://127\.0\.0\.1:(\d+)", line)
    if match is None:
        process.wait()
        raise SystemExit(f"the server did not start: {line!r}")
    port = int(match[1])
    if not _answers(port, "/readyz"):
        raise SystemExit("the server announced itself before it was ready")
    service = Service(process, port, time.perf_counter() - started)
    try:
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def serving(
    command: Sequence[str],
    port: int,
    probe: str,
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
) -> Iterator[Service]:
    """Somebody else's server, started by a command and ready when `probe` answers 200.

    Args:
        command: What starts it.
        port: Where the command makes it listen.
        probe: Path of a GET that it answers when it is ready.
        folder: Where it is started.
        environment: All of its environment variables.
        log: Where its output goes.
    """
    started = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=output, stderr=output, text=True
        )
    service = Service(process, port, 0)
    try:
        while not _answers(port, probe):
            if process.poll() is not None or time.perf_counter() - started > _PATIENCE_SECONDS:
                raise SystemExit(f"{command[0]} did not start; see {log}:\n{log.read_text()}")
            time.sleep(_PAUSE_SECONDS)
        yield Service(process, port, time.perf_counter() - started)
    finally:
        service.stop()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False
