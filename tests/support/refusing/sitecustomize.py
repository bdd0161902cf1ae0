"""Refuses Python's sockets to leave loopback, in every process that has this folder on its path."""

from __future__ import annotations

import sys
from typing import Any

_LOCAL = ("127.", "::1", "localhost")


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.bind", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    else:
        return
    if host and not str(host).startswith(_LOCAL):
        raise OSError(f"{event} to {host} is refused")


sys.addaudithook(_refuse)
