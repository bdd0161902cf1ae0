"""Refuses Python's sockets to leave loopback, in every process that has this folder on its path."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

_BY_NAME = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_BY_ADDRESS = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")


def _is_local(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _BY_NAME:
        host = arguments[0]
        # No name at all stands for this machine.
        refused = bool(host) and not _is_local(host)
    elif event in _BY_ADDRESS and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        refused = not _is_local(host)
    else:
        return
    if refused:
        raise OSError(f"{event} to {host} is refused")


sys.addaudithook(_refuse)
