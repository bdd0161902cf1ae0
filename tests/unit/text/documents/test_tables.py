"""Tables as text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument, InvalidRequest
from ai_translate.text.documents.protocol import Reading
from support.documents import changed, said, same

SAMPLE = (
    'id,Title,"Note, long"\r\n'
    '1,Red shoes,"He said ""no"", twice"\r\n'
    '2,"",  spaced text \r\n'
    '3,"quoted for nothing","two\r\nlines"\r\n'
    '4,5" disk,x"y\r\n'
    '"5","a"b,last,more cells\r\n'
    "\r\n"
    "http://x.org/,12,END"
)


def rows(content: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator))


def test_cells_are_parts_and_the_header_is_not() -> None:
    """Cells with words in them, without their quotes."""
    assert said("a.csv", SAMPLE.encode()) == [
        "Red shoes",
        'He said "no", twice',
        "  spaced text ",
        "quoted for nothing",
        "two\r\nlines",
        '5" disk',
        'x"y',
        "last",
        "more cells",
        "END",
    ]


def test_only_chosen_columns_are_translated() -> None:
    """Columns are chosen by name or by number; one that does not exist is an error."""
    by_name = Reading(columns=("Note, long",))
    assert said("a.csv", SAMPLE.encode(), by_name)[:2] == ['He said "no", twice', "  spaced text "]
    by_number = Reading(columns=("2",))
    assert said("a.csv", SAMPLE.encode(), by_number) == [
        "Red shoes",
        "quoted for nothing",
        '5" disk',
    ]
    for column in ("none", "0", "4", "-1", ""):
        with pytest.raises(InvalidRequest) as raised:
            same("a.csv", SAMPLE.encode(), Reading(columns=(column,)))
        assert "1 to 3: id, Title, Note, long" in raised.value.hint


def test_round_trip_is_exact() -> None:
    """Quotes and line ends stay where they were."""
    assert same("a.csv", SAMPLE.encode()) == SAMPLE.encode()
    content = SAMPLE.encode("utf-16")
    assert same("a.csv", content) == content


def test_changed_cells_are_read_again() -> None:
    """Another reader finds the same table with its cells translated."""
    before = rows(SAMPLE.encode())
    after = rows(changed("a.csv", SAMPLE.encode(), lambda text: f'"{text}, or\n'))
    assert after[0] == before[0]
    changes = [
        (old, new)
        for row, changed_row in zip(before[1:], after[1:], strict=True)
        for old, new in zip(row, changed_row, strict=True)
        if old != new
    ]
    assert len(changes) == 10
    assert all(new == f'"{old}, or\n' for old, new in changes)


@pytest.mark.parametrize(
    ("name", "content", "separator"),
    [
        ("a.csv", b"a;b\nx;y, z\n", ";"),
        ("a.csv", b"a|b\nx|y, z\n", "|"),
        ("a.csv", b'"a,b,c";d\nx;y\n', ";"),
        ("a.csv", b"a\tb\nx\ty, z\n", "\t"),
        ("a.tsv", b"a,b,c\td\nx\ty, z\n", "\t"),
    ],
)
def test_separator_is_found_in_the_header(name: str, content: bytes, separator: str) -> None:
    """Semicolons, bars and tabs separate as well."""
    written = changed(name, content, lambda text: text + separator)
    assert [cell[-1] for row in rows(written, separator)[1:] for cell in row] == [separator] * 2


def test_separator_that_excel_declares_is_no_row() -> None:
    """The row behind the declaration is the header."""
    assert said("a.csv", b"sep=;\r\na;b\r\nword, x;y\r\n") == ["word, x", "y"]


@given(
    st.lists(st.lists(st.text(alphabet='ab,"\n\r; '), min_size=1), min_size=1),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_any_table_comes_back_and_takes_any_translation(
    table: list[list[str]], quoting: int, translation: str
) -> None:
    """What a writer of CSV writes is exact in a round trip, and translations are read again."""
    out = io.StringIO()
    csv.writer(out, quoting=quoting).writerows([["x", "y", "z"], *table, ["word", "1"]])  # type: ignore[arg-type]
    content = out.getvalue().encode()
    assert same("a.csv", content) == content
    assert rows(changed("a.csv", content, lambda _: translation))[-1] == [translation, "1"]


def test_quote_that_is_not_closed_is_refused_with_its_line() -> None:
    """The line is the one in which the quote was opened."""
    with pytest.raises(BrokenDocument, match="A quote in line 3 is not closed"):
        same("a.csv", b'a,b\nx,y\n"z,z\n')


@given(st.text(alphabet='a",;\n\r'))
def test_anything_comes_back_or_is_refused(text: str) -> None:
    """Nothing is lost, whatever is in a file."""
    try:
        assert same("a.csv", text.encode()) == text.encode()
    except BrokenDocument:
        assert '"' in text
