"""Tags in a text that is no markup otherwise, as in messages of programs: `Read the <0>terms</0>`.

Those that belong together in one line are tags; all others are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ai_translate.text.markup.outline import Item, paired

__all__ = ["tags_in"]

_TAG: Final = re.compile(r"<(/?)(\d{1,3}|[A-Za-z][\w:.-]{0,40})(?:\s[^<>\n]{0,200})?(?<!/)>")


def tags_in(text: str) -> Iterator[list[Item]]:
    """The paragraphs of a text: its lines with tags, and what is between them."""
    plain_from = at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        items = _line(text, at, end) if text.find("</", at, end) >= 0 else []
        if any(item.role == "open" for item in items):
            if plain_from < at:
                yield [_text(text, plain_from, at)]
            yield items
            plain_from = end
        at = end
    if plain_from < len(text):
        yield [_text(text, plain_from, len(text))]


def _line(text: str, start: int, end: int) -> list[Item]:
    tags = [
        Item("close" if match[1] else "open", match.start(), match.end(), match[2])
        for match in _TAG.finditer(text, start, end)
    ]
    items = []
    at = start
    for tag in paired(tags):
        if at < tag.start:
            items.append(_text(text, at, tag.start))
        items.append(tag)
        at = tag.end
    if at < end:
        items.append(_text(text, at, end))
    return items


def _text(text: str, start: int, end: int) -> Item:
    return Item("text", start, end, text=text[start:end])
