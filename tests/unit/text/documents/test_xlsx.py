"""Workbooks come back with their strings translated, and numbers and formulas as they were."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.comments import Comment

from ai_translate.errors import BrokenDocument
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.xlsx import open_xlsx
from support.office import (
    S,
    opened,
    package,
    parts,
    translated,
    unpacked,
    upper,
    word,
    workbook,
)


@pytest.fixture
def prices() -> bytes:
    """What XlsxWriter makes: looks, a table, a chart, a formula, a date, comments, page headers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Prices")
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, "Our prices", bold)
    sheet.write_rich_string(1, 0, "A ", bold, "bold", " claim & more")
    sheet.write_string(2, 0, "first line\nsecond line")
    sheet.add_table(4, 0, 6, 1, {"columns": [{"header": "Product"}, {"header": "Price"}]})
    sheet.write_row(5, 0, ["A chair", 12.5])
    sheet.write_row(6, 0, ["A table", 40])
    sheet.write_string(7, 0, "A chair")
    sheet.write_formula(8, 1, "=SUM(B6:B7)", None, 52.5)
    sheet.write_formula(9, 0, '=A6&" x"', None, "A chair x")
    sheet.write_comment(0, 0, "Please check this")
    sheet.set_header("&LConfidential")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Prices!$B$6:$B$7"})
    sheet.insert_chart("D2", chart)
    book.define_name("Sum", "=Prices!$B$9")
    book.close()
    return out.getvalue()


def test_a_workbook_gives_each_string_once(prices: bytes) -> None:
    """Shared strings by their lines, then comments; not the names of columns.

    A run that has no look of its own looks like its cell, and so not like one that has a look.
    """
    assert list(opened(prices).parts) == [
        Part("Our prices"),
        Part('<r id="1">A </r><r id="2">bold</r> claim &amp; more', "xml"),
        Part("first line"),
        Part("second line"),
        Part("A chair"),
        Part("A table"),
        Part("Please check this"),
    ]


def test_a_workbook_that_is_not_changed_keeps_every_byte(prices: bytes) -> None:
    """What was read and not translated is the same file."""
    assert translated(prices, str) == prices


def test_only_strings_and_comments_change(prices: bytes) -> None:
    """Sheets, tables, charts and names are the same bytes."""
    before, after = unpacked(prices), unpacked(translated(prices, upper))
    assert list(before) == list(after)
    changed = {name for name, data in before.items() if after[name] != data}
    assert changed == {"xl/sharedStrings.xml", "xl/comments1.xml"}


def test_another_reader_finds_the_strings_translated(prices: bytes) -> None:
    """Openpyxl opens the workbook: text in capitals, looks kept, numbers and formulas the same."""
    book = openpyxl.load_workbook(io.BytesIO(translated(prices, upper)), rich_text=True)
    sheet = book["Prices"]
    assert sheet["A1"].value == "OUR PRICES"
    assert sheet["A1"].font.b is True
    rich = sheet["A2"].value
    assert isinstance(rich, CellRichText)
    assert str(rich) == "A BOLD CLAIM & MORE"
    assert [one.text for one in rich if isinstance(one, TextBlock) and one.font.b] == ["BOLD"]
    assert sheet["A3"].value == "FIRST LINE\nSECOND LINE"
    assert [sheet["A6"].value, sheet["A8"].value, sheet["B6"].value] == ["A CHAIR", "A CHAIR", 12.5]
    assert sheet["B9"].value == "=SUM(B6:B7)"
    assert isinstance(sheet["A1"].comment, Comment)
    assert sheet["A1"].comment.text == "PLEASE CHECK THIS"


def test_columns_of_a_table_are_called_as_its_cells_are(prices: bytes) -> None:
    """Excel repairs a file where they differ: both stay as they are."""
    sheet = openpyxl.load_workbook(io.BytesIO(translated(prices, upper)))["Prices"]
    (table,) = sheet.tables.values()
    assert [one.name for one in table.tableColumns] == ["Product", "Price"]
    assert [sheet["A5"].value, sheet["B5"].value] == ["Product", "Price"]


def test_strings_of_cells_are_translated() -> None:
    """Those that stand in their cells; the cached results of formulas are not touched."""
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>in a cell</t></is></c>'
        '<c r="B1" t="str"><f>A1</f><v>in a cell</v></c><c r="C1"><v>7</v></c></row>'
    )
    content = workbook(cells=cells)
    assert parts(content) == ["in a cell"]
    sheet = unpacked(translated(content, upper))["xl/worksheets/sheet1.xml"].decode()
    assert cells.replace("<t>in a cell", '<t xml:space="preserve">IN A CELL') in sheet


def test_how_a_text_is_pronounced_goes_when_the_text_changes() -> None:
    """Its signs belong to single letters of the text as it was."""
    string = (
        '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>'
    )
    content = workbook(string)
    assert parts(content) == ["東京"]
    shared = unpacked(translated(content, lambda _: "Tokyo"))["xl/sharedStrings.xml"].decode()
    assert '<si><t xml:space="preserve">Tokyo</t></si>' in shared


def test_runs_of_one_look_are_one_text_and_escapes_stay() -> None:
    """Excel splits strings where their looks are the same, and writes what XML cannot hold."""
    run = '<r><rPr><b/></rPr><t xml:space="preserve">{}</t></r>'
    content = workbook(f"<si>{run.format('one ')}{run.format('two_x000D_')}<r><t>x</t></r></si>")
    assert parts(content) == ["one two", "x"]
    shared = unpacked(translated(content, upper))["xl/sharedStrings.xml"].decode()
    last = '<r><t xml:space="preserve">X</t></r>'
    assert f"<si>{run.format('ONE TWO_x000D_')}{last}</si>" in shared


def test_strings_without_words_are_no_parts() -> None:
    """Numbers as text, signs and nothing at all."""
    assert parts(workbook("<si><t>12</t></si><si/><si><t>–</t></si><si><t/></si>")) == []


def test_comments_of_threads_are_translated_unless_they_mention_someone() -> None:
    """A mention names its place in the text, which must not move."""
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    mention = '<mentions><mention startIndex="0" length="4"/></mentions>'
    comments = (
        f'<ThreadedComments xmlns="{space}"><threadedComment><text>a &amp; b</text>'
        f"</threadedComment><threadedComment><text>@Ann look</text>{mention}</threadedComment>"
        "</ThreadedComments>"
    )
    content = workbook(**{"xl/threadedComments/threadedComment1.xml": comments})
    assert parts(content) == ["a & b"]
    changed = unpacked(translated(content, upper))["xl/threadedComments/threadedComment1.xml"]
    assert changed.decode() == comments.replace("a &amp; b", "A &amp; B")


def test_fields_of_a_pivot_table_keep_their_names() -> None:
    """It finds them by the cells above its source."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="/xl/worksheets/sheet1.xml"/></Relationships>'
    )
    space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    content = workbook(
        "<si><t>Region</t></si><si><t>North</t></si>",
        '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>',
        **{
            "xl/workbook.xml": (
                f'<workbook xmlns="{S}" xmlns:r="{space}"><sheets>'
                '<sheet name="Data" r:id="r1"/></sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": relations,
            "xl/pivotCache/pivotCacheDefinition1.xml": (
                f'<pivotCacheDefinition xmlns="{S}"><cacheSource><worksheetSource ref="A1:A2" '
                'sheet="Data"/></cacheSource></pivotCacheDefinition>'
            ),
        },
    )
    assert parts(content) == ["North"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (word("<w:p/>"), "not of Excel"),
        (workbook("<si>"), "is no XML"),
        (package({"xl/a.xml": "<a/>"}), "not of Excel"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, what: str) -> None:
    """With a message that says why."""
    with pytest.raises(BrokenDocument, match=what):
        open_xlsx(content, Reading())
