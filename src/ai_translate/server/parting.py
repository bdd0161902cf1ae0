"""How a server parts from its clients so that none finds a connection reset under a request."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final, Protocol

__all__ = ["Connection", "close_door", "part"]

# From linux/filter.h: classic BPF that sees a packet from its TCP header on. It drops what asks
# for a connection (SYN without ACK, in byte 13), and lets everything else pass.
_SO_ATTACH_FILTER: Final = 26
_DROP_SYN: Final = b"".join(
    struct.pack("=HBBI", *step)
    for step in (
        (0x30, 0, 0, 13),  # load the byte of flags
        (0x54, 0, 0, 0x12),  # of these, SYN and ACK
        (0x15, 0, 1, 0x02),  # SYN alone: the next step, otherwise the one behind it
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFFFFFF),  # pass
    )
)

# Where it stands in struct tcp_info of linux/tcp.h: behind eight bytes and four numbers.
_UNACKED: Final = 24

_ACCEPT_SECONDS: Final = 0.05
# Of the loop, each some microseconds.
_MOST_TURNS: Final = 10_000
# How long an open connection may still bring a request. Who is busy brings one within this time
# and learns from the answer that the connection ends.
_LINGER_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.02


class Connection(Protocol):
    """What is needed of a connection of uvicorn."""

    @property
    def transport(self) -> asyncio.Transport:
        """The socket."""

    def shutdown(self) -> None:
        """Closes it if it is idle, otherwise after the answer."""


async def close_door(listeners: Sequence[socket.socket]) -> None:
    """Takes no more connections, and accepts those that the system has taken already.

    To close a listening socket resets every connection that waits to be accepted, though its
    client may have sent a request. So the system is first told to take no more: it drops what asks
    for one, and the client asks again, a second later, when nobody listens.

    Where the system cannot do that, some connection may be reset as ever.
    """
    for listener in listeners:
        with suppress(OSError):
            _drop_syn(listener)
    # Whose handshake was under way is through by now, and the loop has come by the sockets.
    for _ in range(3):
        await asyncio.sleep(_ACCEPT_SECONDS / 3)
    # A loop that has much to do takes but some of them each time.
    for _ in range(_MOST_TURNS):
        if not any(map(_unaccepted, listeners)):
            break
        await asyncio.sleep(0)


async def part(
    connections: Collection[Connection], until: float, hurry: Callable[[], bool]
) -> None:
    """Waits until every client has its answer and is gone; ends the others.

    Args:
        connections: Those that are open, from which each is taken that has gone.
        until: When to wait no longer for clients that are slow to read an answer or to send the
            rest of a request, in seconds of `time.monotonic()`.
        hurry: Whether to wait for nobody any more.
    """
    linger = time.monotonic() + _LINGER_SECONDS
    while connections and (now := time.monotonic()) < until and not hurry():
        if now > linger:
            for connection in list(connections):
                connection.shutdown()
        await asyncio.sleep(_LOOK_SECONDS)
    for connection in list(connections):
        connection.transport.abort()
    # Whoever waited for one of them learns of its end, and ends.
    await asyncio.sleep(0)


def _unaccepted(listener: socket.socket) -> int:
    """How many connections wait to be accepted; 0 where the system does not tell.

    Of a socket that listens, Linux tells it as `tcpi_unacked` (net/ipv4/tcp.c, tcp_get_info).
    """
    with suppress(OSError, AttributeError):
        told = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _UNACKED + 4)
        if len(told) == _UNACKED + 4:
            return int(struct.unpack_from("=I", told, _UNACKED)[0])
    return 0


def _drop_syn(listener: socket.socket) -> None:
    program = ctypes.create_string_buffer(_DROP_SYN)
    count = len(_DROP_SYN) // 8
    listener.setsockopt(
        socket.SOL_SOCKET,
        _SO_ATTACH_FILTER,
        struct.pack("@HP", count, ctypes.addressof(program)),
    )
