"""Texts and markup that nobody would write, for as long as there is time."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from ai_translate.text.markup.html import html_tokens
from ai_translate.text.markup.marks import Syntax
from ai_translate.text.markup.sentences import split_markup
from ai_translate.text.markup.xml import xml_tokens
from ai_translate.text.protect import protected_spans
from support.server_process import ServerProcess

BITS = (
    *("Hello", "the big house", "is red.", "Tom", "25", "\n", "  ", "\t", ". ", "! ", "?", "- "),
    *("{name}", "%s", "{{a.b}}", "${x}", "{n, plural, one {# dog} other {# dogs}}", ":id", "%1$s"),
    *("https://example.org/a?b=1&c=2", "me@example.org", "`code`", "@ada", "#tag", "😀", "/etc/x"),
    *(
        "<b>",
        "</b>",
        "<i class='x'>",
        "</i>",
        "<a href='?a=1&b=2'>",
        "</a>",
        "<p>",
        "</p>",
        "<br/>",
    ),
    *("<code>", "</code>", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<img>"),
    *("&amp;", "&lt;", "&nbsp;", "&copy;", "&", "<", ">", '"', "'", "&#65;", "&#xfffff;", "<0>"),
    *(
        "</0>",
        "<p translate=no>",
        "<sup>",
        "</sup>",
        "<x id='1'/>",
        "\u202e",
        "\u200d",
        "é",
        "中文",
    ),
    *(
        "\x00",
        "\x0b",
        "\ufffe",
        "\U000f0000",
        "\u2028",
        "</",
        "<!DOCTYPE x [",
        "=",
        "/>",
        "a" * 300,
    ),
)


def made(chance: random.Random, pages: list[str]) -> str:
    """Bits in any order, and pieces of pages cut anywhere."""
    parts = []
    for _ in range(chance.randint(1, 20)):
        if chance.random() < 0.15:
            page = chance.choice(pages)
            start = chance.randrange(len(page))
            parts.append(page[start : start + chance.randint(1, 400)])
        else:
            parts.append(chance.choice(BITS))
        parts.append(chance.choice(["", " "]))
    return "".join(parts)


def tags(text: str, syntax: Syntax) -> Counter[str]:
    """How often each tag, comment and the like stands in it."""
    tokens = html_tokens(text) if syntax == "html" else xml_tokens(text)
    return Counter(
        text[token.start : token.end] for token in tokens if token.kind not in {"text", "reference"}
    )


def layout(text: str, syntax: Syntax) -> Iterator[str]:
    """What stands between its sentences."""
    return (s.text for s in split_markup(text, syntax, "en") if not s.translate)


@pytest.mark.parametrize("syntax", ["text", "html", "xml"])
def test_only_sentences_change(
    server: ServerProcess, pages: list[str], seconds: float, syntax: Syntax
) -> None:
    """No fault of the server; layout stays in order, tags and placeholders are there."""
    seed = time.time_ns()
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    tried = 0
    with httpx.Client(base_url=server.url(), timeout=60) as client:
        while time.monotonic() < end:
            text = made(chance, pages)
            told = f"seed {seed}, after {tried}: {text!r}"
            answer = client.post("/translate", json={"text": text, "format": syntax})
            tried += 1
            assert answer.status_code == 200, (answer.status_code, answer.text, told)
            found = answer.json()["translated_text"]
            at = 0
            for piece in layout(text, syntax):
                place = found.find(piece, at)
                assert place >= 0, (piece, found, told)
                at = place + len(piece)
            if syntax != "text":
                assert tags(found, syntax) == tags(text, syntax), (found, told)
            else:
                kept = Counter(text[s.start : s.end] for s in protected_spans(text))
                missing = [part for part, count in kept.items() if found.count(part) < count]
                assert not missing, f"{missing}\n{found!r}\n{told}"
    assert tried > 1
