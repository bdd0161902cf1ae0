"""What the probe says of servers that answer, do not answer, or are none."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ai_translate.config import PREFIX
from ai_translate.server import probe
from ai_translate.server.probe import look
from ai_translate.settings import Settings


@contextmanager
def speaking(*said: bytes, host: str = "127.0.0.1", hang_up: bool = True) -> Iterator[str]:
    """A server that says what it is told to the first who comes; its port.

    It keeps the connection until the block ends, or hangs up when all is said.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    done = threading.Event()

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            for part in said:
                connection.sendall(part)
            if not hang_up:
                done.wait()

    with socket.create_server((host, 0), family=family) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield str(listener.getsockname()[1])
        done.set()
        thread.join()


def test_ready_is_what_answers_200() -> None:
    """The first line of the answer decides, however it is cut into packets."""
    for parts in ([b"HTTP/1.1 200 OK\r\n\r\n"], [b"HTT", b"P/1.1 2", b"00 OK\r", b"\n"]):
        with speaking(*parts) as port:
            found = look({"AIT_PORT": port})
        assert found == (True, f"ready: http://127.0.0.1:{port}/readyz answered 200")


@pytest.mark.parametrize("status", [b"503 Service Unavailable", b"404", b"500 Oh", b"301 Moved"])
def test_any_other_status_is_not_ready(status: bytes) -> None:
    """No other answer counts, also not a redirect, and its status is told."""
    with speaking(b"HTTP/1.1 " + status + b"\r\n\r\n") as port:
        found = look({"AIT_PORT": port})
    shown = status[:3].decode()
    assert found == (False, f"not ready: http://127.0.0.1:{port}/readyz answered {shown}")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "hung up"),
        (b"SSH-2.0-OpenSSH\r\n", "answered b'SSH-2.0-OpenSSH'"),
        (b"HTTP/1.1 \r\n", "answered b'HTTP/1.1 '"),
        (b"HTTP/1.1 OK\r\n", "answered b'HTTP/1.1 OK'"),
        (b"\xff\x00\x1b[2J\n", r"answered b'\xff\x00\x1b[2J'"),
        (b"200" * 1000, "answered b'200200"),
    ],
)
def test_what_is_no_http_is_told_in_one_short_line(said: bytes, told: str) -> None:
    """Whatever listens there, the line is short, printable and names the address."""
    with speaking(said) as port:
        found = look({"AIT_PORT": port})
    assert not found.ready
    assert told in found.line
    assert f"http://127.0.0.1:{port}/readyz" in found.line
    assert found.line.isprintable()
    assert len(found.line) < 150


@pytest.mark.parametrize("said", [[], [b"HTTP/1.1 20"]])
def test_server_that_is_silent_is_not_waited_for(said: list[bytes]) -> None:
    """A server that takes the connection and does not answer in time is not ready."""
    with speaking(*said, hang_up=False) as port:
        found = look({"AIT_PORT": port}, seconds=0.1)
    assert not found.ready
    assert found.line.endswith("said nothing for 0.1 seconds")


def test_port_that_nobody_listens_on_is_told() -> None:
    """Nobody there is not ready, with the reason of the system."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = look({"AIT_PORT": str(port)})
    assert found == (False, f"no answer: http://127.0.0.1:{port}/readyz: Connection refused")


@pytest.mark.parametrize("port", ["0", "-1", "65536", "eighty", "10.0.0.1:80", "9" * 5000])
def test_port_that_is_none_is_told(port: str) -> None:
    """A wrong AIT_PORT, or one that the system was to choose, is named."""
    found = look({"AIT_PORT": port})
    assert not found.ready
    assert found.line.startswith(f"cannot ask: AIT_PORT is {port[:60]!r}")
    assert len(found.line) < 150


@pytest.mark.parametrize("host", ["ü" * 70, "a" * 300])
def test_host_that_is_none_is_told(host: str) -> None:
    """A name that no host can have is no trace."""
    assert look({"AIT_HOST": host, "AIT_PORT": "1"}).line.endswith("that is no name of a host")


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        *[(host, "127.0.0.1") for host in ("", "0.0.0.0", "127.0.0.1", "localhost")],
        *[("::", "::1"), ("::1", "::1")],
    ],
)
def test_who_listens_everywhere_is_asked_on_loopback(host: str, asked: str) -> None:
    """A wildcard stands for this machine, in either family; another address for itself."""
    with speaking(b"HTTP/1.1 200 OK\r\n\r\n", host=asked) as port:
        found = look({"AIT_HOST": host, "AIT_PORT": port})
    shown = {"::1": "[::1]"}.get(asked, "localhost" if host == "localhost" else asked)
    assert found == (True, f"ready: http://{shown}:{port}/readyz answered 200")


def test_defaults_are_those_of_the_settings() -> None:
    """Without variables the probe asks where a server without variables listens."""
    fields = Settings.model_fields
    assert fields["host"].default == probe._HOST
    assert str(fields["port"].default) == probe._PORT
    assert PREFIX == "AIT_"


def test_nothing_heavy_is_loaded() -> None:
    """The probe runs every few seconds: neither settings nor an HTTP client come with it."""
    code = "import sys, ai_translate.server.probe; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    heavy = {"pydantic", "fastapi", "numpy", "asyncio", "http", "email", "ssl", "logging", "json"}
    assert not loaded & heavy


def test_a_port_of_an_orchestrator_is_not_taken_for_ours() -> None:
    """Where a service is called `ait`, the probe asks at the port that the server then has."""
    assert ":8002/readyz" in look({"AIT_PORT": "tcp://10.0.0.1:9999"}, seconds=0.1).line
