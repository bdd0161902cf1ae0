"""A server that is told to stop, under load and with clients of every kind."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from support.server_process import ServerProcess, fake_server, starter_server
from support.serving import error_of

PATIENCE_SECONDS = 20.0
CLIENTS = 32


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def draining(url: str) -> bool:
    return bool(httpx.get(f"{url}/readyz").json()["status"] == "draining")


def connected(process: ServerProcess) -> socket.socket:
    address = urlsplit(process.url())
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE_SECONDS)


class Load:
    """Clients that ask one request after the other, until nobody takes a connection any more.

    Half of them keep their connections, half take a new one for each request.

    Attributes:
        answers: How many answers of each status there were.
        lost: What went wrong with requests that somebody had accepted.
        kept: Answers of a stopping server that did not say that the connection ends.
    """

    def __init__(self, url: str) -> None:
        self.answers: Counter[int] = Counter()
        self.lost: list[str] = []
        self.kept: list[httpx.Response] = []
        self._url = url
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def over(self) -> None:
        """Waits for all clients."""
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()

    def _ask(self, number: int) -> None:
        headers = {"Connection": "close"} if number % 2 else {}
        with httpx.Client(base_url=self._url, timeout=30, headers=headers) as client:
            while True:
                try:
                    response = client.post("/translate", json={"text": f"Text {number}."})
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    self.lost.append(repr(error))
                    return
                self.answers[response.status_code] += 1
                if response.status_code == 503 and response.headers.get("connection") != "close":
                    self.kept.append(response)


@pytest.mark.parametrize("real", [False, True], ids=["fake", "starter"])
def test_no_accepted_request_is_lost(real: bool, request: pytest.FixtureRequest) -> None:
    """Under load, each request has a whole answer, 200 or 503, and the process exits with 0."""
    with starter_server(request.getfixturevalue("models")) if real else fake_server() as process:
        load = Load(process.url())
        eventually(lambda: load.answers[200] > 10 * CLIENTS)
        process.signal(signal.SIGTERM)
        load.over()
        ended = process.ended()
    assert load.lost == []
    assert set(load.answers) <= {200, 503}
    assert load.kept == []
    assert ended.status == 0
    assert "Traceback" not in ended.errors


def test_what_was_taken_goes_on_while_others_are_told_to_leave() -> None:
    """Requests in flight are finished; new ones, also on open connections, get 503 and a close."""
    with fake_server() as process, ExitStack() as held:
        url = process.url()
        slow = [held.enter_context(connected(process)) for _ in range(8)]
        for sender in slow:
            sender.sendall(
                b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b'Content-Length: 15\r\n\r\n{"text":"WAIT"}'
            )
        process.line("waiting")
        client = held.enter_context(httpx.Client(base_url=url))
        assert "connection" not in client.get("/readyz").headers
        process.signal(signal.SIGTERM)
        eventually(lambda: draining(url))
        refused = client.post("/translate", json={"text": "a"})
        probed = client.get("/livez")
        process.say("release")
        answered = [_all_of(sender) for sender in slow]
        ended = process.ended()
    assert refused.status_code == 503
    assert error_of(refused)["code"] == "not_ready"
    assert refused.headers["retry-after"]
    assert refused.headers["connection"] == probed.headers["connection"] == "close"
    # Those that were there when it was told to stop, and those that came to it after.
    assert {answer[:12] for answer in answered} <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    assert answered[0].endswith(b"}")
    assert any(b'"translated_text":"WAIT"' in answer for answer in answered)
    assert all(b"\r\nconnection: close\r\n" in answer for answer in answered)
    assert ended.status == 0


def _all_of(sender: socket.socket) -> bytes:
    """What comes until the other side closes."""
    return b"".join(iter(lambda: sender.recv(65_536), b""))


def test_what_is_queued_after_the_grace_is_given_up() -> None:
    """After AIT_GRACE, requests that wait are answered with 503, and the process exits with 0."""
    with fake_server(AIT_GRACE="0.2") as process, ThreadPoolExecutor() as pool:
        url = process.url()
        slow = pool.submit(httpx.post, f"{url}/translate", json={"text": "WAIT"}, timeout=30)
        process.line("waiting")
        process.signal(signal.SIGTERM)
        answered = slow.result(PATIENCE_SECONDS)
        ended = process.ended()
    assert answered.status_code == 503
    assert error_of(answered)["code"] == "not_ready"
    assert answered.headers["retry-after"]
    assert answered.headers["connection"] == "close"
    assert ended.status == 0
    assert "AIT_GRACE" in ended.errors
    assert "Traceback" not in ended.errors


def test_a_document_in_the_background_keeps_nobody(tmp_path: Path) -> None:
    """A job that will take long does not keep the process: it is over, and its end is told."""
    state = str(tmp_path / "state")
    with fake_server(AIT_STATE_DIR=state) as process:
        url = process.url()
        begun = httpx.post(
            f"{url}/translate/document", files={"file": ("a.txt", b"WAIT")}, data={"wait": "0"}
        )
        process.line("waiting")
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert begun.status_code == 202
    assert ended.status == 0
    assert "Traceback" not in ended.errors
    with fake_server(AIT_STATE_DIR=state) as process:
        job = httpx.get(process.url() + begun.headers["location"]).json()
    assert job["status"] == "failed"
    assert job["error"]["code"] == "stopped"


def test_clients_that_never_finish_keep_nobody() -> None:
    """Half a request, a connection without one, and one that reads nothing: it ends with 0."""
    with fake_server(AIT_GRACE="0.2") as process:
        process.url()
        with connected(process) as half, connected(process), connected(process) as deaf:
            half.sendall(b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
            text = b'{"text":"' + b"Hello. " * 200_000 + b'"}'
            deaf.sendall(
                b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
            )
            assert deaf.recv(10)
            process.signal(signal.SIGTERM)
            ended = process.ended()
    assert ended.status == 0
    assert "Traceback" not in ended.errors
