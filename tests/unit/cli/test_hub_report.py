"""How results of `hub check` look."""

from __future__ import annotations

import io
from pathlib import Path

import click

from ai_translate.cli.hub import _example
from ai_translate.cli.hub_report import Document, Lines, Table, report_for
from ai_translate.languages import LanguagePair
from ai_translate.supply.conformance import CheckResult, Status, Subject
from ai_translate.supply.hub.endpoint import Endpoint

SUBJECT = Subject(Endpoint("https://host.example/x"), "a/b", "main", Path())
TITLES = ["short", "a longer title"]
LONG = "word " * 30


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        """Says yes."""
        return True


def result(title: str, status: Status = "ok", reason: str = "Fine.") -> CheckResult:
    remedy = "Mend it." if status == "fail" else ""
    return CheckResult(title, title, status, reason, remedy, ("a detail",), "", 0.1)


def shown(text: str) -> list[str]:
    """What stays on a terminal, without colours."""
    lines = text.rstrip("\n").split("\n")
    return [click.unstyle(line.rpartition("\x1b[2K")[2]) for line in lines]


def test_the_stream_chooses_the_form() -> None:
    """A terminal gets a table, a file lines, and whoever wants JSON gets that."""
    assert type(report_for(Terminal(), as_json=False)) is Table
    assert type(report_for(io.StringIO(), as_json=False)) is Lines
    assert type(report_for(Terminal(), as_json=True)) is Document


def test_a_table_is_aligned() -> None:
    """Reasons begin in one column, wrapped lines, remedies and details below them as well."""
    stream = Terminal()
    table = Table(stream, 60)
    table.begin(SUBJECT, TITLES)
    table.show(result("short", "fail", LONG))
    table.show(result("a longer title"))
    assert not table.end(SUBJECT)
    head, *lines, last = shown(stream.getvalue())
    assert head == "https://host.example/x: a/b at main"
    assert last == "1 of 2 items failed."
    assert {len(line) - len(line[24:]) for line in lines} == {24}
    assert {line[:24].strip() for line in lines} == {"FAIL  short", "", "ok    a longer title"}
    assert all(line[24] != " " and len(line) <= 60 for line in lines)
    assert "→ Mend it." in stream.getvalue()


def test_a_table_shows_what_is_at_work() -> None:
    """The item that is being looked at stands there, with how far its download is."""
    stream = Terminal()
    table = Table(stream, 80)
    table.begin(SUBJECT, TITLES)
    assert stream.getvalue().endswith("…     short           ")
    table.show(result("short"))
    table.total(2000)
    table.advance(1000)
    assert "a longer title" in stream.getvalue()
    assert stream.getvalue().endswith("50 % of 2,000 bytes")


def test_lines_are_one_for_each_item() -> None:
    """Remedies stand in the line of their item; the last line says that nothing failed."""
    stream = io.StringIO()
    lines = Lines(stream)
    lines.begin(SUBJECT, TITLES)
    lines.show(result("short", "note", LONG))
    lines.show(result("a longer title", "ok"))
    assert lines.end(SUBJECT)
    assert stream.getvalue().splitlines() == [
        "https://host.example/x: a/b at main",
        f"note: short: {LONG}",
        "  a detail",
        "ok: a longer title: Fine.",
        "  a detail",
        "Nothing failed: 1 ok, 1 to note.",
    ]


def test_a_sentence_suits_the_model() -> None:
    """The sentence is in a language of the model; for one that nobody knows there is a word."""
    zulu, german = LanguagePair("zu", "fr"), LanguagePair("de", "fr")
    assert _example((zulu, german)) == (german, "Wo ist der Bahnhof?")
    assert _example((LanguagePair("zh-Hant", "en"),))[1] == "车站在哪里？"
    assert _example((zulu,)) == (zulu, "OK")
