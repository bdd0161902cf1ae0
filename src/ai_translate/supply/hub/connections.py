"""Connections of http.client: directly or through a proxy, and to be ended from another thread.

Proxies are those of `urllib.request.getproxies` and `proxy_bypass`: the standard library's
documented reading of HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ai_translate.errors import ConfigurationError
from ai_translate.supply.hub.endpoint import Origin, origin_of
from ai_translate.supply.hub.retries import Stopped

__all__ = ["Connections", "proxy_for", "wrong_proxy"]

_CONNECT_SECONDS: Final = 10.0


class Connections:
    """Opens connections and remembers those that are open.

    Args:
        tls: How https is spoken, also to an origin that a redirect leads to.
        timeout: Seconds to wait for bytes of an answer.
    """

    def __init__(self, tls: ssl.SSLContext, timeout: float) -> None:
        self._tls = tls
        self._timeout = timeout
        self._open: set[socket.socket] = set()
        self._ended = False
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def get(
        self, parts: SplitResult, headers: dict[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to a GET, its body still to be read; the connection serves for it alone.

        Raises:
            OSError, http.client.HTTPException: There is no connection or no answer.
            Stopped: All connections were ended.
        """
        origin = origin_of(parts)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        proxy = proxy_for(origin)
        if proxy is None:
            connection = self._connection(origin.scheme, origin.host, origin.port)
        else:
            connection, more = self._through(proxy, origin)
            if origin.scheme == "http":
                headers = {**headers, **more}
                target = f"http://{parts.netloc}{target}"
        try:
            if self._ended:
                raise Stopped
            connection.connect()
            with self._remembered(connection.sock):
                connection.sock.settimeout(self._timeout)
                connection.request("GET", target, headers={**headers, "Connection": "close"})
                with contextlib.closing(connection.getresponse()) as answer:
                    yield answer
        finally:
            connection.close()

    def end(self) -> None:
        """Ends every connection, so that no thread waits for bytes any more."""
        with self._lock:
            self._ended = True
            for sock in self._open:
                with contextlib.suppress(OSError):  # it may have ended already
                    # Not the method of an encrypted one: that takes the encryption off, so that
                    # a thread which still reads would take what is left of it for the file.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _connection(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        timeout = min(_CONNECT_SECONDS, self._timeout)
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._tls)

    def _through(
        self, proxy: SplitResult, origin: Origin
    ) -> tuple[http.client.HTTPConnection, dict[str, str]]:
        connection = self._connection(origin.scheme, proxy.hostname or "", proxy.port or 80)
        headers = {}
        if proxy.username is not None:
            user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            coded = base64.b64encode(user.encode()).decode()
            headers["Proxy-Authorization"] = f"Basic {coded}"
        if origin.scheme == "https":
            connection.set_tunnel(origin.host, origin.port, headers)
        return connection, headers

    @contextlib.contextmanager
    def _remembered(self, sock: socket.socket) -> Iterator[None]:
        with self._lock:
            if self._ended:
                raise Stopped
            self._open.add(sock)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(sock)


def proxy_for(origin: Origin) -> SplitResult | None:
    """The proxy of the environment through which an origin is asked, if there is one.

    Raises:
        ConfigurationError: It is none that we can speak to.
    """
    url = None if proxy_bypass(origin.host) else getproxies().get(origin.scheme)
    if url is None:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise wrong_proxy()
    return parts


def wrong_proxy() -> ConfigurationError:
    """What is said of such a proxy; its address may have a password and is not shown."""
    return ConfigurationError(
        "The proxy of the environment is no address of the form http://HOST:PORT.",
        hint="Correct HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
    )
