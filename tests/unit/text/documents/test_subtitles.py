"""Subtitles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.opening import open_document
from support.documents import changed, said, same

SRT = """1
00:00:01,000 --> 00:00:03,500
I went to the
old <i>railway</i> station.

2
00:00:04,000 --> 00:00:06,000  X1:10 X2:20
{\\an8}- Who are you?
- <i>Nobody.</i>

3
00:00:07,000 --> 00:00:08,000
<i>It was late.
It rained.</i>

4
00:00:09,000 --> 00:00:10,000
5 < 6 & more

5
00:00:11,000 --> 00:00:12,000
1984

"""
VTT = """\ufeffWEBVTT - A film
Kind: captions

NOTE This is
a note --> not a cue

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start line:0
<v Mary>Fish &amp; <c.loud>chips</c>,
please.

00:00:03.000 --> 00:00:04.000
One <00:00:03.500>two &lt;3
"""


def test_lines_that_a_sentence_fills_are_one_part() -> None:
    """Marks around a text are left out of it, those inside are numbered."""
    assert said("a.srt", SRT.encode()) == [
        'xml:I went to the old <g id="1">railway</g> station.',
        "Who are you?",
        "Nobody.",
        "It was late.",
        "It rained.",
        "5 < 6 & more",
    ]
    assert said("a.vtt", VTT.encode()) == [
        'xml:Fish &amp; <g id="1">chips</g>, please.',
        'xml:One <x id="1"/>two &lt;3',
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("name", "text"), [("a.srt", SRT), ("a.vtt", VTT)])
def test_round_trip_is_exact(name: str, text: str, line_end: str) -> None:
    """Numbers, timings, notes, styles, marks and line ends stay."""
    content = text.replace("\n", line_end).encode()
    assert same(name, content) == content


def test_translations_change_what_is_said_alone() -> None:
    """All else stays, and a sentence has as many lines as before."""
    written = changed("a.srt", SRT.encode()).decode()
    expected = SRT.replace("to the\nold <i>", "to the old\n<i>")
    for words in ("I went to the old", "railway", "station", "Who are you", "Nobody"):
        expected = expected.replace(words, words.upper())
    for words in ("It was late", "It rained", "more"):
        expected = expected.replace(words, words.upper())
    assert written == expected
    written = changed("a.vtt", VTT.encode()).decode()
    assert "<v Mary>FISH &amp; <c.loud>CHIPS</c>,\nPLEASE.\n" in written
    assert "ONE <00:00:03.500>TWO &lt;3\n" in written
    assert written.startswith(VTT[: VTT.index("<v Mary>")])


def test_translations_cannot_break_a_cue() -> None:
    """A translation with blank lines, timings or signs of markup stays text."""
    hostile = "a\n\n2\n00:00:01,000 --> 00:00:02,000\n<b>"
    written = changed("a.vtt", VTT.encode(), lambda _: hostile).decode()
    assert written.count("-->") == VTT.count("-->")
    assert "&lt;b&gt;" in written
    written = changed("a.srt", SRT.encode(), lambda _: hostile).decode()
    assert written.count("-->") == SRT.count("-->")
    assert written.count("\n\n") == SRT.count("\n\n")


def test_marks_that_a_translator_loses_or_adds_do_no_harm() -> None:
    """A lost mark is put at the end, unknown ones are dropped, all are closed."""
    content = b"1\n00:01.000 --> 00:02.000\na <i>b</i> c <b>d</b> e\n"
    cases = {
        "x": "x<i></i><b></b>",
        '<g id="2">x': "<b>x</b><i></i>",
        '</g>x<g id="9">y</g><g id="1">z</g>': "xy<i>z</i><b></b>",
        '<g id="1">p<g id="2">q</g>r</g><g id="1">s</g>': "<i>p<b>q</b>r</i>s",
        '<g id="1"/>x<x id="2"/>': "<i></i>x<b></b>",
    }
    for translation, expected in cases.items():
        written = open_document("a.srt", content).written([translation]).decode()
        assert written.splitlines()[2] == expected


def test_text_without_timing_is_refused() -> None:
    """Something else under the name of subtitles is an error; an empty file is none."""
    with pytest.raises(BrokenDocument, match="no timing"):
        same("a.srt", b"Dear Sir,\n")
    assert same("a.srt", b"") == b""
    assert same("a.vtt", b"WEBVTT\n") == b"WEBVTT\n"


@given(st.text(alphabet="<>i/{\\}-1:, \na\r") | st.text())
def test_anything_in_a_cue_comes_back(text: str) -> None:
    """Marks that are unclosed, crossed or empty pass as they are."""
    content = f"1\n00:00:01,000 --> 00:00:02,000\n{text}".encode("utf-8", "replace")
    assert same("a.srt", content) == content
    assert same("a.vtt", content) == content
