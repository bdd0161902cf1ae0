"""A record as a line of the history has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from build_report.build_log import Span
from build_report.causes import Cause
from build_report.image import Image, Layer
from build_report.inputs import Inputs
from build_report.record import BuildRecord
from build_report.steps import State, Step, StepName

__all__ = ["SCHEMA", "NoRecord", "document_of", "record_of"]

SCHEMA: Final = 1
"""Raised whenever a reader of the schema before could not read a line."""

_DIGITS: Final = 3


class NoRecord(ValueError):
    """A document that is no record of this schema."""


def document_of(record: BuildRecord) -> dict[str, Any]:
    """What is written of a record. Seconds are rounded to milliseconds."""
    return {
        "schema": SCHEMA,
        "key": record.key,
        "made": record.made,
        "name": record.name,
        "commit": record.commit,
        "tag": record.tag,
        "outcome": record.outcome,
        "fresh": record.fresh,
        "seconds": round(record.seconds, _DIGITS),
        "waits": None if record.waits is None else round(record.waits, _DIGITS),
        "context": record.context,
        "fetched": record.fetched,
        "steps": [_step_document(step) for step in record.steps],
        "digest": record.image.digest,
        "layers": [
            [layer.part, layer.made_by, layer.unpacked, layer.packed, layer.cached]
            for layer in record.image.layers
        ],
        "inputs": record.inputs and record.inputs.document(),
        "causes": [
            [one.stage, one.instruction, list(one.reasons), one.steps, round(one.seconds, _DIGITS)]
            for one in record.causes
        ],
    }


def record_of(document: object) -> BuildRecord:
    """The record that a document is.

    Raises:
        NoRecord: It is none, or of a schema that came later.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise NoRecord(f"schema {document.get('schema') if isinstance(document, dict) else '?'}")
    try:
        return BuildRecord(
            **{name: str(document[name]) for name in ("key", "made", "name", "commit", "tag")},
            outcome="failed" if document["outcome"] == "failed" else "built",
            fresh=bool(document["fresh"]),
            seconds=float(document["seconds"]),
            waits=_number(document["waits"]),
            context=int(document["context"]),
            fetched=int(document["fetched"]),
            steps=tuple(_step_of(step) for step in document["steps"]),
            image=Image(str(document["digest"]), tuple(Layer(*one) for one in document["layers"])),
            inputs=Inputs.of_document(document["inputs"]),
            causes=tuple(
                Cause(stage, instruction, tuple(reasons), int(steps), float(seconds))
                for stage, instruction, reasons, steps, seconds in document["causes"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoRecord(f"{type(error).__name__}: {error}") from error


def _step_document(step: Step) -> dict[str, Any]:
    name = step.name
    document: dict[str, Any] = {
        "at": [name.target, name.stage, name.number, step.again],
        "does": name.instruction,
        "state": step.state,
        "seconds": round(step.seconds, _DIGITS),
    }
    if step.spans:
        document["spans"] = [
            [round(one.began, _DIGITS), round(one.ended, _DIGITS)] for one in step.spans
        ]
    if step.critical is not None:
        document["critical"] = step.critical
    if step.was is not None:
        document["was"] = round(step.was, _DIGITS)
    if step.error:
        document["error"] = step.error
    return document


def _step_of(document: Mapping[str, Any]) -> Step:
    target, stage, number, again = document["at"]
    state = document["state"]
    if state not in get_args(State):
        raise NoRecord(f"state {state}")
    return Step(
        StepName(str(target), str(stage), int(number), str(document["does"])),
        state,
        float(document["seconds"]),
        tuple(Span(float(one), float(other)) for one, other in document.get("spans", [])),
        document.get("critical"),
        str(document.get("error", "")),
        int(again),
        _number(document.get("was")),
    )


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) else None
