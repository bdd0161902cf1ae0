"""Elements of HTML, in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["Markup", "element", "joined", "table", "text"]


class Markup(str):
    """What is HTML already. Any other text is escaped when it is put into an element."""

    __slots__ = ()


def text(content: str) -> Markup:
    """A text, escaped; signs that HTML does not allow are left out."""
    return Markup(escape("".join(sign for sign in content if sign.isprintable())))


def element(name: str, /, *content: str, **attributes: str | bool | None) -> Markup:
    """An element.

    Args:
        name: Such as `td`.
        content: Texts and elements.
        attributes: By name, with `_` for `-` and one at the end left out. Those that are false or
            nothing are left out, and those that are true have no value.
    """
    words = [name]
    for key, value in attributes.items():
        word = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(word)
        elif value is not None and value is not False:
            words.append(f'{word}="{text(value)}"')
    if name in {"meta", "link"}:
        return Markup(f"<{' '.join(words)}>")
    return Markup(f"<{' '.join(words)}>{joined(content)}</{name}>")


def joined(content: Iterable[str]) -> Markup:
    """Texts and elements, one after the other."""
    return Markup("".join(one if isinstance(one, Markup) else text(one) for one in content))


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 1
) -> Markup:
    """A table with a row of headers, and a header in each row, that scrolls where it is too wide.

    Args:
        caption: What it shows.
        head: Names of the columns.
        rows: Cells: texts or elements. The first one of each names the row.
        numbers: The column from which on cells are figures, and stand at the right.
    """
    classes = ["" if place < numbers else "number" for place in range(len(head))]
    titles = [
        element("th", one, scope="col", class_=kind or None)
        for one, kind in zip(head, classes, strict=True)
    ]
    lines = []
    for first, *rest in rows:
        cells = [
            element("td", cell, class_=kind or None)
            for cell, kind in zip(rest, classes[1:], strict=True)
        ]
        lines.append(element("tr", element("th", first, scope="row"), *cells))
    body = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *titles)),
        element("tbody", *lines),
    )
    return element("div", body, class_="scroll", tabindex="0", role="region", aria_label=caption)
