from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from ai_translate.server.event_stream import EventStream
from ai_translate.server.events import event
from ai_translate.translator import Translator
from support.events import Event, events_of, rebuilt
from support.fake_engine import FakeEngine
from support.serving import error_of, serving
from support.until import until

pytestmark = pytest.mark.anyio

TEXT = "> Good morning 👋.\r\n\r\n\tCUT it.   Good morning 👋. Über\n"


def events(response: httpx.Response) -> list[Event]:
    # Not by splitlines, which knows ends of lines that the standard of events does not.
    return list(events_of(response.text.split("\n")))


async def test_events_tell_start_sentences_and_the_whole() -> None:
    """A client can build the translation from the events, and `done` is what /translate answers."""
    async with serving() as service:
        response = await service.post("/translate/stream", json={"text": TEXT})
        whole = (await service.post("/translate", json={"text": TEXT})).json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert "content-length" not in response.headers
    got = events(response)
    assert [one.name for one in got] == ["start", *["sentence"] * 4, "done"]
    assert rebuilt(got) == whole["translated_text"]
    assert got[-1].data == whole
    start, *sentences = [one.data for one in got[:-1]]
    assert set(start) == {"sentences", "layout", "source_lang", "target_lang", "model"}
    for sentence in sentences:
        assert set(sentence) - {"warnings"} == {"index", "start", "end", "text", "confidence"}
        assert TEXT[sentence["start"] : sentence["end"]].upper() == sentence["text"]
    cut = next(one for one in sentences if one["text"] == "CUT IT.")
    assert [warning["code"] for warning in cut["warnings"]] == ["cut_short"]
    assert sum("warnings" in one for one in sentences) == 1


async def test_line_ends_in_a_text_do_not_end_an_event() -> None:
    """Every event has one line of data, whatever ends of lines the text has."""
    async with serving() as service:
        text = "a\rb\nc\r\nd\u2028e\x85f\x00"
        response = await service.post("/translate/stream", json={"text": text})
    assert b"\r" not in response.content
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        assert name.startswith("event: ")
        assert json.loads(data.removeprefix("data: "))
    assert events(response)[-1].data["original_text"] == text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "a", "target_lang": "xx"}, 400, "unsupported_language_pair"),
        ({"text": "a", "txet": 1}, 422, "invalid_request"),
        ({"text": "a" * 101}, 413, "too_large"),
    ],
)
async def test_what_cannot_be_begun_has_its_status(
    body: dict[str, Any], status: int, code: str
) -> None:
    """An error before the first event is answered as anywhere."""
    async with serving(max_text_bytes=100) as service:
        response = await service.post("/translate/stream", json=body)
        assert service.lifecycle.in_flight == 0
    assert response.status_code == status
    assert error_of(response)["code"] == code


async def test_models_that_are_not_there_are_a_503() -> None:
    """Before the models are loaded nothing is streamed."""
    async with serving(load=lambda: Translator([FakeEngine()]), wait=False) as service:
        service.lifecycle.drain()
        response = await service.post("/translate/stream", json={"text": "a"})
    assert error_of(response)["code"] == "not_ready"


async def test_a_failure_on_the_way_is_the_last_event() -> None:
    """An error of a sentence has the shape of every error, and nothing comes behind it."""
    async with serving() as service:
        response = await service.post("/translate/stream", json={"text": "Good. Now FAIL it."})
        assert service.lifecycle.in_flight == 0
    last = events(response)[-1]
    assert last.name == "error"
    assert set(last.data) == {"error", "detail"}
    assert last.data["error"] == {
        "code": "engine_failure",
        "message": "The model failed.",
        "hint": "Try another sentence.",
    }


async def test_a_fault_on_the_way_tells_an_id_alone(caplog: pytest.LogCaptureFixture) -> None:
    """What is a fault of ours is logged under an id, and the client learns no more."""
    async with serving() as service:
        response = await service.post("/translate/stream", json={"text": "Good. A BUG."})
    last = events(response)[-1]
    assert last.data["error"]["code"] == "internal_error"
    assert "secret" not in response.text
    [record] = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert record.getMessage().split()[1] in last.data["error"]["message"]


class Pipe:
    """A connection: what the client gets, and when it leaves or reads no more."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.stuck = False
        self.left = asyncio.Event()
        self.request = Request({"type": "http", "headers": []}, self.receive)

    async def receive(self) -> Message:
        """Comes back when the client has left."""
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Takes a message, in a moment or never."""
        self.got.append(message)
        if self.stuck:
            await asyncio.Event().wait()

    @property
    def text(self) -> str:
        """What has come."""
        return b"".join(message.get("body", b"") for message in self.got).decode()


class Source:
    """Events that come when they are let."""

    def __init__(self) -> None:
        self.more = asyncio.Event()
        self.drawn = 0
        self.closed = False

    async def events(self) -> AsyncGenerator[bytes]:
        """One, and each further one when it is let."""
        try:
            while True:
                self.drawn += 1
                yield event("sentence", b"{}")
                await self.more.wait()
        finally:
            self.closed = True


async def test_a_comment_tells_that_the_connection_lives() -> None:
    """While nothing is finished, comments come, which are no events."""
    pipe, source = Pipe(), Source()
    stream = EventStream(pipe.request, source.events(), AsyncExitStack(), heartbeat=0.001)
    sending = asyncio.ensure_future(stream({}, pipe.receive, pipe.send))
    await until(lambda: pipe.text.count(": still") > 2)
    assert len(list(events_of(pipe.text.split("\n")))) == 1
    pipe.left.set()
    with pytest.raises(ClientDisconnect):
        await sending
    assert source.closed


async def test_a_client_that_leaves_ends_the_work() -> None:
    """The events are closed, and what was held is let go, when the client has left."""
    pipe, source, held = Pipe(), Source(), AsyncExitStack()
    let_go: list[bool] = []
    held.callback(let_go.append, True)  # an item of a list
    sending = asyncio.ensure_future(
        EventStream(pipe.request, source.events(), held)({}, pipe.receive, pipe.send)
    )
    await until(lambda: pipe.text)
    pipe.left.set()
    with pytest.raises(ClientDisconnect):
        await sending
    assert source.closed
    assert let_go == [True]


async def test_a_reader_that_takes_nothing_is_given_up() -> None:
    """While a reader is stuck no event is made, and in the end it counts as one that left."""
    pipe, source = Pipe(), Source()
    source.more.set()
    pipe.stuck = True
    stream = EventStream(pipe.request, source.events(), AsyncExitStack(), patience=0.01)
    with pytest.raises(ClientDisconnect):
        await stream({}, pipe.receive, pipe.send)
    assert len(pipe.got) == 1
    assert source.drawn <= 1
