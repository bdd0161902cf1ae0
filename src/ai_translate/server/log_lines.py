"""How the server logs: one line for each record, as text or as JSON, that no message can forge.

A line of JSON has `time` (RFC 3339, in UTC), `level`, `logger`, `message`, then `request_id` where
a request is answered, the fields of the record if it has some, and `exception` if there was one.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

from ai_translate.server.exchange import EXCHANGE

__all__ = ["JSONLines", "TextLines", "log_to_stderr", "with_fields"]

_FIELDS: Final = "ai_translate_fields"

# What ends a line somewhere, moves a cursor, hides text or turns its direction.
_CONTROLS: Final = {
    code: ascii(chr(code))[1:-1]
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *(0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
_LINE_ENDS: Final = {code: text for code, text in _CONTROLS.items() if code not in {0x09, 0x0A}}


def with_fields(
    logger: str, level: int, message: str, fields: Mapping[str, object]
) -> logging.LogRecord:
    """A record with fields of its own. It does not look for who calls, which takes time."""
    record = logging.LogRecord(logger, level, "", 0, message, None, None)
    setattr(record, _FIELDS, fields)
    return record


# Made once: `json.dumps` would make one for each line.
_encode: Final = json.JSONEncoder(default=str).encode


class JSONLines(logging.Formatter):
    """Each record as one line of JSON, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_of_request(),
            **getattr(record, _FIELDS, {}),
        }
        exception = _exception(record, self)
        if exception:
            told["exception"] = exception
        return _encode(told)


class TextLines(logging.Formatter):
    """Each record as a line for people; a trace is indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, or more of them where there is a trace."""
        said = record.getMessage().translate(_CONTROLS)
        line = f"{_when(record)} {record.levelname} {record.name}: {said}"
        fields = {**_of_request(), **getattr(record, _FIELDS, {})}
        if fields:
            line += "".join(
                f" {name}={_quoted(str(value).translate(_CONTROLS))}"
                for name, value in fields.items()
            )
        exception = _exception(record, self)
        if exception:
            trace = exception.translate(_LINE_ENDS).split("\n")
            line += "".join(f"\n    {part}" for part in trace)
        return line


def log_to_stderr(level: str, form: Literal["text", "json"]) -> None:
    """Has every logger of the process write lines to standard error, from now on.

    Args:
        level: Least severe level, such as `info`.
        form: Of the lines.
    """
    # Looked up for every record otherwise, and in no line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])


_second: tuple[int, str] = (0, "1970-01-01T00:00:00")


def _when(record: logging.LogRecord) -> str:
    """The time in RFC 3339, to the millisecond; each second is written once."""
    global _second  # noqa: PLW0603  # one value, replaced as a whole
    seconds = int(record.created)
    known, text = _second
    if seconds != known:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        _second = (seconds, text)
    return f"{text}.{int(record.created % 1 * 1000):03d}Z"


def _of_request() -> dict[str, object]:
    exchange = EXCHANGE.get()
    if exchange is None:
        return {}
    if exchange.trace_id:
        return {"request_id": exchange.request_id, "trace_id": exchange.trace_id}
    return {"request_id": exchange.request_id}


def _exception(record: logging.LogRecord, formatter: logging.Formatter) -> str:
    info: Any = record.exc_info
    return formatter.formatException(info) if info and info[0] is not None else ""


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
