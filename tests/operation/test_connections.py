"""Thousands of clients that hang on to a real server, which goes on serving the others."""

from __future__ import annotations

import resource
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

import httpx
import psutil
import pytest

from support.server_process import ServerProcess, fake_server

PATIENCE_SECONDS: Final = 60.0
IDLE: Final = 10_000
SLOW: Final = 1_000
UNREAD: Final = 20
# One costs about a fifth of this: its parser, its protocol and its transport.
MOST_BYTES_EACH: Final = 35_000
GET: Final = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def opened(server: ServerProcess, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, from some addresses of loopback so that no port runs short."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < count + 200:
        pytest.skip(f"this system lets a process open {hard} files, which is too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    address = httpx.URL(server.url())
    try:
        with ExitStack() as held:
            yield [
                held.enter_context(
                    socket.create_connection(
                        (address.host, address.port or 80),
                        PATIENCE_SECONDS,
                        source_address=(f"127.0.0.{2 + number % 4}", 0),
                    )
                )
                for number in range(count)
            ]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def read_to_the_end(links: list[socket.socket], drip: bytes = b"") -> list[bytes]:
    """What each connection said until the server closed it.

    Args:
        links: The connections.
        drip: What each sends, byte by byte, all the while.
    """
    said = dict.fromkeys(links, b"")
    left = dict.fromkeys(links, 0)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with selectors.DefaultSelector() as selector:
        for link in links:
            link.setblocking(False)
            selector.register(link, selectors.EVENT_READ, link)
        while left and time.monotonic() < deadline:
            for key, _ in selector.select(0.2):
                try:
                    heard: bytes = key.data.recv(65_536)
                except ConnectionResetError:
                    heard = b""
                said[key.data] += heard
                if not heard:
                    selector.unregister(key.data)
                    del left[key.data]
            for link in left if drip else ():
                with suppress(OSError):  # it may have been closed meanwhile
                    link.send(drip[left[link] % len(drip) :][:1])
                left[link] += 1
    assert not left, f"{len(left)} of {len(links)} were not let go"
    return list(said.values())


def served(server: ServerProcess, count: int = 50) -> None:
    """Holds that ordinary requests are answered."""
    with httpx.Client(base_url=server.url(), timeout=PATIENCE_SECONDS) as client:
        for number in range(count):
            answer = client.post("/translate", json={"text": f"Hello {number}."})
            assert answer.status_code == 200
            assert answer.json()["translated_text"] == f"HELLO {number}."


def test_ten_thousand_idle_connections_cost_little() -> None:
    """Others are served, memory for each is bounded, and all are let go when their time is over."""
    with fake_server(AIT_KEEP_ALIVE="10", AIT_LOG_LEVEL="warning") as server:
        served(server)
        process = psutil.Process(server.pid)
        before = process.memory_info().rss
        with opened(server, IDLE) as links:
            for link in links[::4]:
                link.sendall(GET)
                answer = b""
                while not answer.endswith(b"}"):
                    answer += link.recv(4_096)
                assert answer.startswith(b"HTTP/1.1 200")
            served(server)
            assert process.num_fds() > IDLE
            each = (process.memory_info().rss - before) / IDLE
            assert each < MOST_BYTES_EACH, f"{each:.0f} bytes"
            assert set(read_to_the_end(links)) == {b""}
        served(server)
        assert process.num_fds() < 200


def test_a_thousand_slow_clients_do_not_keep_others_out() -> None:
    """Heads and bodies that come byte by byte end in a 408; who does not read is let go too."""
    times = {"AIT_HEADER_TIMEOUT": "3", "AIT_BODY_TIMEOUT": "3", "AIT_ANSWER_TIMEOUT": "3"}
    with fake_server(**times, AIT_LOG_LEVEL="warning") as server, opened(server, SLOW) as links:
        unread, slow = links[:UNREAD], links[UNREAD:]
        heads, bodies = slow[::2], slow[1::2]
        for link in unread:
            link.sendall(GET.replace(b"/livez", b"/openapi.json") * 100)
        for link in heads:
            link.sendall(GET[:-2] + b"X: ")
        for link in bodies:
            link.sendall(b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        served(server)
        answers = read_to_the_end(slow, drip=b'{"text": "')
        assert {answer.split()[1] for answer in answers} == {b"408"}
        assert all(b"slow_request" in answer for answer in answers)
        process = psutil.Process(server.pid)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.num_fds() > 200 and time.monotonic() < deadline:
            served(server, 1)
        assert process.num_fds() < UNREAD + 200
        # All hundred answers would be more: what is read now is what the system had taken.
        assert all(len(answer) < 100 * 50_000 for answer in read_to_the_end(unread))
        served(server)


def test_more_clients_than_there_may_be_are_told() -> None:
    """Those over AIT_MAX_CONNECTIONS get a 503; when others leave there is room again."""
    with fake_server(AIT_MAX_CONNECTIONS="100", AIT_LOG_LEVEL="warning") as server:
        with opened(server, 150) as links:
            told = read_to_the_end(links[100:])
            assert {answer.split()[1] for answer in told} == {b"503"}
            assert all(b"Retry-After" in answer.title() for answer in told)
            links[0].sendall(GET)
            assert links[0].recv(4_096).startswith(b"HTTP/1.1 200")
        served(server)
