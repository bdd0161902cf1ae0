"""The report for the summary of a CI run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from build_report import amounts
from build_report.record import stage_of
from build_report.summary import Report, instruction_of, sentence_of

__all__ = ["markdown"]

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#!|~@&]")
_LONGEST: Final = 120
_STEPS: Final = 10


def markdown(report: Report) -> str:
    """The report as Markdown. Names of steps are text in it, whatever they consist of."""
    return "\n".join([*_lines(report), ""])


def _lines(report: Report) -> Iterator[str]:
    record = report.record
    failed = " — **failed**" if record.outcome == "failed" else ""
    yield f"### Build of {_text(report.title)}{failed}"
    yield ""
    head = ["", "", "against the build before", "against the baseline"]
    rows = [[fact.name, fact.value, fact.before, fact.baseline] for fact in report.facts]
    width = 4 if report.baseline else 3 if report.before else 2
    yield from _table([head[:width], *(row[:width] for row in rows)])
    if record.causes:
        yield ""
        yield "**What broke the cache**"
        yield ""
        for cause in record.causes:
            what = f"{cause.stage}: {instruction_of(cause)}"
            yield f"- {_text(what)} — {_text(sentence_of(cause))}"
    parts = record.image.parts() or record.image.parts(packed=True)
    if parts:
        yield ""
        changes = {one.part: one for one in report.before.parts} if report.before else {}
        kind = "unpacked" if record.image.parts() else "packed"
        rows = []
        for part, size in parts.items():
            change = changes.get(part)
            shown = amounts.change(change.now, change.then) if change else ""
            rows.append([part, amounts.size(size), shown])
        yield from _table([["image by part", kind, "change"], *rows])
    yield ""
    yield "<details><summary>Stages and longest steps</summary>"
    yield ""
    yield from _table(
        [
            ["stage", "steps", "cached", "seconds", "on the critical path"],
            *(
                [
                    stage.name,
                    str(stage.steps or ""),
                    str(stage.cached if stage.steps else ""),
                    f"{stage.seconds:.2f}",
                    "" if stage.critical is None else f"{stage.critical:.2f}",
                ]
                for stage in record.stages
            ),
        ]
    )
    yield ""
    longest = sorted(record.steps, key=lambda step: -step.seconds)[:_STEPS]
    rows = [
        [
            amounts.seconds(step.seconds),
            "yes" if step.critical else "",
            f"{stage_of(step)}: {instruction_of(step)}",
        ]
        for step in longest
    ]
    yield from _table([["time", "waited for", "step"], *rows])
    yield ""
    yield "</details>"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *rest = rows
    for row in (head, ["---"] * len(head)):
        yield f"| {' | '.join(row)} |"
    for row in rest:
        yield f"| {' | '.join(map(_text, row))} |"


def _text(text: str) -> str:
    """A text of which Markdown and HTML make nothing else, in one line."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    cut = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", cut)
