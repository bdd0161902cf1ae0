"""Reads the documents of `--progress=rawjson`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from build_report.build_log import BuildLog, Span, Transfer, Vertex, merged
from build_report.documents import documents

__all__ = ["listed", "read", "seconds_of", "text_of", "time_of"]


@dataclass(slots=True)
class _Told:
    """What is told of a vertex so far. Later documents repeat it, and add."""

    key: str
    name: str = ""
    inputs: list[str] = field(default_factory=list)
    # When each span ended, by when it began, and those of the spans in which a cache had it.
    spans: dict[float, float | None] = field(default_factory=dict)
    cached: set[float] = field(default_factory=set)
    error: str = ""
    group: str = ""
    group_name: str = ""
    sizes: dict[str, int] = field(default_factory=dict)


def read(lines: Iterable[str]) -> BuildLog:
    """All that the documents among these lines tell; no vertex, if there are none."""
    told: dict[str, _Told] = {}
    for document in documents(lines):
        if isinstance(document, str):
            continue
        for vertex in listed(document, "vertexes"):
            key = text_of(vertex, "digest")
            if key:
                _note(told.setdefault(key, _Told(key)), vertex)
        for status in listed(document, "statuses"):
            of, name = text_of(status, "vertex"), text_of(status, "id")
            size = status.get("current")
            if of in told and isinstance(size, int) and size > 0:
                sizes = told[of].sizes
                sizes[name] = max(size, sizes.get(name, 0))
    return BuildLog(tuple(_vertex(one) for one in told.values()), linked=True)


def _note(told: _Told, vertex: dict[str, Any]) -> None:
    # Another target of `bake` may share the vertex, and calls it otherwise.
    told.name = told.name or text_of(vertex, "name")
    inputs = vertex.get("inputs")
    for key in inputs if isinstance(inputs, list) else ():
        if isinstance(key, str) and key not in told.inputs:
            told.inputs.append(key)
    told.error = text_of(vertex, "error") or told.error
    group = vertex.get("progressGroup")
    if isinstance(group, dict) and not told.group:
        told.group, told.group_name = text_of(group, "id"), text_of(group, "name")
    began, ended = time_of(vertex, "started"), time_of(vertex, "completed")
    if began is None:
        return
    told.spans[began] = ended if ended is not None else told.spans.get(began)
    if vertex.get("cached") is True:
        told.cached.add(began)


def _vertex(told: _Told) -> Vertex:
    ended = {began: until for began, until in told.spans.items() if until is not None}
    spans = merged(Span(began, max(began, until)) for began, until in ended.items())
    return Vertex(
        told.key,
        told.name,
        inputs=tuple(told.inputs),
        spans=spans,
        seconds=math.fsum(span.ended - span.began for span in spans),
        begun=bool(told.spans),
        ended=bool(ended),
        # What a cache had may be fetched later. And a second call of the client has from the cache
        # what the first one made. So what was done first tells.
        cached=min(ended, default=None) in told.cached,
        error=told.error,
        group=told.group,
        group_name=told.group_name,
        transfers=tuple(Transfer(name, size) for name, size in told.sizes.items()),
    )


def listed(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list in a document; none, if it has no such list."""
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_of(document: dict[str, Any], name: str) -> str:
    """A text in a document; empty, if it has none."""
    found = document.get(name)
    return found if isinstance(found, str) else ""


def time_of(document: dict[str, Any], name: str) -> float | None:
    """Seconds since 1970 of a time in a document, such as `2026-01-02T03:04:05.123456789Z`."""
    found = document.get(name)
    return seconds_of(found) if isinstance(found, str) else None


def seconds_of(stamp: str) -> float | None:
    """The same of a text; nothing, if it is no such time."""
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return None
