"""How commands show sizes, rows and how far they are."""

from __future__ import annotations

import io
import sys

import pytest

from ai_translate.cli.models.downloading import Download, shown_download
from ai_translate.cli.progress import Speed
from ai_translate.cli.sizes import human_size
from ai_translate.cli.table import aligned


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (14_657_482, "14.7 MB"),
        (5_000_000_000, "5.0 GB"),
        (7e15, "7000.0 TB"),
    ],
)
def test_sizes_have_decimal_units(size: float, expected: str) -> None:
    """Four digits at most before a terabyte, and never `1000.0 kB`."""
    assert human_size(size) == expected


def test_rows_are_aligned() -> None:
    """Columns begin below each other; lines end where their text does."""
    assert aligned(("a", "name"), ("long", "x"), ("", "")) == "a     name\nlong  x\n"


def test_speed_is_that_of_the_last_seconds() -> None:
    """What was there before, such as a part of an earlier process, is soon forgotten."""
    now = [0.0]
    speed = Speed(lambda: now[0])
    assert speed.after(0) == 0
    now[0] = 1.0
    assert speed.after(1000) == 1000
    for _ in range(10):
        now[0] += 1.0
        last = speed.after(1000 + 10 * int(now[0] - 1))
    assert last == 10
    assert speed.after(0) == 0


def test_a_download_tells_bytes_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second total begins anew; bytes that must come again are taken back."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with shown_download("name") as download:
        download.note("Files come.")
        download.total(991)
        download.advance(991)
        download.total(2_000_000)
        download.advance(1_000_000)
        download.advance(-1_000_000)
        download.advance(2_000_000)
    text = shown.getvalue()
    assert text.startswith("name: Files come.\n")
    assert "991 bytes of 991 bytes, " in text
    assert "2.0 MB of 2.0 MB, " in text
    assert text.count("100%") >= 2


def test_the_time_left_follows_from_the_rate() -> None:
    """Minutes and seconds, once there is a rate."""
    download = Download("name", terminal=False, doing="fetching")
    download.total(120_000_000)
    told = download._told(60_000_000)
    assert told is not None
    assert told.startswith("60.0 MB of 120.0 MB, ")
    assert told.endswith(" left")
    assert download._told(None) is None
