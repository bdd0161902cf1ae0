"""The probe as a health check runs it: a process beside a real server."""

from __future__ import annotations

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from support.server_process import Ended, ServerProcess, fake_server, starter_server

PATIENCE_SECONDS = 20.0


def probed(port: int | str, host: str = "") -> Ended:
    """What a health check sees: it has one line, and never a trace."""
    with ServerProcess(
        *("-m", "ai_translate.server.probe"),
        environment={"AIT_PORT": str(port), "AIT_HOST": host},
    ) as process:
        ended = process.ended()
    assert ended.errors == ""
    assert len(ended.output.splitlines()) == 1
    return ended


def changed(port: int, before: str) -> Ended:
    """What it says when it no longer says what it said before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while before in (found := probed(port)).output:
        assert time.monotonic() < deadline, found
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def port_of(server: ServerProcess) -> int:
    return httpx.URL(server.url()).port or 0


def test_server_is_ready_when_its_models_are_loaded() -> None:
    """Before it listens and while it loads the probe fails; then it succeeds."""
    port = free_port()
    assert probed(port).status == 1
    with fake_server("--port", str(port), "--load", "on-cue") as server:
        found = changed(port, "Connection refused")
        assert found == (1, f"not ready: http://127.0.0.1:{port}/readyz answered 503\n", "")
        server.say("load")
        server.url()
        assert probed(port) == (0, f"ready: http://127.0.0.1:{port}/readyz answered 200\n", "")


def test_server_that_drains_is_not_ready() -> None:
    """From the signal on the probe fails, while what is in flight is answered, and after it."""
    with fake_server() as server, ThreadPoolExecutor() as pool:
        port = port_of(server)
        assert probed(port).status == 0
        slow = pool.submit(
            httpx.post, f"{server.url()}/translate", json={"text": "WAIT"}, timeout=30
        )
        server.line("waiting")
        server.signal(signal.SIGTERM)
        assert "answered 503" in changed(port, "answered 200").output
        server.say("release")
        assert slow.result(PATIENCE_SECONDS).status_code == 200
        assert server.ended().status == 0
    assert "Connection refused" in probed(port).output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1"])
def test_server_is_found_by_the_host_that_it_was_given(host: str) -> None:
    """The same AIT_HOST leads the server to its address and the probe to the server."""
    with fake_server("--host", host, AIT_AUTH="none") as server:
        port = server.line(r":(\d+) with")[1]
        assert probed(port, host).status == 0


def test_starter_is_ready_by_the_same_variables(models: Path) -> None:
    """A real server and its probe share one environment, as in a container."""
    with starter_server(models) as server:
        assert probed(port_of(server)).status == 0


def test_wrong_variable_is_told() -> None:
    """What is no port fails the probe in a line that names the variable."""
    found = probed("eighty")
    assert found.status == 1
    assert "AIT_PORT" in found.output
