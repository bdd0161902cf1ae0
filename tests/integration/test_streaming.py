"""A stream as a client on a socket sees it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from support.events import Event, events_of, rebuilt
from support.server_process import ServerProcess, fake_server

TEXT = "# Good morning\n\nWhere is the station? I would like a coffee.\n- Where is the station?\n"


@contextmanager
def stream(url: str, **body: Any) -> Iterator[Iterator[Event]]:
    """The events of a stream, as they come."""
    with httpx.stream("POST", f"{url}/translate/stream", json=body, timeout=30) as response:
        assert response.status_code == 200
        yield events_of(response.iter_lines())


def test_a_stream_is_what_translate_answers(server: ServerProcess) -> None:
    """Events, in whatever order, make the translation that /translate gives."""
    url = server.url()
    whole = httpx.post(f"{url}/translate", json={"text": TEXT}, timeout=30).json()
    with stream(url, text=TEXT) as events:
        got = list(events)
    assert [event.name for event in got] == ["start", *["sentence"] * 4, "done"]
    assert rebuilt(got) == whole["translated_text"]
    assert got[-1].data["translated_text"] == whole["translated_text"]
    assert got[-1].data["confidence"] == pytest.approx(whole["confidence"], abs=1e-4)


def test_a_sentence_comes_before_the_next_is_finished() -> None:
    """The first event of a sentence is there while another sentence is still in the engine."""
    with fake_server() as process:
        with stream(process.url(), text="Good morning. WAIT here.") as events:
            assert next(events).name == "start"
            assert next(events).data["text"] == "GOOD MORNING."
            process.line("waiting")
            process.say("release")
            assert next(events).data["text"] == "WAIT HERE."
            assert next(events).name == "done"
        process.signal(signal.SIGTERM)
        assert process.ended().status == 0


def test_a_client_that_leaves_ends_its_work() -> None:
    """The server can end at once after a client has left, since nothing of it is in flight."""
    with fake_server() as process:
        with stream(process.url(), text="Good morning. WAIT here.") as events:
            assert next(events).name == "start"
            process.line("waiting")
        # A server drains until nothing is in flight; nobody ever releases the engine.
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert ended.status == 0
    assert "Traceback" not in ended.errors


def test_a_stopped_server_finishes_its_streams() -> None:
    """A stream that has begun is sent to its end after a signal; no other one begins."""
    with fake_server() as process:
        with stream(process.url(), text="Good morning. WAIT here.") as events:
            next(events)
            process.line("waiting")
            process.signal(signal.SIGTERM)
            process.say("release")
            names = [event.name for event in events]
        assert names == ["sentence", "sentence", "done"]
        assert process.ended().status == 0
