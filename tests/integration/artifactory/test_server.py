from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from support.artifactory import Artifactory, Fault, Slow

MODEL = "acme/opus-en-fr"


class Gremlin(Fault):
    def instead(self) -> None:
        """Raises."""
        raise RuntimeError("a fault of the server itself")


def test_a_fault_of_the_server_itself_is_no_answer_and_comes_out() -> None:
    """A mistake in the server is not taken for a fault that a test asked for."""
    server = Artifactory()
    server.inject(Gremlin())
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.endpoint("models"))
    with pytest.raises(RuntimeError, match="the server itself"):
        server.close()


def test_a_client_may_leave_at_any_time(files: dict[str, bytes]) -> None:
    """A client that goes in the middle of an answer or of a body is no fault of the server."""
    with Artifactory(anonymous=True) as server:
        server.local("models")
        server.add_model("models", MODEL, files)
        slow = Slow(piece=1)
        server.inject(slow)
        url = f"{server.endpoint('models')}/{MODEL}/resolve/main/source.spm"
        with httpx.stream("GET", url):
            assert slow.reached.wait(20)
        slow.release.set()
        address = urlsplit(url)
        with socket.create_connection(("127.0.0.1", address.port or 0)) as connection:
            connection.sendall(b"PUT /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nab")


def test_many_may_read_while_one_writes(files: dict[str, bytes], tmp_path: Path) -> None:
    """Requests, pushes and the log can be used from any thread."""
    path = tmp_path / "source.spm"
    path.write_bytes(files["source.spm"])
    with Artifactory(anonymous=True) as server, httpx.Client() as client:
        server.local("models")
        commit = server.add_model("models", MODEL, {"source.spm": path})
        url = f"{server.endpoint('models')}/{MODEL}/resolve/{commit}/source.spm"

        def read_and_write(number: int) -> bytes:
            server.add_model("models", MODEL, {"n.json": str(number).encode()}, f"v{number}")
            return client.get(url).content

        with ThreadPoolExecutor(8) as pool:
            contents = set(pool.map(read_and_write, range(64)))
        assert contents == {files["source.spm"]}
        assert len(server.requests.wait("source.spm", count=64)) == 64
        assert (
            len(
                client.get(f"{server.endpoint('models')}/api/models/{MODEL}/refs").json()[
                    "branches"
                ]
            )
            == 65
        )
        server.requests.clear()
        assert list(server.requests) == []


def test_the_same_history_has_the_same_commits(files: dict[str, bytes]) -> None:
    """A commit's name depends on what was pushed, so that a lock can hold it across runs."""
    commits = []
    for _ in range(2):
        with Artifactory() as server:
            server.local("models")
            first = server.add_model("models", MODEL, files)
            commits.append((first, server.add_model("models", MODEL, files)))
    assert commits[0] == commits[1]
    assert commits[0][0] != commits[0][1]
