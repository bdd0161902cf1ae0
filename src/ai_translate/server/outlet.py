"""The transport of a connection, as those use it who answer."""

from __future__ import annotations

from asyncio import Transport
from collections.abc import Callable

__all__ = ["Outlet"]


class Outlet:
    """A connection's transport, which is closed so that the last answer is not lost.

    Whoever closes while a body comes in makes the system reset the connection, and the client may
    lose an answer that it was sent.

    Args:
        transport: The transport itself.
        part: Closes it.
    """

    __slots__ = (
        "abort",
        "close",
        "get_extra_info",
        "get_write_buffer_size",
        "is_closing",
        "write",
        "write_eof",
    )

    def __init__(self, transport: Transport, part: Callable[[], None]) -> None:
        self.abort = transport.abort
        self.close = part
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.is_closing = transport.is_closing
        self.write = transport.write
        self.write_eof = transport.write_eof
