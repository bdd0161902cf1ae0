"""`python -m ai_translate.server.probe`: whether the server of this machine is ready.

For the HEALTHCHECK of an image, which has neither curl nor a shell to rely on. It runs every few
seconds beside the server, so that it imports nothing heavy: not the settings, of which it reads the
two that it needs, and no HTTP client, which would double what the process costs.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["Found", "look"]

# As in `settings.py`, which a test holds them against.
_HOST: Final = "127.0.0.1"
_PORT: Final = "8002"

# Who listens everywhere is asked where nothing but this machine answers.
_LOOPBACK: Final = {"": _HOST, "0.0.0.0": _HOST, "::": "::1"}  # noqa: S104  # not listened on

_SECONDS: Final = 3.0
_LONGEST_LINE: Final = 1000
_SHOWN: Final = 60


class Found(NamedTuple):
    """Whether the server is ready, and what was found, in one line."""

    ready: bool
    line: str


def look(environment: Mapping[str, str], seconds: float = _SECONDS) -> Found:
    """Asks `/readyz` where the environment says that the server listens. Raises nothing.

    Args:
        environment: `AIT_HOST` and `AIT_PORT` as the server has them.
        seconds: How long to wait for the first line of the answer.
    """
    given = environment.get("AIT_PORT") or _PORT
    if "://" in given:  # from an orchestrator: see `config.read_settings`
        given = _PORT
    try:
        port = int(given)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        return Found(False, f"cannot ask: AIT_PORT is {given[:_SHOWN]!r}, which is no port to ask")
    host = environment.get("AIT_HOST", "")
    host = _LOOPBACK.get(host, host)
    url = f"http://[{host}]:{port}/readyz" if ":" in host else f"http://{host}:{port}/readyz"
    try:
        line = _first_line(host, port, seconds)
    except TimeoutError:
        return Found(False, f"no answer: {url} said nothing for {seconds:g} seconds")
    except (OSError, UnicodeError) as error:  # the latter from a name that no host can have
        reason = getattr(error, "strerror", None) or "that is no name of a host"
        return Found(False, f"no answer: {url}: {reason}")
    if not line:
        return Found(False, f"no answer: {url} hung up")
    protocol, _, status = line.decode("latin-1").partition(" ")
    if not protocol.startswith("HTTP/") or not status[:3].isdecimal():
        return Found(False, f"no HTTP: {url} answered {line[:_SHOWN]!r}")
    ready = status.startswith("200")
    return Found(ready, f"{'ready' if ready else 'not ready'}: {url} answered {status[:3]}")


def _first_line(host: str, port: int, seconds: float) -> bytes:
    """The first line of the answer to a request for `/readyz`, or as much of it as came.

    Raises:
        TimeoutError: It was not whole in time.
        OSError: The server cannot be reached.
    """
    deadline = time.monotonic() + seconds
    with socket.create_connection((host, port), timeout=seconds) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while b"\n" not in received and len(received) < _LONGEST_LINE:
            rest = deadline - time.monotonic()
            if rest <= 0:
                raise TimeoutError
            connection.settimeout(rest)
            more = connection.recv(_LONGEST_LINE)
            if not more:
                break
            received += more
    return received.partition(b"\n")[0].rstrip(b"\r")


def _main() -> int:
    found = look(os.environ)
    sys.stdout.write(f"{found.line}\n")
    return 0 if found.ready else 1


if __name__ == "__main__":
    sys.exit(_main())
