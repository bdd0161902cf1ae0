"""Properties of Java."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from support.documents import changed, said, same

SAMPLE = r"""# A comment that does not continue \
! another one
title=Fish and chips
  spaced : \  two words
tab	value here
long = one \
       two,\
   \ three
caf\u00e9\ key=na\u00efve \ud83d\ude00 \n\"x\"
message = It''s {0}, isn''t it?
quoted = Use '{0}' for it
path=C:\\dir\\file is here
empty=
number=12.5
alone
odd = ends in two\\
last=here"""


def values(content: bytes, encoding: str = "iso-8859-1") -> dict[str, str]:
    """Reads as the documentation of `java.util.Properties.load` says; written apart from ours."""
    found: dict[str, str] = {}
    logical: list[str] = []
    gathered = ""
    for natural in re.split("\r\n|\r|\n", content.decode(encoding)):
        line = natural.lstrip(" \t\f")
        if not gathered and line[:1] in ("", "#", "!"):
            continue
        slashes = len(line) - len(line.rstrip("\\"))
        if slashes % 2:
            gathered += line[:-1]
            continue
        logical.append(gathered + line)
        gathered = ""
    logical += [gathered] if gathered else []
    for line in logical:
        at = 0
        while at < len(line) and line[at] not in "=: \t\f":
            at += 2 if line[at] == "\\" else 1
        rest = line[at:].lstrip(" \t\f")
        rest = rest[1:].lstrip(" \t\f") if rest[:1] in ("=", ":") else rest
        found[unescaped(line[:at])] = unescaped(rest)
    return found


def unescaped(text: str) -> str:
    result, at = "", 0
    while at < len(text):
        if text[at] != "\\":
            result, at = result + text[at], at + 1
        elif text[at + 1] == "u":
            result, at = result + chr(int(text[at + 2 : at + 6], 16)), at + 6
        else:
            named = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
            result, at = result + named.get(text[at + 1], text[at + 1]), at + 2
    return result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_values_are_parts() -> None:
    """Values are read as Java reads them; comments, keys and numbers are none."""
    assert said("a.properties", SAMPLE.encode()) == [
        "Fish and chips",
        "  two words",
        "value here",
        "one two, three",
        'naïve 😀 \n"x"',
        "It's {0}, isn't it?",
        "Use '{0}' for it",
        "C:\\dir\\file is here",
        "ends in two\\",
        "here",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_round_trip_is_exact(line_end: str) -> None:
    """Escapes, comments, separators and continuations stay."""
    content = SAMPLE.replace("\n", line_end).encode()
    assert same("a.properties", content) == content


def test_changed_values_are_read_again() -> None:
    """Another reader finds the same keys, and translations as values."""
    before = values(SAMPLE.encode())
    after = values(changed("a.properties", SAMPLE.encode(), lambda text: f" <{text}>é's\\"))
    assert list(after) == list(before)
    for key, value in before.items():
        if not re.search("[a-z]", value):
            assert after[key] == value
        elif key == "message":
            assert after[key] == f" <{value}>é''s\\"
        else:
            assert after[key] == f" <{value}>é's\\"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_translation_is_read_again(translation: str) -> None:
    """In ASCII, ISO-8859-1 and UTF-8, whatever a translation holds."""
    assert values(changed("a.properties", b"k=word", lambda _: translation))["k"] == translation
    latin = changed("a.properties", b"# \xe9\nk: word\nl=1", lambda _: translation)
    assert values(latin) == {"k": translation, "l": "1"}
    utf8 = changed("a.properties", "# é\nk = word\nl=1".encode(), lambda _: translation)
    assert values(utf8, "utf-8") == {"k": translation, "l": "1"}


def test_escape_that_is_none_is_refused_with_its_line() -> None:
    """Java refuses it too."""
    with pytest.raises(BrokenDocument, match="Line 2 has an escape"):
        same("a.properties", b"a=b\nc=\\u12g4 d")


@given(st.text(alphabet="ab=: \\\n\r\t#!u0{}'") | st.text())
def test_anything_comes_back_or_is_refused(text: str) -> None:
    """Nothing is lost, whatever is in a file."""
    content = text.encode("utf-8", "replace")
    try:
        assert same("a.properties", content) == content
    except BrokenDocument:
        assert "\\u" in text
