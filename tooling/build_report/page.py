"""The report as one page of HTML that makes no request and runs no script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from build_report import amounts
from build_report.history_charts import history_section
from build_report.image_chart import image_section
from build_report.markup import Markup, element, joined, table
from build_report.record import stage_of
from build_report.steps import Step
from build_report.summary import Report, instruction_of, sentence_of
from build_report.timeline import timeline_section

__all__ = ["page"]

_STYLE: Final = Path(__file__).with_name("page.css")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TILES: Final = {
    "time": "from begin to end",
    "cached steps": "steps from the cache",
    "image": "image, unpacked",
    "image as pushed": "image, as pushed",
    "context sent": "context sent",
}
_SHOWN_BUILDS: Final = 30


def page(report: Report) -> str:
    """The page. What it shows of steps is text, whatever it consists of."""
    record = report.record
    style = _STYLE.read_text(encoding="utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Build of {report.title}"),
        # Otherwise a browser asks the server for one.
        element("link", rel="icon", href="data:,"),
        Markup(f"<style>{style}</style>"),
    )
    words = [
        record.name,
        record.commit[:12],
        record.made.replace("T", " ").replace("+00:00", " UTC"),
    ]
    title = element(
        "header",
        element(
            "h1",
            f"Build of {record.tag or 'an image'}",
            element("span", record.outcome, class_=f"pill {record.outcome}"),
        ),
        element("p", " · ".join(word for word in words if word), class_="soft"),
    )
    main = element(
        "main",
        title,
        _tiles(report),
        *_failures(report),
        *_causes(report),
        timeline_section(record),
        *image_section(report),
        _figures(report),
        *history_section(report.history[-_SHOWN_BUILDS:]),
    )
    return f"<!doctype html>\n{element('html', head, element('body', main), lang='en')}\n"


def _tiles(report: Report) -> Markup:
    tiles = []
    for fact in report.facts:
        if fact.name not in _TILES or fact.value == "unknown":
            continue
        value, _, rest = fact.value.partition(" (")
        change = f"{fact.before} since the last build" if fact.before else rest.rstrip(")")
        tiles.append(
            element(
                "div",
                element("span", _TILES[fact.name]),
                element("b", value),
                element("span", change or "\N{NO-BREAK SPACE}"),
                class_="tile",
            )
        )
    return element("div", *tiles, class_="tiles")


def _failures(report: Report) -> Iterator[Markup]:
    failed = [step for step in report.record.steps if step.error]
    if failed:
        items = [
            element("li", element("strong", f"{stage_of(step)}: {step.error}"), _code(step))
            for step in failed
        ]
        yield element(
            "section", element("h2", "What failed"), element("ul", *items, class_="causes")
        )


def _causes(report: Report) -> Iterator[Markup]:
    if not report.record.causes:
        return
    items = [
        element(
            "li",
            element("strong", sentence_of(cause)),
            element("code", f"{cause.stage}: {instruction_of(cause)}"),
        )
        for cause in report.record.causes
    ]
    note = "Steps that ran although nothing before them did, and what changed since the last build."
    yield element(
        "section",
        element("h2", "What broke the cache"),
        element("p", note, class_="note"),
        element("ul", *items, class_="causes"),
    )


def _figures(report: Report) -> Markup:
    record = report.record
    head = ["figure", "this build", "against the build before", "against the baseline"]
    width = 4 if report.baseline else 3 if report.before else 2
    facts = table(
        "All figures of this build",
        head[:width],
        [[fact.name, fact.value, fact.before, fact.baseline][:width] for fact in report.facts],
        numbers=2,
    )
    stages = table(
        "Stages; their steps may overlap",
        ["stage", "steps", "cached", "seconds", "on the critical path"],
        [
            [
                stage.name,
                str(stage.steps or ""),
                str(stage.cached if stage.steps else ""),
                f"{stage.seconds:.2f}",
                "unknown" if stage.critical is None else f"{stage.critical:.2f}",
            ]
            for stage in record.stages
        ],
    )
    steps = table(
        "Steps, in the order in which they began",
        ["step", "state", "seconds", "last time it ran", "waited for"],
        [
            [
                joined([f"{stage_of(step)}: ", _code(step)]),
                step.state,
                f"{step.seconds:.2f}",
                "" if step.was is None else amounts.seconds(step.was),
                {True: "yes", False: "no", None: "unknown"}[step.critical],
            ]
            for step in record.steps
        ],
        numbers=2,
    )
    return element(
        "section",
        element("h2", "Figures"),
        facts,
        element("details", element("summary", "Stages"), stages),
        element("details", element("summary", "Every step"), steps),
    )


def _code(step: Step) -> Markup:
    return element("code", instruction_of(step))
