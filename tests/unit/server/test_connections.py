"""Connections of loopback, judged by a clock that the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from ai_translate.server.connection_bounds import BoundedConfig, Bounds
from ai_translate.server.connections import BoundedProtocol

pytestmark = pytest.mark.anyio

GET = b"GET /now HTTP/1.1\r\nHost: x\r\n\r\n"
BIG = 30_000_000
PATIENCE_SECONDS = 20


class App:
    """Answers `/now` at once, `/body` with a body's length, `/big` at length, `/wait` on cue.

    Attributes:
        release: Lets `/wait` answer.
        begun: Set when a request has begun.
        left: Set when one was told that its client left.
    """

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.begun = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers."""
        self.begun.set()
        path = scope["path"]
        said = b"!"
        if path == "/body":
            size = 0
            more = True
            while more:
                message: Message = await receive()
                if message["type"] == "http.disconnect":
                    self.left.set()
                    return
                size += len(message["body"])
                more = message["more_body"]
            said = b"%d" % size
        elif path == "/wait":
            await self.release.wait()
        elif path == "/big":
            said = b"x" * BIG
        length = [(b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": said})


class Door:
    """A port with bounded connections behind it."""

    def __init__(self, app: App, bounds: Bounds, state: ServerState, port: int) -> None:
        self.app = app
        self.bounds = bounds
        self.state = state
        self.port = port
        self._ahead = 0.0
        self._writers: list[asyncio.StreamWriter] = []

    def later(self, seconds: float) -> None:
        """Looks over the connections as if so much more time had passed."""
        self._ahead += seconds
        self.bounds.sweep(
            [held for held in self.state.connections if isinstance(held, BoundedProtocol)],
            asyncio.get_running_loop().time() + self._ahead,
        )

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def leave(self) -> None:
        """Closes every client."""
        for writer in self._writers:
            writer.transport.abort()
        await self.until(lambda: not self.state.connections and not self.state.tasks)

    async def until(self, condition: Any) -> None:
        """Lets the loop run until something holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0)

    @property
    def held(self) -> BoundedProtocol:
        """The only connection."""
        (held,) = self.state.connections
        assert isinstance(held, BoundedProtocol)
        return held


@asynccontextmanager
async def opened(**changed: Any) -> AsyncIterator[Door]:
    """A door with bounds that no test reaches by waiting."""
    wanted: dict[str, Any] = {
        "most": 100,
        "head_bytes": 4_096,
        "header_timeout": 100.0,
        "body_timeout": 200.0,
        "body_rate": 1_000,
        "answer_timeout": 300.0,
        "keep_alive": 400.0,
        **changed,
    }
    app, state = App(), ServerState()
    config = BoundedConfig(app, Bounds(**wanted), lifespan="off", log_config=None, ws="none")
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedProtocol(config, server_state=state, app_state={}, _loop=loop),
        "127.0.0.1",
        0,
    )
    door = Door(app, config.bounds, state, server.sockets[0].getsockname()[1])
    try:
        yield door
    finally:
        app.release.set()
        await door.leave()
        server.close()


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split()[1])


def code(answer: bytes) -> str:
    """The code of an error, which must have the one shape."""
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert set(told) == {"error", "detail"}
    said: str = told["error"]["code"]
    return said


async def test_an_idle_connection_is_closed_after_its_time() -> None:
    """It is told nothing, before its first request and after its last."""
    async with opened() as door:
        fresh, _ = await door.connect()
        used, writer = await door.connect()
        writer.write(GET)
        assert status(await used.readuntil(b"!")) == 200
        door.later(399)
        await asyncio.sleep(0)
        assert len(door.state.connections) == 2
        door.later(2)
        assert await fresh.read() == b""
        assert await used.read() == b""


@pytest.mark.parametrize(
    "sent", [b"G", GET[:-1], b"GET /now HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 99]
)
async def test_a_head_that_does_not_end_is_a_408(sent: bytes) -> None:
    """However much of it is there, and however often a little more comes."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(sent)
        await door.until(lambda: door.state.connections)
        due = door.held.due
        await door.until(lambda: door.held.due < due)
        door.later(99)
        assert not door.held.transport.is_closing()
        door.later(2)
        answer = await reader.read()
        assert status(answer) == 408
        assert code(answer) == "slow_request"
        assert b"connection: close" in answer


async def test_a_body_that_does_not_come_is_a_408() -> None:
    """The request that waited for it is told that its client left."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        await door.app.begun.wait()
        door.later(199)
        assert not door.app.left.is_set()
        door.later(2)
        assert status(await reader.read()) == 408
        await door.app.left.wait()


async def test_a_body_that_trickles_makes_no_headway() -> None:
    """A byte now and then does not extend its time; as much as the rate asks for does."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
        await door.app.begun.wait()
        first = door.held.due
        writer.write(b"a")
        await door.until(lambda: door.held.due > first)
        assert door.held.due - first < 1
        writer.write(b"a" * 100_000)
        held = door.held
        await door.until(lambda: held._fed_bytes > 100_000 and not held.cycle.body)
        # It came faster than the rate, so that its time begins anew, and no later.
        assert held.due <= asyncio.get_running_loop().time() + door.bounds.body_timeout
        door.later(201)
        assert status(await reader.read()) == 408


async def test_an_answer_takes_as_long_as_it_takes() -> None:
    """While the server works, no time of the connection passes."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(GET.replace(b"/now", b"/wait"))
        await door.app.begun.wait()
        door.later(100_000)
        door.app.release.set()
        assert status(await reader.readuntil(b"!")) == 200


async def test_an_answer_that_is_not_read_ends_the_connection() -> None:
    """Its memory is given back."""
    async with opened() as door:
        _, writer = await door.connect()
        writer.write(GET.replace(b"/now", b"/big"))
        await door.until(lambda: door.state.connections and door.held.unread_due < 10**9)
        assert door.held.transport.get_write_buffer_size() > 1_000_000
        door.later(299)
        assert len(door.state.connections) == 1
        door.later(2)
        await door.until(lambda: not door.state.connections)


async def test_an_answer_that_is_read_slowly_is_read_to_its_end() -> None:
    """Whoever reads some of it within each time is not cut off."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(GET.replace(b"/now", b"/big"))
        await door.until(lambda: door.state.connections and door.held.unread_due < 10**9)
        await reader.readuntil(b"\r\n\r\n")
        read = 0
        for _ in range(5):
            left = door.held.transport.get_write_buffer_size()
            while door.held.transport.get_write_buffer_size() > left - 1_000_000:
                read += len(await reader.read(1_000_000))
            door.later(301)
        assert door.held.transport.get_write_buffer_size() > 1_000_000
        read += len(await reader.readexactly(BIG - read))
        assert read == BIG


async def test_a_fault_closes_after_a_while_though_the_client_stays() -> None:
    """A refused client has time to read why, and no more."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(b"nonsense\r\n\r\n")
        answer = await reader.read()
        assert status(answer) == 400
        assert code(answer) == "broken_http"
        assert door.state.connections
        writer.write(b"x" * 1_000)
        door.later(3)
        await door.until(lambda: not door.state.connections)


async def test_more_connections_than_there_may_be_are_turned_away() -> None:
    """A further one is a 503; far more are not even told; when one ends, there is room again."""
    async with opened(most=2) as door:
        first, second = await door.connect(), await door.connect()
        await door.until(lambda: len(door.state.connections) == 2)
        reader, _ = await door.connect()
        answer = await reader.read()
        assert status(answer) == 503
        assert code(answer) == "busy"
        assert b"retry-after" in answer.lower()
        for _, writer in (first, second):
            writer.write(GET)
        assert status(await first[0].readuntil(b"!")) == 200
        second[1].close()
        door.later(3)  # those that were turned away are not waited for
        await door.until(lambda: len(door.state.connections) == 1)
        reader, writer = await door.connect()
        writer.write(GET)
        assert status(await reader.readuntil(b"!")) == 200


async def test_a_request_that_waits_is_told_that_its_client_left() -> None:
    """Though another one came after it on the same connection."""
    async with opened() as door:
        _, writer = await door.connect()
        body = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        writer.write(GET.replace(b"/now", b"/wait") + GET)
        await door.app.begun.wait()
        held = door.held
        running = held._running
        assert running is not None
        assert held.cycle is not running
        held.flow.resume_reading()  # as receive() does, by which a request hears of its end
        writer.close()
        await door.until(lambda: running.disconnected)
        _, writer = await door.connect()
        writer.write(body)
        await door.until(lambda: len(door.state.connections) == 1 and door.held._running)
        writer.close()
        await door.app.left.wait()


async def test_shutting_down_lets_go_of_whoever_was_refused() -> None:
    """A refused connection does not keep the server from ending."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(b"nonsense\r\n\r\n")
        await reader.read()
        held = door.held
        held.shutdown()
        # Not at once, or the refusal could be lost on its way.
        assert not held.transport.is_closing()
        held.due = 0.0
        held.shutdown()
        await door.until(lambda: not door.state.connections)


async def test_what_came_fast_is_no_credit_for_what_trickles_later() -> None:
    """After nine tenths of a body in a moment, a byte now and then is no headway."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
        await door.app.begun.wait()
        writer.write(b"a" * 4_500_000)
        held = door.held
        await door.until(lambda: held._fed_bytes >= 4_500_000)
        now = asyncio.get_running_loop().time()
        before = held.due
        for number in range(1, 11):
            held._set_due(1)
            assert held.due - before <= 1
            assert held.due <= now + door.bounds.body_timeout + number
        door.later(202)
        assert status(await reader.read()) == 408


async def test_a_head_behind_a_request_that_is_answered_is_bounded() -> None:
    """A header without end is refused, after the answer that was under way."""
    async with opened() as door:
        reader, writer = await door.connect()
        writer.write(GET.replace(b"/now", b"/wait"))
        await door.app.begun.wait()
        held = door.held
        writer.write(b"GET /now HTTP/1.1\r\nHost: x\r\nX: ")
        await door.until(lambda: held._stage == 1)
        writer.write(b"a" * 20_000)
        await door.until(lambda: held._refusal is not None)
        door.app.release.set()
        answers = await reader.read()
        assert answers.startswith(b"HTTP/1.1 200")
        assert b"HTTP/1.1 431" in answers


async def test_what_is_closed_before_its_end_is_let_go() -> None:
    """An answer that was given up, of which the client reads no more, holds no connection."""
    async with opened() as door:
        _, writer = await door.connect()
        writer.write(GET.replace(b"/now", b"/wait"))
        await door.app.begun.wait()
        held = door.held
        held._part()
        assert held.due < float("inf")
