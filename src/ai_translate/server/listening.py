"""Sockets that listen for clients."""

from __future__ import annotations

import errno
import socket

from ai_translate.errors import ConfigurationError
from ai_translate.settings import Settings

__all__ = ["listen", "metrics_listener", "url_of"]


def metrics_listener(settings: Settings) -> socket.socket | None:
    """A listening socket for metrics, if they have a port of their own.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    if settings.metrics_port is None:
        return None
    host = settings.metrics_host or settings.host
    return listen(host, settings.metrics_port, "AIT_METRICS_HOST and AIT_METRICS_PORT")


def listen(
    host: str, port: int, named: str = "AIT_HOST and AIT_PORT (or --host and --port)"
) -> socket.socket:
    """A listening socket.

    Args:
        host: Address or name.
        port: 0 lets the system choose.
        named: The settings that say so.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        everywhere = family == socket.AF_INET6 and address[0] == "::"
        return socket.create_server(
            address[:2],
            family=family,
            backlog=2048,
            dualstack_ipv6=everywhere and socket.has_dualstack_ipv6(),
        )
    except (OSError, UnicodeError) as error:  # the latter from a name that no host can have
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"Port {port} of {host} is already in use.",
                hint=f"Correct {named}; port 0 lets the system choose a free one.",
            ) from error
        reason = getattr(error, "strerror", None) or "that is no name of a host"
        raise ConfigurationError(
            f"Cannot listen on host {host!r}, port {port}: {reason}.",
            hint=f"Correct {named}.",
        ) from error


def url_of(host: str, listener: socket.socket) -> str:
    """The address of what listens, for people."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"
