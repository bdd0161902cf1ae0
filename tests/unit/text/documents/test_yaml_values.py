"""YAML."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from support.documents import changed, said, same

SAMPLE = """\
%YAML 1.1
---
# A comment: stays
en:
  title: Fish and chips   # not this
  "quoted key": "Say \\"hi\\"\\u00e9 \\
     and go"
  single: 'It''s
    here'
  folded words: several plain
    words, two lines
  literal: |
    First line.
      Indented.

    Last # no comment.

  kept: >+
    One
    sentence.

    Another.

  strip: |-
      deep
  digit: |2
      begins with spaces
  anchored: &anchor !!str Some text
  alias: *anchor
  bool: yes
  number: 12
  date: 2001-01-01
  null value: ~
  empty:
  tagged: !Ref TheTopic
  path: http://x.org/a
  😀 key: emoji 😀 text
  list:
    - one
    - [two, "three", 4]
    - {a: b, "c": d}
  ? complex key
  : its value
...
---
second document
"""


def test_values_are_parts_and_keys_are_not() -> None:
    """Strings alone: no keys, numbers, aliases, or values that have a tag of their own."""
    assert said("a.yml", SAMPLE.encode()) == [
        "Fish and chips",
        'Say "hi"é and go',
        "It's here",
        "several plain words, two lines",
        "First line.\n  Indented.\n\nLast # no comment.\n",
        "One sentence.\nAnother.\n\n",
        "deep",
        "  begins with spaces\n",
        "Some text",
        "emoji 😀 text",
        "one",
        "two",
        "three",
        "b",
        "d",
        "its value",
        "second document",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_round_trip_is_exact(line_end: str, encoding: str) -> None:
    """Comments, styles, anchors, directives and line ends stay."""
    content = SAMPLE.replace("\n", line_end).encode(encoding)
    assert same("a.yaml", content) == content


def loaded(content: bytes) -> list[Any]:
    """All that the documents say, every scalar as a string."""
    return list(yaml.load_all(content, Loader=yaml.CBaseLoader))


def replaced(value: Any, old: list[str], new: str) -> Any:
    """The value with strings that were parts replaced; block scalars keep their last line end."""
    if isinstance(value, dict):
        return {key: replaced(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, old, new) for inner in value]
    if isinstance(value, str) and value in old:
        return new + value[len(value.rstrip("\n")) :]
    return value


@pytest.mark.parametrize(
    "translation",
    [
        "plain",
        "colon: space",
        "- dash",
        "yes",
        "12",
        "a # b",
        '"quoted"',
        "it's",
        "back\\slash",
        "two\nlines",
        "two\n\n  three",
        "[a, b]",
        "}",
        "a, b",
        "*alias",
        "&x !y",
        "%",
        "@at `tick`",
        "|",
        "trailing:",
        "é😀\u2028\x85\x07\t\ufeff",
        "--- a",
        " spaces ",
        "null",
        "? q",
        "<b>",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_another_reader_finds_the_translations(translation: str, line_end: str) -> None:
    """Whatever a translation says, values alone change."""
    content = SAMPLE.replace("\n", line_end).encode()
    written = changed("a.yaml", content, lambda _: translation)
    assert loaded(written) == replaced(loaded(content), said("a.yaml", content), translation)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_translation_is_read_again(translation: str) -> None:
    """In every style but blocks, which keep the line end that they had."""
    content = b"a: word\nb: 'word'\nc: \"word\"\nd: [word]\ne: {f: word}\n- : x\n"[:-6]
    values = loaded(changed("a.yaml", content, lambda _: translation))[0]
    assert values == {
        "a": translation,
        "b": translation,
        "c": translation,
        "d": [translation],
        "e": {"f": translation},
    }


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_translation_of_a_block_is_read_again(translation: str) -> None:
    """But for line ends at its end, which are those of the source."""
    content = b"a: |\n  word\nb: >-\n  word\nc:\n- |+\n word\n\n- end"
    values = loaded(changed("a.yaml", content, lambda _: translation))[0]
    core = translation.rstrip("\n")
    assert (values["a"], values["b"]) == (core + "\n", core)
    assert values["c"][0].rstrip("\n") == core


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans(), st.sampled_from([None, "'", '"', "|", ">"]), st.booleans())
def test_any_document_comes_back(
    value: Any, flow: bool, style: str | None, allow_unicode: bool
) -> None:
    """Whatever a writer writes is exact in a round trip."""
    text = yaml.safe_dump(
        value, default_flow_style=flow, default_style=style, allow_unicode=allow_unicode
    )
    content = text.encode("utf-8", "replace")
    assert same("a.yaml", content) == content


def test_bomb_of_aliases_is_read_as_it_is_written() -> None:
    """Aliases are never followed."""
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 50)]
    content = "\n".join(["a0: &a0 [lol]", *levels]).encode()
    assert said("a.yaml", content) == ["lol"]
    assert same("a.yaml", content) == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a: b\nc: "d', "Line 2 is no YAML"),
        (b"a: b\n  c: d", "Line 2 is no YAML"),
        (b"a: b\n\tc: d", "Line 2 is no YAML"),
        (b"[" * 100_000, "Line 1 is more than 500 levels deep"),
        (b"- " * 100_000, "Line 1 is more than 500 levels deep"),
        (b"a: \x00", "no YAML"),
    ],
)
def test_what_is_no_yaml_is_refused(content: bytes, message: str) -> None:
    """The error names the line, if one is to blame."""
    with pytest.raises(BrokenDocument) as raised:
        same("a.yaml", content)
    assert message in raised.value.message
