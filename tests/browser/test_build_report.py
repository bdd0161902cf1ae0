"""The page of a build report, as a browser shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from build_report.comparison import Comparison
from build_report.history import History
from build_report.page import page
from build_report.summary import Report
from support.browser import Recorder, recorder, visited
from support.build_reports import record

PATH: Final = "/report.html"
# What a page tells of its own width by an element that only a script could write.
WIDTHS: Final = (
    "<script>onload = () => document.body.append(`widths ${document.documentElement.scrollWidth} "
    "${innerWidth} ${getComputedStyle(document.body).backgroundColor}`)</script>"
)


@pytest.fixture
def through() -> Iterator[Recorder]:
    """A server that knows the page of a build after twenty others."""
    first = record("first.rawjson", tag="tiny:1")
    edited = record("edited.rawjson", History([first]), tag="tiny:1")
    many = tuple(replace(first, key=str(number)) for number in range(20))
    compared = Comparison(edited, first)
    with recorder() as kept:
        kept.pages[PATH] = page(Report(edited, compared, None, (*many, edited)))
        yield kept


def test_it_asks_nobody_for_anything(through: Recorder, tmp_path: Path) -> None:
    """The only request is that for the page, and its console is empty."""
    visit = visited(through, PATH, tmp_path)
    assert "What broke the cache" in visit.document
    assert through.asked == [f"GET {through.address}{PATH}"]
    assert visit.console == []
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_what_a_page_asks_for_would_be_seen(through: Recorder, tmp_path: Path) -> None:
    """A picture from elsewhere is. The policy of our page refuses it, and the console says so."""
    picture = "<img src='http://elsewhere.invalid/a.png'>"
    through.pages["/free.html"] = f"<!doctype html><title>x</title>{picture}"
    visited(through, "/free.html", tmp_path / "free")
    assert "GET http://elsewhere.invalid/a.png" in through.asked

    through.asked.clear()
    through.pages["/held.html"] = through.pages[PATH].replace("</main>", f"{picture}</main>")
    visit = visited(through, "/held.html", tmp_path / "held")
    assert through.asked == [f"GET {through.address}/held.html"]
    assert "Content Security Policy" in " ".join(visit.console)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [500, 1200])
def test_it_fits_a_phone_and_a_desk_by_day_and_by_night(
    through: Recorder, tmp_path: Path, width: int, dark: bool
) -> None:
    """No part of it is wider than the window, and its paper is of the colour that is preferred."""
    measured = through.pages[PATH].replace(
        "default-src", "script-src &#x27;unsafe-inline&#x27;; default-src"
    )
    through.pages["/measured.html"] = measured.replace("</head>", f"{WIDTHS}</head>")
    visit = visited(through, "/measured.html", tmp_path, width=width, dark=dark)
    *_, said = visit.document.split("widths ")
    content, window, colour = said.split("<")[0].split(" ", 2)
    assert int(content) <= int(window) <= width
    assert colour == ("rgb(21, 23, 27)" if dark else "rgb(251, 250, 248)")
