"""How builds went before this one: charts, and a table behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from build_report import amounts
from build_report.image import PARTS
from build_report.markup import Markup, element, joined, table
from build_report.record import BuildRecord
from build_report.summary import sentence_of

__all__ = ["history_section"]

# Of a column in a chart, in units of its SVG; gaps between columns are the rest.
_COLUMN = 0.72


def history_section(records: Sequence[BuildRecord]) -> Iterator[Markup]:
    """Seconds, cache and size of builds, the oldest at the left. Nothing if there is only one."""
    if len(records) < 2:
        return
    charts = [
        _chart(
            "Time",
            records,
            lambda one: [("bad" if one.outcome == "failed" else "time", one.seconds)],
            amounts.seconds,
        ),
        _chart(
            "Steps from the cache",
            records,
            lambda one: [("rate", 100 * (one.cache.of_steps or 0.0))],
            lambda amount: f"{amount:.0f}%",
            most=100.0,
        ),
    ]
    if any(record.image.parts() or record.image.parts(packed=True) for record in records):
        charts.append(
            _chart("Image by part", records, _sizes, lambda one: amounts.size(round(one)))
        )
    yield element(
        "section",
        element("h2", f"The last {len(records)} builds"),
        element("p", "From the oldest at the left to this one at the right.", class_="note"),
        element("div", *charts, class_="charts"),
        element("details", element("summary", "Builds, the newest first"), _builds(records)),
    )


def _chart(
    title: str,
    records: Sequence[BuildRecord],
    of: Callable[[BuildRecord], list[tuple[str, float]]],
    shown: Callable[[float], str],
    most: float = 0.0,
) -> Markup:
    """Columns of parts that stand on each other, up to the tallest one."""
    stacks = [of(record) for record in records]
    tallest = most or max((sum(size for _, size in stack) for stack in stacks), default=0.0) or 1.0
    columns = []
    for place, (record, stack) in enumerate(zip(records, stacks, strict=True)):
        top = 100.0
        boxes = []
        for kind, size in stack:
            height = 100 * size / tallest
            top -= height
            now = " now" if place == len(records) - 1 else ""
            boxes.append(
                element(
                    "rect",
                    class_=f"{kind}{now}",
                    x=f"{place + (1 - _COLUMN) / 2:.2f}",
                    y=f"{top:.2f}",
                    width=f"{_COLUMN}",
                    height=f"{max(height, 0.01):.2f}",
                )
            )
        tip = element("title", f"{_when(record)}: {shown(sum(size for _, size in stack))}")
        columns.append(element("g", tip, *boxes))
    label = f"{title}: {', '.join(shown(sum(size for _, size in stack)) for stack in stacks[-5:])}"
    drawing = element(
        "svg",
        *columns,
        viewBox=f"0 0 {len(records)} 100",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{label} (the last of them; all are in the table below)",
    )
    last = shown(sum(size for _, size in stacks[-1]))
    return element(
        "figure",
        element("figcaption", title, element("span", f"now {last}, top {shown(tallest)}")),
        element("div", drawing, class_="plot"),
        element(
            "div",
            element("span", _when(records[0])),
            element("span", _when(records[-1])),
            class_="ends",
        ),
    )


def _sizes(record: BuildRecord) -> list[tuple[str, float]]:
    parts = record.image.parts() or record.image.parts(packed=True)
    return [(part, float(parts[part])) for part in PARTS if part in parts]


def _builds(records: Sequence[BuildRecord]) -> Markup:
    rows = []
    for record in reversed(records):
        why = [element("div", f"{one.stage}: {sentence_of(one)}") for one in record.causes[:3]]
        if len(record.causes) > 3:
            why.append(element("div", f"and {len(record.causes) - 3} more"))
        image = record.image
        rows.append(
            [
                _when(record),
                " ".join(word for word in (record.name, record.commit[:8]) if word),
                record.outcome,
                joined(why),
                amounts.seconds(record.seconds),
                f"{record.cache.cached} of {record.cache.steps}",
                amounts.size(image.unpacked if image.unpacked is not None else image.packed),
            ]
        )
    head = ["when", "which", "outcome", "what broke the cache", "time", "cached", "image"]
    return table("Builds", head, rows, numbers=4)


def _when(record: BuildRecord) -> str:
    return record.made[:16].replace("T", " ")
