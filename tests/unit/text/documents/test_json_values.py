"""JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from support.documents import changed, said, same

SAMPLE = rb"""{
  "title" : "Caf\u00e9 \"Zur Post\"\n",
    "empty": "", "count": 1.50e+3, "ok": true, "none": null,
  "list": [ "one", ["two", {"deep": "three\/four"}], 5, "6" , "http://x.org/a" ],
	"title": "again",  "emoji": "\ud83d\ude00 yes", "lone": "a \ud800"
}
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_values_are_parts_and_keys_are_not() -> None:
    """Strings with words in them are parts, without their escapes, in order."""
    assert said("a.json", SAMPLE) == [
        'Café "Zur Post"\n',
        "one",
        "two",
        "three/four",
        "again",
        "😀 yes",
    ]


@given(JSON, st.integers(0, 4), st.booleans())
def test_round_trip_is_exact(value: Any, indent: int, ascii_only: bool) -> None:
    """Whatever its layout and escapes, a document comes back byte for byte."""
    text = json.dumps(value, indent=indent or None, ensure_ascii=ascii_only)
    content = text.encode("utf-8", "replace")
    assert same("a.json", content) == content


def test_sample_comes_back() -> None:
    """Spaces, escapes of every kind, equal keys and tabs stay."""
    assert same("a.json", SAMPLE) == SAMPLE


@given(JSON, st.text(st.characters(exclude_categories=["Cs"])))
def test_any_translation_is_read_again(value: Any, translation: str) -> None:
    """A translation may hold quotes, line ends and anything else."""
    content = json.dumps([value, "word"]).encode()
    written = changed("a.json", content, lambda _: translation)
    assert json.loads(written)[-1] == translation


def test_only_ascii_is_written_where_the_document_escapes_what_is_not() -> None:
    """A document that escapes letters goes on to do so; another one does not begin to."""
    assert changed("a.json", rb'["\u00e9t\u00e9"]') == rb'["\u00c9T\u00c9"]'
    assert changed("a.json", rb'["a\u0001"]', lambda _: "é") == '["é"]'.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n"a": "b",\n}', "Line 3 is no JSON: a key"),
        (b'["a" "b"]', "Line 1 is no JSON: a comma or ]"),
        (b'\n["a', "Line 2 is no JSON: unterminated string"),
        (b'["a\nb"]', "Line 1 is no JSON: invalid control character"),
        (b'{"a" 1}', "a colon"),
        (b"[1] 2", "the end was expected, not '2'"),
        (b"[01]", "a comma"),
        (b"[tru]", "a value was expected, not 't'"),
        (b"[\n", "not the end"),
        (b"{1: 2}", "a key in double quotes"),
        (b"[1}", "a comma or ]"),
        (b"// x\n[]", "a value"),
        (b"[,]", "a value"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(content: bytes, message: str) -> None:
    """The error says where and what was expected."""
    with pytest.raises(BrokenDocument) as raised:
        same("a.json", content)
    assert message in raised.value.message
    with pytest.raises(json.JSONDecodeError):
        json.loads(content)


def test_depth_has_no_limit() -> None:
    """Nesting that would exhaust a recursive reader is read."""
    content = b"[" * 100_000 + b'"deep"' + b"]" * 100_000
    assert said("a.json", content) == ["deep"]
    assert same("a.json", content) == content


@given(st.binary() | st.text(alphabet='{}[]",:\\u01ae \n').map(str.encode))
def test_anything_is_read_or_refused(content: bytes) -> None:
    """What the standard library reads comes back, what it refuses is refused."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        if content.strip(b" \t\r\n"):
            with pytest.raises(BrokenDocument):
                same("a.json", content)
    else:
        assert same("a.json", content) == content
