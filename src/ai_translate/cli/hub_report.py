"""How the results of `hub check` are shown: as a table, as lines, or as a JSON document."""

from __future__ import annotations

import json
import shutil
import textwrap
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final, TextIO

import click

from ai_translate.supply.conformance import CheckResult, Status, Subject
from ai_translate.supply.hub.endpoint import shown
from ai_translate.supply.hub.progress import Silent

__all__ = ["Document", "Lines", "Table", "report_for"]

_MARKS: Final[dict[Status, str]] = {"ok": "ok", "note": "note", "fail": "FAIL", "skipped": "skip"}
_COLOURS: Final[dict[Status, str]] = {
    "ok": "green",
    "note": "yellow",
    "fail": "red",
    "skipped": "bright_black",
}
_ERASE: Final = "\r\x1b[2K"
_LEAST_WIDTH: Final = 24


def report_for(stream: TextIO, *, as_json: bool) -> Document | Lines:
    """What suits a stream."""
    if as_json:
        return Document(stream)
    if stream.isatty():
        return Table(stream, shutil.get_terminal_size().columns)
    return Lines(stream)


class Document(Silent):
    """One JSON document at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._results: list[CheckResult] = []

    def begin(self, subject: Subject, titles: Sequence[str]) -> None:
        """Is told what is checked and what the checks are called, in their order."""

    def show(self, result: CheckResult) -> None:
        """Is told of each result."""
        self._results.append(result)

    def end(self, subject: Subject) -> bool:
        """Says what came of it all; whether nothing failed."""
        counts = self._counts()
        document = {
            "endpoint": shown(subject.endpoint.url),
            "model": subject.repo,
            "revision": subject.revision,
            "commit": subject.commit or None,
            "passed": not counts["fail"],
            "counts": {status: counts[status] for status in _MARKS},
            "checks": [asdict(result) for result in self._results],
        }
        json.dump(document, self._stream, ensure_ascii=False, indent=2)
        self._stream.write("\n")
        return not counts["fail"]

    def _counts(self) -> Counter[Status]:
        return Counter(result.status for result in self._results)


class Lines(Document):
    """A line for each item, then its details, indented. Shown as they come."""

    def begin(self, subject: Subject, titles: Sequence[str]) -> None:
        """See Document."""
        del titles
        self._say(f"{shown(subject.endpoint.url)}: {subject.repo} at {subject.revision}")

    def show(self, result: CheckResult) -> None:
        """See Document."""
        super().show(result)
        remedy = f" Remedy: {result.remedy}" if result.remedy else ""
        self._say(f"{_MARKS[result.status]}: {result.title}: {result.reason}{remedy}")
        for line in result.details:
            self._say(f"  {line}")

    def end(self, subject: Subject) -> bool:
        """See Document."""
        del subject
        counts = self._counts()
        if counts["fail"]:
            self._say(f"{counts['fail']} of {len(self._results)} items failed.")
        else:
            self._say(f"Nothing failed: {counts['ok']} ok, {counts['note']} to note.")
        return not counts["fail"]

    def _say(self, line: str) -> None:
        click.echo(line, file=self._stream)


class Table(Lines):
    """Aligned columns for a terminal, with remedies below. The item at work is shown as well.

    Args:
        stream: The terminal.
        width: Its columns.
    """

    def __init__(self, stream: TextIO, width: int) -> None:
        super().__init__(stream)
        self._width = width
        self._titles: Sequence[str] = ()
        self._lock = threading.Lock()
        self._size = self._done = self._percent = 0

    def begin(self, subject: Subject, titles: Sequence[str]) -> None:
        """See Document."""
        super().begin(subject, titles)
        self._titles = titles
        self._pending()

    def show(self, result: CheckResult) -> None:
        """See Document."""
        Document.show(self, result)
        mark = click.style(f"{_MARKS[result.status]:<4}", fg=_COLOURS[result.status])
        self._write(_ERASE)
        self._say(f"  {mark}  {self._cell(result.title)}  {self._wrapped(result.reason)}")
        if result.remedy:
            self._say(f"{' ' * self._indent}{self._wrapped(f'→ {result.remedy}')}")
        for line in result.details:
            self._say(f"{' ' * self._indent}{line}")
        self._pending()

    def total(self, size: int) -> None:
        """See Progress."""
        with self._lock:
            self._size, self._done, self._percent = size, 0, 0

    def advance(self, size: int) -> None:
        """See Progress."""
        with self._lock:
            self._done += size
            percent = 100 * self._done // max(self._size, 1)
            if percent != self._percent:
                self._percent = percent
                self._pending(f"{percent} % of {self._size:,} bytes")

    @property
    def _indent(self) -> int:
        return 10 + max(map(len, self._titles), default=0)

    def _cell(self, title: str) -> str:
        return title.ljust(self._indent - 10)

    def _wrapped(self, text: str) -> str:
        width = max(self._width - self._indent, _LEAST_WIDTH)
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        return f"\n{' ' * self._indent}".join(lines)

    def _pending(self, how_far: str = "") -> None:
        """Shows what is being looked at, on a line that the result takes the place of."""
        number = len(self._results)
        if number < len(self._titles):
            self._write(f"{_ERASE}  …     {self._cell(self._titles[number])}  {how_far}")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
