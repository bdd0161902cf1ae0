from __future__ import annotations

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.server.exchange import EXCHANGE, Exchange
from ai_translate.server.log_lines import JSONLines, TextLines, with_fields

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Hostile to whoever reads lines: an end of a line in six alphabets, colours, and text that runs
# the other way.
HOSTILE = "a\nb\rc\x0bd\x1b[31me\x85f\u2028g\u202eh\x00i"


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("room", logging.WARNING, "", 0, message, None, info)


def raised(message: str) -> Exception:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(message)
    return caught.value


@given(st.text())
def test_a_record_is_one_line_of_json(message: str) -> None:
    """Whatever a message holds, it is one line of ASCII that gives it back."""
    line = JSONLines().format(record(message))
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert told["message"] == message
    assert list(told) == ["time", "level", "logger", "message"]
    assert TIME.fullmatch(told["time"])
    assert (told["level"], told["logger"]) == ("warning", "room")


@given(st.text())
def test_a_record_is_one_line_of_text(message: str) -> None:
    """No message ends a line or steers a terminal."""
    line = TextLines().format(record(message))
    head, _, said = line.partition(" WARNING room: ")
    assert TIME.fullmatch(head)
    assert len(said.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", said)


def test_no_message_forges_a_line() -> None:
    """Ends of lines, escapes and marks of direction are written out."""
    line = TextLines().format(record(HOSTILE))
    assert line.endswith(r"a\nb\rc\x0bd\x1b[31me\x85f\u2028g\u202eh\x00i")
    error = raised(f"{HOSTILE}\n2026-01-01T00:00:00.000Z ERROR root: forged")
    lines = TextLines().format(record("It failed.", error)).split("\n")
    assert all(line.startswith("    ") for line in lines[1:])
    assert any("forged" in line for line in lines[1:])
    assert "\x1b" not in "".join(lines)


def test_an_exception_is_one_string() -> None:
    """JSON has the whole trace in one field."""
    told = json.loads(JSONLines().format(record("It failed.", raised("for a reason"))))
    assert told["exception"].startswith("Traceback")
    assert told["exception"].endswith("RuntimeError: for a reason")


@pytest.mark.parametrize("lines", [JSONLines(), TextLines()])
def test_what_is_logged_within_a_request_has_its_name(lines: logging.Formatter) -> None:
    """Inside a request each line names it, and its trace if it has one; outside none does."""
    exchange = Exchange([(b"x-request-id", b"mine-7")])
    token = EXCHANGE.set(exchange)
    try:
        within = lines.format(record("Said."))
        exchange.trace_id = "ab" * 16
        traced = lines.format(record("Said."))
    finally:
        EXCHANGE.reset(token)
    assert "mine-7" in within
    assert "trace_id" not in within
    assert "ab" * 16 in traced
    assert "request_id" not in lines.format(record("Said."))


def test_fields_follow_the_message() -> None:
    """Fields of a record stand in JSON under their names, and in text behind the message."""
    made = with_fields("room", logging.INFO, "Done.", {"status": 200, "model": "a b\n"})
    told = json.loads(JSONLines().format(made))
    assert (told["status"], told["model"]) == (200, "a b\n")
    assert TextLines().format(made).endswith(r'Done. status=200 model="a b\n"')


def test_time_is_told_in_utc_to_the_millisecond() -> None:
    """A record of a known moment has its time in RFC 3339."""
    made = record("Said.")
    for created, time in (
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_764_230_400.25, "2025-11-27T08:00:00.250Z"),
        (1_764_230_400.75, "2025-11-27T08:00:00.750Z"),
    ):
        made.created = created
        assert json.loads(JSONLines().format(made))["time"] == time
