"""A client that is still sending when it is answered for the last time."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import pytest

from support.server_process import ServerProcess

BODY = 5_000_000


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", b"404"), ("/translate", b"413")], ids=["404", "413"]
)
def test_an_answer_before_the_end_of_the_body_is_not_lost(
    starter: ServerProcess, path: str, status: bytes
) -> None:
    """Though the connection ends with it, the client reads all of it and no reset."""
    address = urlsplit(starter.url())
    length = 100 * BODY if status == b"413" else BODY
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as client:
        client.sendall(head.encode())
        first = client.recv(1)
        # Whoever closes a connection on which something unread came in resets it. The server
        # has no need to read all of it.
        with contextlib.suppress(BrokenPipeError):
            for _ in range(20):
                client.sendall(b" " * 50_000)
        answer = first
        while part := client.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer.lower()
    assert answer.endswith(b"}")
