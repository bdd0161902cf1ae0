"""The table, the Markdown and the page: what they say, and that names of steps stay text."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from build_report.comparison import Comparison
from build_report.history import History
from build_report.inputs import Inputs
from build_report.markdown import markdown
from build_report.page import page
from build_report.record import BuildRecord
from build_report.summary import Report
from build_report.table import table
from support.build_reports import LOGS, record
from support.server_process import PROJECT

HOSTILE: Final = "</title><script>alert(1)</script><img src=http://x onerror='a'>|\x1b[2J\n`"
VOID: Final = {"meta", "link"}


class Balance(HTMLParser):
    """Reads a page, and fails where elements are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers what is opened."""
        self.found.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """What was opened last is closed first."""
        assert self.open.pop() == tag


@pytest.fixture
def first() -> BuildRecord:
    """The first build."""
    inputs = Inputs({"src/a.py": "1", "requirements.txt": "1"})
    return record("first.rawjson", inputs=inputs, name="main", commit="f" * 40)


@pytest.fixture
def report(first: BuildRecord) -> Report:
    """That of a build after an edit."""
    edited = record(
        "edited.rawjson",
        History([first]),
        inputs=Inputs({"src/a.py": "2", "requirements.txt": "1"}),
        name="mine",
        commit="e" * 40,
    )
    compared = Comparison(edited, first)
    return Report(edited, compared, compared, (first, edited))


def hostile(report: Report) -> Report:
    """The same with names that no honest Dockerfile has."""
    build = report.record
    steps = tuple(
        replace(
            step,
            name=replace(step.name, instruction=HOSTILE, stage=HOSTILE if step.counts else ""),
            error=HOSTILE,
            state="failed",
        )
        for step in build.steps
    )
    causes = tuple(
        replace(one, stage=HOSTILE, instruction=HOSTILE, reasons=(HOSTILE,)) for one in build.causes
    )
    layers = tuple(replace(layer, made_by=HOSTILE) for layer in build.image.layers)
    odd = replace(
        build,
        steps=steps,
        causes=causes,
        tag=HOSTILE,
        name=HOSTILE,
        commit=HOSTILE,
        image=replace(build.image, layers=layers),
    )
    return replace(report, record=odd, history=(*report.history, odd))


def test_all_three_say_the_same(report: Report) -> None:
    """Times, hit rates, sizes, changes, and which input broke which step."""
    wanted = [
        *("6 of 10 (60%)", "src/a.py was edited: 4 steps ran", "COPY src src", "of work"),
        *("245 MB", "307 kB", "319 kB of 336 kB (95%)", "dependencies", "mine"),
    ]
    for text in (table(report), markdown(report), page(report)):
        plain = text.replace("&#95;", "_")
        assert [word for word in wanted if word not in plain] == []


def test_the_table_fits_a_terminal(report: Report) -> None:
    """Of 100 columns, but for sentences that tell why; control characters are not in it."""
    text = table(hostile(report))
    assert "\x1b" not in text
    for line in table(report).splitlines():
        assert len(line) <= 100 or line.startswith("    ")


def test_hostile_names_stay_text_in_a_page(report: Report) -> None:
    """No element and no address comes from them, and every element is closed."""
    text = page(hostile(report))
    read = Balance(text)
    assert not read.found & {"script", "img", "a", "iframe", "form"}
    assert read.addresses == ["data:,"]
    assert "&lt;script&gt;alert(1)" in text
    assert "\x1b" not in text


def test_hostile_names_stay_text_in_markdown(report: Report) -> None:
    """They open no element, end no cell and begin no code."""
    text = markdown(hostile(report))
    assert set(re.findall(r"<(/?\w+)", text)) == {"details", "/details", "summary", "/summary"}
    assert "`" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    blocks = [re.findall(r"(?:^\| .*\n)+", text, re.MULTILINE)]
    assert rows
    for block in blocks[0]:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_a_page_stands_alone(report: Report) -> None:
    """It names no address, forbids requests and scripts, and every chart has words of its own."""
    text = page(report)
    assert "default-src 'none'" in unescape(text)
    assert not re.findall(r"https?://|url\(|@import|<script", text)
    assert "prefers-color-scheme: dark" in text
    for drawing in re.findall(r"<svg[^>]*>", text):
        assert 'role="img"' in drawing
        assert 'aria-label="' in drawing


def test_a_page_of_thirty_builds_is_small(report: Report, first: BuildRecord) -> None:
    """Whatever the history holds, it shows thirty, in under 300 KB."""
    many = tuple(replace(first, key=str(number)) for number in range(60))
    text = page(replace(report, history=(*many, report.record)))
    assert "The last 30 builds" in text
    assert len(text.encode()) < 300_000


@pytest.mark.parametrize("path", sorted(LOGS.iterdir()), ids=lambda path: path.name)
def test_every_recorded_build_can_be_reported(path: Path) -> None:
    """With nothing before it, and nothing known of its image."""
    report = Report(record(path.name, made=()))
    assert table(report)
    assert markdown(report)
    Balance(page(report))


def test_plain_progress_has_no_critical_path(first: BuildRecord) -> None:
    """It is said to be unknown."""
    plain = Report(record("edited.plain", History([first])))
    assert "unknown: plain progress does not tell it" in table(plain)
    assert "neither when nor what waited for what" in page(plain)


def test_secrets_and_credentials_are_not_kept(tmp_path: Path) -> None:
    """Neither the values of the build's secrets nor what stands before the host of an address."""
    text = (LOGS / "failed.rawjson").read_text()
    planted = text.replace(
        "echo broken", "echo hf_planted-secret https://me:password@host.invalid/"
    )
    log = tmp_path / "log"
    log.write_text(planted)
    done = subprocess.run(
        [sys.executable, "-m", "build_report", "record", "--log", log, "--history", "h.jsonl"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT / "tooling"), "HF_TOKEN": "hf_planted-secret"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kept = (tmp_path / "h.jsonl").read_text()
    assert "***" in kept
    for word in ("hf_planted-secret", "me:password", "password"):
        assert word not in kept + done.stdout + done.stderr
