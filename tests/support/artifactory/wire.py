"""HTTP on sockets: reads requests, sends answers in pieces, ends connections."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.artifactory.faults import Cut, Slow
from support.artifactory.log import Exchange, Log
from support.artifactory.messages import Answer, FilePart, Origin, Request

__all__ = ["Listener", "Reply"]

_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class Reply:
    """An answer and what happens to it on its way."""

    answer: Answer
    slow: Slow | None = None
    cut: Cut | None = None


class Listener(ThreadingHTTPServer):
    """A listening port on loopback, with a thread for each connection.

    Args:
        port: Its number; 0 for any that is free.
        origin: What its requests are noted under.
        folder: Where the bodies of uploads are kept.
        log: Where exchanges are noted.
        answers: What answers.

    Attributes:
        failures: Errors of the server itself. They end their connection without an answer.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self,
        *,
        port: int,
        origin: Origin,
        folder: Path,
        log: Log,
        answers: Callable[[Request], Reply],
    ) -> None:
        self.origin = origin
        self.folder = folder
        self.log = log
        self.answers = answers
        self.failures: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)
        self._stopping = threading.Event()
        self._loop = threading.Thread(target=self._accept)
        self._loop.start()

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """Ends what is open and waits for its threads."""
        self._stopping.set()
        _end(self.socket)
        self._loop.join()
        with self._lock:
            for connection in self._open:
                _end(connection)
        self.server_close()

    def _accept(self) -> None:
        # Not serve_forever, which looks at intervals whether it shall stop.
        while not self._stopping.is_set():
            self.handle_request()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers a connection, so that it can be ended."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets a connection that has ended."""
        with self._lock:
            self._open.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # socketserver's signature
        """Keeps an error, unless it says that the client has gone."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Artifactory"
    sys_version = ""
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:  # http.server looks for this name
        address = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=address.path,
            query=dict(parse_qsl(address.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            origin=self.server.origin,
            body=self._body(),
        )
        exchange = self.server.log.begun(request)
        self._send(self.server.answers(request), exchange)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # the same

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Says nothing: the log is for tests."""

    def _body(self) -> bytes | Path:
        if self.command != "PUT":
            return b"".join(self._body_blocks())
        with tempfile.NamedTemporaryFile(dir=self.server.folder, delete=False) as file:
            file.writelines(self._body_blocks())
        return Path(file.name)

    def _body_blocks(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield from self._read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield from self._read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            block = self.rfile.read(min(size, _BLOCK_BYTES))
            if not block:
                raise ConnectionError("The client has gone in the middle of a body.")
            size -= len(block)
            yield block

    def _send(self, reply: Reply, exchange: Exchange) -> None:
        answer = reply.answer
        exchange.status = answer.status
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.size))
        self.end_headers()
        if self.command == "HEAD":
            return
        left = answer.size if reply.cut is None else min(reply.cut.after, answer.size)
        for part in answer.parts:
            done = 0
            while left and done < len(part):
                size = min(left, len(part) - done, self._piece(reply.slow))
                left -= size
                # Noted first: who has received the bytes shall find them in the log.
                exchange.sent += size
                if isinstance(part, FilePart):
                    with part.file.open("rb") as file:
                        self.connection.sendfile(file, part.start + done, size)
                else:
                    self.connection.sendall(memoryview(part)[done : done + size])
                done += size
                if reply.slow and left:
                    reply.slow.reached.set()
                    reply.slow.release.wait(reply.slow.seconds)
        if exchange.sent < answer.size:
            self.close_connection = True
            _end(self.connection)

    def _piece(self, slow: Slow | None) -> int:
        return _BLOCK_BYTES if slow is None or slow.release.is_set() else slow.piece


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended already
        connection.shutdown(socket.SHUT_RDWR)
