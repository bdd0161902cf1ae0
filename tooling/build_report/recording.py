"""Makes the record of a build from its log, its image, its inputs and the builds before."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from build_report.build_log import BuildLog, Vertex
from build_report.causes import Before, causes
from build_report.critical_path import critical_path
from build_report.history import History
from build_report.image import Image, Made, layers_of
from build_report.inputs import Inputs
from build_report.record import BuildRecord, context_bytes, fetched_bytes
from build_report.steps import steps_of
from image_check.secret_values import Secret, redacted

__all__ = ["Told", "recorded"]

_CREDENTIALS: Final = re.compile(r"(\w+://)[^/\s@]+@")
# A step may be a script of its own. Its begin tells which it is.
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a build beside its log.

    Attributes:
        name: See `BuildRecord`.
        commit: See `BuildRecord`.
        tag: See `BuildRecord`.
        failed: Whether the client said that it failed.
        fresh: Whether no cache was to be used.
        seconds: How long the client took; 0 if nobody measured. A log of rawjson tells it itself.
        metadata: What `--metadata-file` wrote; empty without one.
        made: The history of the image; empty if it is not known.
        inputs: What it was made of, if that is known.
        secrets: Values that must not be kept.
    """

    name: str = ""
    commit: str = ""
    tag: str = ""
    failed: bool = False
    fresh: bool = False
    seconds: float = 0.0
    metadata: str = ""
    made: Sequence[Made] = ()
    inputs: Inputs | None = None
    secrets: Sequence[Secret] = ()


def recorded(log: BuildLog, history: History, told: Told) -> BuildRecord:
    """The record of a build. Nothing that a step printed is in it.

    Args:
        log: Of the build.
        history: The builds before.
        told: What else is known.
    """
    log = replace(log, vertexes=tuple(_clean(one, told.secrets) for one in log.vertexes))
    path = critical_path(log)
    last_run = history.last_run()
    steps = tuple(
        replace(step, was=last_run.get(step.key))
        for step in steps_of(log, frozenset(path.keys) if path else None)
    )
    failed = told.failed or any(step.state == "failed" and not step.spared for step in steps)
    record = BuildRecord(
        key=os.urandom(6).hex(),
        made=_begin(log).isoformat(timespec="seconds"),
        name=told.name,
        commit=told.commit,
        tag=told.tag,
        outcome="failed" if failed else "built",
        fresh=told.fresh,
        seconds=path.work + path.waits if path else told.seconds,
        waits=path.waits if path else None,
        context=context_bytes(log),
        fetched=fetched_bytes(log),
        steps=steps,
        image=Image(_digest(told.metadata), layers_of(told.made, steps)),
        inputs=told.inputs,
        causes=(),
    )
    then = history.before(record.targets)
    before = Before(then.steps, then.inputs) if then else None
    found = causes(steps, told.inputs, before, fresh=told.fresh)
    return replace(record, causes=found)


def _clean(vertex: Vertex, secrets: Sequence[Secret]) -> Vertex:
    """A vertex without secrets: an argument of the build may have been one."""
    names = (vertex.name, vertex.group_name, vertex.error)
    name, group_name, error = (_without(text, secrets)[:_LONGEST] for text in names)
    return replace(vertex, name=name, group_name=group_name, error=error)


def _without(text: str, secrets: Sequence[Secret]) -> str:
    return _CREDENTIALS.sub(r"\1***@", redacted(text, secrets))


def _begin(log: BuildLog) -> datetime:
    began = min((span.began for one in log.vertexes for span in one.spans), default=None)
    return datetime.now(UTC) if began is None else datetime.fromtimestamp(began, UTC)


def _digest(metadata: str) -> str:
    """The image's digest; of several targets, the first one's."""
    try:
        found: Any = json.loads(metadata or "{}")
    except ValueError:
        return ""
    for one in (found, *(found.values() if isinstance(found, dict) else ())):
        if isinstance(one, dict) and isinstance(one.get("containerimage.digest"), str):
            return str(one["containerimage.digest"])
    return ""
