"""Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ai_translate.text.documents.opening import open_document
from support.documents import changed, said, same

SAMPLE = """\
---
title: "My page"
slug: my-page
tags: [news, more]
---

# Head *x* of `code` #

Para **one** is
two [link text](http://x.org "T") and [ref] here.\x20\x20
After a hard break\\
again ![alt text](a.png) 5 * 3 snake_case &amp; \\*no\\*.

> quote goes
> on with *more
> emphasis* yes
lazy

> [!NOTE]
> An alert.

- item

  second para
\t1. tabbed
\t   cont

- [ ] task *to do*
- **Bold:** text[^1] <b>html</b> <br> {{ name }}

[^1]: The note text.

| a \\| b | *c* |
|---|:-:|
| 1 | `x` and z |
| word | |

Setext
line
===

[ref]: http://x "title"

<div>
html
</div>

```python
code = 1
```

    indented code

***both*** and ~~struck~~ <http://auto.link> text
"""


def html(text: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def shape(text: str) -> list[str]:
    """The elements of the page, without its text, targets of links included."""
    return re.findall("<[^>]*>", html(text))


def translated(text: str, *translations: str) -> str:
    return open_document("a.md", text.encode()).written(translations).decode()


def test_blocks_of_text_are_parts() -> None:
    """Code, markup, definitions and keys are none; marks inside a sentence are numbered."""
    assert said("a.md", SAMPLE.encode()) == [
        "My page",
        'xml:Head <g id="1">x</g> of <x id="2"/>',
        'xml:Para <g id="1">one</g> is two <g id="2">link text</g> and <g id="3">ref</g> here.',
        "After a hard break",
        'xml:again <g id="1">alt text</g> 5 * 3 snake_case &amp; *no*.',
        'xml:quote goes on with <g id="1">more emphasis</g> yes lazy',
        "An alert.",
        "item",
        "second para",
        "tabbed cont",
        'xml: task <g id="1">to do</g>',
        'xml:<g id="1">Bold:</g> text<x id="2"/> <g id="3">html</g> <x id="4"/> <x id="5"/>',
        " The note text.",
        "a | b",
        "c",
        'xml:<x id="1"/> and z',
        "word",
        "Setext line",
        'xml:<g id="1">both</g> and <g id="2">struck</g> <x id="3"/> text',
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_round_trip_is_exact(line_end: str) -> None:
    """Wrapping, escapes, tables, tabs and line ends stay."""
    content = SAMPLE.replace("\n", line_end).encode()
    assert same("a.md", content) == content


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_changed_text_leaves_the_elements_of_the_page(line_end: str) -> None:
    """The page has the same elements and, in capital letters, the same text."""
    written = changed("a.md", SAMPLE.replace("\n", line_end).encode()).decode()
    body, changed_body = (text.split("---", 2)[2] for text in (SAMPLE, written))
    before = shape(body)
    after = [tag.replace("ALT TEXT", "alt text") for tag in shape(changed_body)]
    assert after == before
    plain = [" ".join(re.sub("<[^>]*>", "", html(text)).split()) for text in (body, changed_body)]
    for kept in ("CODE = 1", "INDENTED CODE", "HTTP://AUTO.LINK", " X ", " NAME "):
        plain[0] = plain[0].upper().replace(kept, kept.lower())
        plain[1] = plain[1].replace(kept, kept.lower())
    plain = [re.sub(r"`?code`?", "CODE", text) for text in plain]
    assert plain[1].upper() == plain[0].upper()
    assert 'title: "MY PAGE"' in written
    assert "slug: my-page" in written
    assert "code = 1" in written
    assert "[REF][ref]" in written


@pytest.mark.parametrize(
    "translation",
    [
        "# no heading",
        "- no item",
        "1. no item",
        "> no quote",
        "*no* _emphasis_ **at** ~~all~~",
        "`no code`",
        "[no](link) ![no](image)",
        "<b>no tag</b>",
        "&lt; &amp; &copy;",
        "back\\slash \\* \\",
        "two\n\nparagraphs",
        "---",
        "===",
        "```",
        "a | b",
        "snake_case and 5 * 3 and [x]",
        "+ x",
        "http://x.org/a_b_c",
        "1986) year",
        "***",
        "[ref]",
    ],
)
def test_signs_in_a_translation_are_text(translation: str) -> None:
    """Whatever a translation of plain text holds, the page shows it and gets no element."""
    expected = " ".join(translation.split())
    for before, behind in (("", ""), ("# ", ""), ("> ", ""), ("- ", ""), ("wo*rd* ", "")):
        text = f"{before}word{behind}\n\n[ref]: http://x.org\n"
        document = open_document("a.md", text.encode())
        given_text = translation
        if document.parts[0].format == "xml":
            escaped = translation.replace("&", "&amp;").replace("<", "&lt;")
            given_text = f'wo<g id="1">rd</g> {escaped}'
        written = document.written([given_text]).decode()
        assert shape(written) == shape(text), written
        shown = re.sub("<[^>]*>", "", html(written)).strip()
        shown = shown.removeprefix("word ")
        named = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))
        for name, sign in named:
            shown = shown.replace(name, sign)
        assert shown == expected


def test_bars_in_cells_are_escaped() -> None:
    """A translation cannot add a column."""
    text = "| a | b |\n|---|---|\n| x | y |\n"
    written = translated(text, "a | b", "c", "`|", "|")
    assert shape(written) == shape(text)
    assert "a \\| b" in written


def test_escapes_are_written_only_where_they_are_needed() -> None:
    """Usual text looks as it was typed."""
    usual = "snake_case, 5 * 3, R&D, a < b, [sic]"
    assert translated("word\n", usual) == f"{usual}\n"
    assert translated("word\n", "snake_case *x*") == "snake_case \\*x\\*\n"


def test_emphasis_is_put_where_markdown_reads_it() -> None:
    """Blanks move out of marks; where marks cannot be read, HTML takes their place."""
    text = "a **b** c\n"
    assert translated(text, 'x<g id="1"> y </g>z') == "x **y** z\n"
    assert translated(text, 'x<g id="1">(y)</g>z') == "x<strong>(y)</strong>z\n"
    assert translated(text, "x") == "x\n"


def test_lines_are_as_many_as_they_were() -> None:
    """What stands before the lines of a quotation stands before those of its translation."""
    text = "> one two three\n> four five six\n"
    written = translated(text, "eins zwei drei vier fünf sechs")
    assert written == "> eins zwei drei\n> vier fünf sechs\n"
    assert translated("one\ntwo\n", "x - 1. y") == "x - 1.\ny\n"


def test_front_matter_that_is_no_yaml_stays() -> None:
    """The page behind it is translated all the same."""
    for front in ('---\ntitle: "x\n---\n', "+++\ntitle = 'x'\n+++\n"):
        assert translated(front + "word\n", "Wort") == front + "Wort\n"


@given(st.text(alphabet="*_`[]()<>!\\ \n#-+1.>|~&;ab:\t\"'") | st.text())
def test_anything_comes_back(text: str) -> None:
    """No document is too odd for a round trip."""
    content = text.encode("utf-8", "replace")
    assert same("a.md", content) == content


@given(
    st.text(alphabet="*_`[]()<>!\\ #-+1.>|~&;ab:"), st.sampled_from(["w\nw", "# w", "- w", "> w"])
)
def test_any_translation_is_text(translation: str, text: str) -> None:
    """No translation of plain text adds an element to the page."""
    if translation.strip():
        written = translated(text, translation)
        assert shape(written) == shape(text), written


def test_hostile_nesting_is_read() -> None:
    """Deep nesting, and marks that are never closed."""
    for hostile in (">" * 5000, "- " * 5000, "*a " * 5000, "[" * 5000, "[a](" * 2000, "`" * 5000):
        content = f"{hostile}word\n".encode()
        assert same("a.md", content) == content
