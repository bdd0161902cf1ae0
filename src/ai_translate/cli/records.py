"""What a command reads and writes, record by record: lines of text, or lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ai_translate.errors import AITranslateError, InvalidRequest
from ai_translate.translator import Translation

__all__ = [
    "Record",
    "described",
    "read_json_lines",
    "read_lines",
    "written_json_line",
    "written_text",
]


@dataclass(frozen=True, slots=True)
class Record:
    """One text of an input.

    Attributes:
        text: What is to be translated.
        size: Bytes of the input that it took.
        fields: What stood beside it in a line of JSON.
        error: Why there is no text.
    """

    text: str
    size: int
    fields: dict[str, Any] = field(default_factory=dict)
    error: AITranslateError | None = None


def read_lines(stream: BinaryIO) -> Iterator[Record]:
    """Each line with its end. Bytes that are no UTF-8 come back as they were.

    Sentences never go over the end of a line, so lines may be translated one by one.
    """
    for line in stream:
        yield Record(line.decode("utf-8", "surrogateescape"), len(line))


def read_json_lines(stream: BinaryIO) -> Iterator[Record]:
    """Each line of JSON: a string, or an object with a string as `text`. Blank ones are skipped."""
    for number, line in enumerate(stream, start=1):
        if line.isspace():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, str):
            yield Record(value, len(line), {"text": value})
        elif isinstance(value, dict) and isinstance(value.get("text"), str):
            yield Record(value["text"], len(line), value)
        else:
            error = InvalidRequest(
                f"Line {number} is neither a JSON string nor an object with a string as `text`.",
                hint='Write lines such as {"text": "Where is the station?"}.',
            )
            yield Record("", len(line), {}, error)


def written_text(record: Record, outcome: Translation | AITranslateError) -> bytes:
    """The translation, or the text itself where there is none."""
    text = record.text if isinstance(outcome, AITranslateError) else outcome.text
    return text.encode("utf-8", "surrogateescape")


def written_json_line(record: Record, outcome: Translation | AITranslateError) -> bytes:
    """The record's fields and what became of its text, as one line."""
    error = record.error or (outcome if isinstance(outcome, AITranslateError) else None)
    fields: dict[str, Any] = dict(record.fields)
    if error is not None:
        fields["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
    elif isinstance(outcome, Translation):
        fields |= described(outcome)
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def described(outcome: Translation) -> dict[str, Any]:
    """A translation as the HTTP interface describes it; what does not apply is left out."""
    fields: dict[str, Any] = {
        "translated_text": outcome.text,
        "source_lang": outcome.source,
        "target_lang": outcome.target,
        "confidence": round(outcome.confidence, 4),
        "model": outcome.model,
    }
    if outcome.alternatives:
        fields["alternatives"] = list(outcome.alternatives)
    if outcome.detected:
        fields["detected_language"] = {
            "language": outcome.detected.language,
            "confidence": round(outcome.detected.confidence, 4),
        }
    if outcome.glossary:
        fields["glossary"] = {
            "applied": list(outcome.glossary.applied),
            "missed": list(outcome.glossary.missed),
        }
    if outcome.warnings:
        fields["warnings"] = [
            {"code": w.code, "message": w.message, "sentence": w.sentence} for w in outcome.warnings
        ]
    return fields
