"""What the image consists of, as a bar and as tables."""

from __future__ import annotations

from collections.abc import Iterator

from build_report import amounts
from build_report.markup import Markup, element, joined, table
from build_report.summary import Report, instruction_of

__all__ = ["image_section"]


def image_section(report: Report) -> Iterator[Markup]:
    """Size by part and by layer; nothing if it is not known."""
    image = report.record.image
    packed = not image.parts()
    parts = image.parts(packed=packed)
    if not parts:
        return
    whole = sum(parts.values())
    stack = [
        element(
            "div",
            class_=part,
            style=f"flex:{max(size / whole, 0.002):.4f}",
            title=f"{part}: {amounts.size(size)}",
        )
        for part, size in parts.items()
    ]
    changes = {one.part: one for one in report.before.parts} if report.before else {}
    other = image.parts(packed=True)
    rows: list[list[str]] = []
    for part, size in parts.items():
        change = changes.get(part)
        rows.append(
            [
                _named(part),
                amounts.size(size),
                amounts.share(size / whole),
                amounts.size(other[part]) if part in other and not packed else "",
                amounts.change(change.now, change.then) if change else "",
            ]
        )
    kind = "as it is pushed" if packed else "unpacked"
    yield element(
        "section",
        element("h2", f"Image: {amounts.size(whole)} {kind}"),
        element("p", "Sizes of layers, by what they are for.", class_="note"),
        element("div", *stack, class_="stack", role="img", aria_label="Size of the image by part"),
        table(
            "Parts of the image",
            ["part", kind, "share", "as pushed" if not packed else "", "change"],
            rows,
        ),
        element("details", element("summary", "Layers, the lowest first"), _layers(report)),
    )


def _named(part: str) -> Markup:
    return element("span", element("i", class_=part), part, class_="part")


def _layers(report: Report) -> Markup:
    rows = [
        [
            joined([element("code", instruction_of(layer.made_by))]),
            layer.part,
            amounts.size(layer.unpacked),
            amounts.size(layer.packed),
            {True: "cached", False: "made anew", None: ""}[layer.cached],
        ]
        for layer in report.record.image.layers
    ]
    head = ["made by", "part", "unpacked", "as pushed", "step"]
    return table("Layers", head, rows, numbers=2)
