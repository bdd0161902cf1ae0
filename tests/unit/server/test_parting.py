from __future__ import annotations

import asyncio
import socket

import pytest

from ai_translate.server.parting import close_door

pytestmark = pytest.mark.anyio


async def test_the_door_is_closed_when_all_that_wait_are_in() -> None:
    """Also one that a busy loop accepts late."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted: list[socket.socket] = []
            late = asyncio.get_running_loop().call_later(
                0.06, lambda: accepted.append(listener.accept()[0])
            )
            await close_door([listener])
            late.cancel()
            assert len(accepted) == 1
            accepted[0].close()
