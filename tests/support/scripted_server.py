"""A server that answers as a function says: for mirrors that break the rules, and for proxies."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Request", "Response", "ScriptedServer", "certificate"]


@dataclass(frozen=True)
class Request:
    """What came. `target` is what stands in the request line; names of headers are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What is answered. Content-Length is added where the headers have none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class ScriptedServer(ThreadingHTTPServer):
    """Listens on loopback for the block of a with.

    Args:
        answers: What it answers.
        tls: How it speaks https; plain http by default.

    Attributes:
        requests: All that came.
    """

    daemon_threads = False

    def __init__(
        self, answers: Callable[[Request], Response], tls: ssl.SSLContext | None = None
    ) -> None:
        self.answers = answers
        self.requests: list[Request] = []
        super().__init__(("127.0.0.1", 0), _Connection)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self._loop = threading.Thread(target=self.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none of the server's business."""

    def __enter__(self) -> Self:
        self._loop.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self._loop.join()
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_GET(self) -> None:  # http.server looks for this name
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Request(self.command, self.path, headers, body)
        self.server.requests.append(request)
        response = self.server.answers(request)
        self.send_response(response.status)
        if "Content-Length" not in response.headers:
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_CONNECT = do_GET  # noqa: N815  # the same
    do_POST = do_GET  # noqa: N815  # the same

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Says nothing."""


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and the context of a server that has it."""
    public, private = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=tests", "-addext"]
    command += ["subjectAltName=IP:127.0.0.1", "-keyout", str(private), "-out", str(public)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
