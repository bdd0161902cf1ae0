"""Server-sent events as a client reads them: the rules of the HTML standard, written again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["Event", "events_of", "rebuilt"]


class Event(NamedTuple):
    """One event."""

    name: str
    data: dict[str, Any]


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a stream that was cut into lines. Comments are passed over."""
    name, data = "", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name or "message", json.loads(data))
            name, data = "", ""
        elif field == "event":
            name = value
        elif field == "data":
            data += value


def rebuilt(events: Iterable[Event]) -> str:
    """The whole translation, made of the `start` and `sentence` events alone."""
    first, *rest = events
    assert first.name == "start"
    said = {event.data["index"]: event.data["text"] for event in rest if event.name == "sentence"}
    assert sorted(said) == list(range(first.data["sentences"]))
    layout: list[str] = first.data["layout"]
    return str(layout[0]) + "".join(said[index] + layout[index + 1] for index in range(len(said)))
