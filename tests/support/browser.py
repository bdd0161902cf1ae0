"""Chromium, and a server and proxy in one that remembers whatever it is asked for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

__all__ = ["Recorder", "Visit", "recorder", "visited"]

_PROGRAM: Final = "chromium-headless-shell"
"""The whole browser asks its makers for updates, among which a page's requests would be lost."""
_PATIENCE_SECONDS: Final = 120
_QUIET: Final = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--disable-domain-reliability", "--metrics-recording-only"),
    *("--disable-features=OptimizationHints,MediaRouter,Translate", "--disable-extensions"),
)
_CONSOLE: Final = re.compile(r":CONSOLE.*?\] (.*)")


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of opening a page.

    Attributes:
        document: The page as the browser holds it.
        console: What stands in its console.
    """

    document: str
    console: list[str]


@dataclass(frozen=True)
class Recorder:
    """A server of pages, which is also the proxy for every other address.

    Attributes:
        address: Such as `http://127.0.0.1:1234`.
        pages: By path.
        asked: Every request, as its method and address or path.
    """

    address: str
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def recorder() -> Iterator[Recorder]:
    """A recorder, until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    kept = Recorder(f"http://127.0.0.1:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.asked.append(f"GET {self.path}")
            page = kept.pages.get(self.path.removeprefix(kept.address))
            content = (page or "").encode()
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            kept.asked.append(f"CONNECT {self.path}")
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            """Says nothing: what was asked is kept."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def visited(
    through: Recorder, path: str, folder: Path, *, width: int = 1200, dark: bool = False
) -> Visit:
    """Opens a page in a browser that has never been anywhere, and draws it.

    Args:
        through: Every request goes there, to whatever host.
        path: Of the page.
        folder: For the browser's profile; its picture is `page.png` in it.
        width: Of the window.
        dark: What the user prefers.
    """
    assert shutil.which(_PROGRAM), (
        f"There is no {_PROGRAM}: tooling/browser/install.sh was not run."
    )
    done = subprocess.run(
        [
            *(_PROGRAM, *_QUIET, f"--user-data-dir={folder / 'profile'}"),
            *(f"--proxy-server={through.address}", "--proxy-bypass-list=<-loopback>"),
            *("--enable-logging=stderr", "--v=0", f"--window-size={width},2400"),
            *(f"--blink-settings=preferredColorScheme={0 if dark else 1}",),
            *(f"--screenshot={folder / 'page.png'}", "--dump-dom", through.address + path),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=_PATIENCE_SECONDS,
    )
    return Visit(done.stdout, _CONSOLE.findall(done.stderr))
