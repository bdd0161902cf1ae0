"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from build_report import amounts
from build_report.record import stage_of
from build_report.steps import Step
from build_report.summary import Report, instruction_of, sentence_of

__all__ = ["table"]

_WIDTH: Final = 100
_SLOWEST: Final = 8
# Shorter steps are not listed: a cached build has dozens.
_LEAST_SECONDS: Final = 0.05


def table(report: Report) -> str:
    """The report as lines that fit a terminal of 100 columns, without control characters."""
    return "".join(f"{_plain(line).rstrip()}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    record = report.record
    yield f"Build of {report.title}{', FAILED' if record.outcome == 'failed' else ''}"
    yield ""
    columns = ["", ""]
    if report.before:
        columns.append("before")
    if report.baseline:
        columns.append(report.baseline.then.name or "baseline")
    rows = [
        [fact.name, fact.value, fact.before, fact.baseline][: 2 if not report.before else 4]
        for fact in report.facts
    ]
    yield from _columns([columns, *rows] if len(columns) > 2 else rows, left=2)
    yield ""
    rows = [["stage", "steps", "cached", "seconds", "critical"]]
    for stage in record.stages:
        critical = "" if stage.critical is None else f"{stage.critical:.2f}"
        steps = [str(stage.steps), str(stage.cached)] if stage.steps else ["", ""]
        rows.append([stage.name, *steps, f"{stage.seconds:.2f}", critical])
    yield from _columns(rows, left=1)
    if slowest := _slowest(record.steps):
        yield ""
        yield "longest steps (* the build waited for it)"
        for step in slowest:
            mark = "*" if step.critical else " "
            failed = "FAILED " if step.state == "failed" else ""
            what = f"{stage_of(step)}: {failed}{instruction_of(step)}"
            yield _cut(f"{mark} {amounts.seconds(step.seconds):>8}  {what}")
    parts = record.image.parts() or record.image.parts(packed=True)
    if parts:
        yield ""
        kind = "unpacked" if record.image.parts() else "packed"
        yield f"image by part, {kind}"
        changes = {one.part: one for one in report.before.parts} if report.before else {}
        for part, size in parts.items():
            change = changes.get(part)
            shown = amounts.change(change.now, change.then) if change else ""
            yield f"  {part:<14}{amounts.size(size):>9}  {shown}"
    if record.causes:
        yield ""
        yield "what broke the cache"
        for cause in record.causes:
            yield _cut(f"  {cause.stage}: {instruction_of(cause)}")
            yield f"    {sentence_of(cause)}"


def _slowest(steps: Sequence[Step]) -> list[Step]:
    listed = [step for step in steps if step.seconds >= _LEAST_SECONDS or step.state == "failed"]
    return sorted(listed, key=lambda step: -step.seconds)[:_SLOWEST]


def _columns(rows: Sequence[Sequence[str]], *, left: int) -> Iterator[str]:
    """Rows in columns as wide as what is in them; those after the first `left` at the right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    for row in rows:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join(cells)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _plain(line: str) -> str:
    """A line without what a terminal would obey: names of steps are not ours."""
    return "".join(sign if sign.isprintable() else "�" for sign in line)
