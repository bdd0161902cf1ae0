"""Documents of Word come back with their text translated and everything else as it was."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument, TooLarge
from ai_translate.text.documents.docx import open_docx
from ai_translate.text.documents.protocol import Part, Reading
from support.office import (
    body_of,
    content_types,
    opened,
    package,
    parts,
    translated,
    unpacked,
    upper,
    word,
)

FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def run(text: str, properties: str = "") -> str:
    props = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{props}<w:t xml:space="preserve">{text}</w:t></w:r>'


def field(instruction: str, result: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
        f"{FIELD_END}"
    )


def paragraph(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def picture() -> io.BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0")
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    return io.BytesIO(png + chunk(b"IEND", b""))


@pytest.fixture
def report() -> bytes:
    """What python-docx makes: looks, a table, a list, a picture, a header and a footer."""
    document = docx.Document()
    document.add_heading("The yearly report", 1)
    line = document.add_paragraph("We sold ")
    line.add_run("many").bold = True
    line.add_run(" chairs and ")
    italic = line.add_run("few")
    italic.italic = True
    italic.font.size = Pt(18)
    line.add_run(" tables.")
    document.add_paragraph("Name\tValue\nnext line")
    document.add_paragraph("first item", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "A chair"
    table.cell(1, 1).text = "12.50"
    line = document.add_paragraph("Look at ")
    line.add_run().add_picture(picture())
    line.add_run(" this picture.")
    document.sections[0].header.paragraphs[0].text = "Head of the page"
    document.sections[0].footer.paragraphs[0].text = "Foot of the page"
    document.core_properties.title = "Report"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def reread(content: bytes) -> WordDocument:
    return docx.Document(io.BytesIO(content))


def test_a_document_gives_its_text_in_order(report: bytes) -> None:
    """The body, then header and footer; looks are tags, and tabs and line ends part texts."""
    assert list(opened(report).parts) == [
        Part("The yearly report"),
        Part(
            'We sold <r id="1">many</r> chairs and <r id="2">few</r> tables.',
            "xml",
        ),
        Part("Name"),
        Part("Value"),
        Part("next line"),
        Part("first item"),
        Part("A chair"),
        Part('Look at <x id="1"/> this picture.', "xml"),
        Part("Head of the page"),
        Part("Foot of the page"),
    ]


def test_a_document_that_is_not_changed_keeps_every_byte(report: bytes) -> None:
    """What was read and not translated is the same file."""
    assert translated(report, str) == report


def test_only_files_with_text_change(report: bytes) -> None:
    """All others are the same bytes, in the same order, packed as they were."""
    changed = translated(report, upper)
    with zipfile.ZipFile(io.BytesIO(report)) as old, zipfile.ZipFile(io.BytesIO(changed)) as new:
        assert new.testzip() is None
        for before, after in zip(old.infolist(), new.infolist(), strict=True):
            assert before.filename == after.filename
            assert before.date_time == after.date_time
            assert before.compress_type == after.compress_type
            has_text = before.filename.removeprefix("word/") in {
                "document.xml",
                "header1.xml",
                "footer1.xml",
            }
            assert (old.read(before) != new.read(after)) == has_text


def test_another_reader_finds_the_text_translated_and_its_look_kept(report: bytes) -> None:
    """python-docx opens the document and sees the same looks on the translated words."""
    document = reread(translated(report, upper))
    texts = [one.text for one in document.paragraphs]
    assert texts[:3] == [
        "THE YEARLY REPORT",
        "WE SOLD MANY CHAIRS AND FEW TABLES.",
        "NAME\tVALUE\nNEXT LINE",
    ]
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.name == "Heading 1"
    looks = [(one.text, one.bold, one.italic) for one in document.paragraphs[1].runs]
    assert looks == [
        ("WE SOLD ", None, None),
        ("MANY", True, None),
        (" CHAIRS AND ", None, None),
        ("FEW", None, True),
        (" TABLES.", None, None),
    ]
    assert document.paragraphs[1].runs[3].font.size == Pt(18)
    assert document.tables[0].cell(0, 0).text == "A CHAIR"
    assert document.tables[0].cell(1, 1).text == "12.50"
    assert len(document.inline_shapes) == 1
    assert document.sections[0].header.paragraphs[0].text == "HEAD OF THE PAGE"
    assert document.sections[0].footer.paragraphs[0].text == "FOOT OF THE PAGE"


def test_tags_may_change_their_order(report: bytes) -> None:
    """Each look goes where its tag went, and so does a picture."""

    def turned(text: str) -> str:
        if "many" in text:
            return '<r id="2">peu</r> de tables et <r id="1">beaucoup</r> de chaises.'
        return 'Voici <x id="1"/>.' if "picture" in text else text

    document = reread(translated(report, turned))
    line = document.paragraphs[1]
    assert [(one.text, one.bold, one.italic) for one in line.runs] == [
        ("peu", None, True),
        (" de tables et ", None, None),
        ("beaucoup", True, None),
        (" de chaises.", None, None),
    ]
    children = [one.tag for one in document.paragraphs[4].runs[0]._r]
    assert children == [qn("w:t"), qn("w:drawing"), qn("w:t")]
    assert document.paragraphs[4].text == "Voici ."


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("no tags at all", "no tags at all"),
        ('broken <r id="1">tag', "broken tag"),
        ('a <r id="9">strange</r> one', "a strange one"),
        ("this & that < those", "this & that < those"),
        ("\ud800 alone", " alone"),
        ('<r id="1">twice</r> <r id="1">twice</r>', "twice twice"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
    ],
)
def test_no_text_and_no_picture_is_lost_with_its_tags(
    report: bytes, answer: str, text: str
) -> None:
    """Whatever comes back for a part with tags, its text is in the document."""
    document = reread(translated(report, lambda part: answer if "<" in part else part))
    assert document.paragraphs[1].text == text
    assert document.paragraphs[4].text == text
    assert len(document.inline_shapes) == 1


@given(answer=st.text(alphabet='<>/rx id="123 &;a\x00\ud800é', max_size=60))
@settings(max_examples=60)
def test_every_answer_gives_a_document(answer: str) -> None:
    """Even one that is no XML: the document opens, and what is no text is there once."""
    content = word(
        paragraph(
            run("one "), run("two", "<w:b/>"), '<w:r><w:footnoteReference w:id="3"/></w:r>',
            "<w:hyperlink>", run(" three", "<w:u/>"), run(" four"), "</w:hyperlink>", run(" five"),
        )
    )  # fmt: skip
    changed = body_of(translated(content, lambda _: answer))
    assert changed.count('<w:footnoteReference w:id="3"/>') == 1
    assert opened(translated(content, lambda _: answer)).media_type.endswith(".document")


def test_runs_that_look_alike_are_one_text() -> None:
    """Marks of revision, language and spelling split runs; no sentence is split for that."""
    content = word(
        paragraph(
            '<w:r w:rsidR="00A1"><w:t>Good mor</w:t></w:r>',
            '<w:proofErr w:type="spellStart"/>',
            '<w:r><w:rPr><w:lang w:val="en-US"/><w:noProof/></w:rPr>'
            '<w:t xml:space="preserve">ning, </w:t></w:r>',
            "<w:r><w:lastRenderedPageBreak/><w:t>world</w:t></w:r>",
        )
    )
    assert parts(content) == ["Good morning, world"]


def test_spaces_count_only_where_they_are_preserved() -> None:
    """As in Word: without `xml:space` those around a text are not there."""
    content = word(paragraph("<w:r><w:t> a </w:t></w:r>", run(" b\n c ")))
    assert parts(content) == ["a b  c "]


def test_what_is_written_keeps_its_spaces() -> None:
    """Spaces at the edge of a run are seen, whether the run had `xml:space` or not."""
    content = word(paragraph("<w:r><w:t>a</w:t></w:r>"))
    changed = body_of(translated(content, lambda _: " b "))
    assert changed == '<w:p><w:r><w:t xml:space="preserve"> b </w:t></w:r></w:p>'


def test_links_keep_their_text_inside() -> None:
    """A link in a line is a tag, and may have looks in it; a line that is a link needs none."""
    link = f'<w:hyperlink w:anchor="x">{run("the ")}{run("page", "<w:b/>")}</w:hyperlink>'
    content = word(paragraph(run("See "), link, run(".")) + paragraph(link.replace("<w:b/>", "")))
    assert parts(content) == [
        'See <r id="1">the <r id="2">page</r></r>.',
        "the page",
    ]
    first, second = body_of(translated(content, upper)).split("</w:p><w:p>")
    inside = f"{run('THE ')}{run('PAGE', '<w:b/>')}"
    link = f'<w:hyperlink w:anchor="x">{inside}</w:hyperlink>'
    assert first == f"<w:p>{run('SEE ')}{link}{run('.')}"
    assert second == f'<w:hyperlink w:anchor="x">{run("THE PAGE")}</w:hyperlink></w:p>'


def test_notes_comments_headers_and_footers_are_translated() -> None:
    """Each where it stands, behind the body."""
    kinds = ("header1", "footer1", "footnotes", "endnotes", "comments")
    content = word(
        paragraph(run("body")),
        **{kind: paragraph(run(f"in {kind}")) for kind in reversed(kinds)},
    )
    assert parts(content) == ["body", *(f"in {kind}" for kind in kinds)]
    changed = unpacked(translated(content, upper))
    assert all(f"IN {kind.upper()}".encode() in changed[f"word/{kind}.xml"] for kind in kinds)


def test_marks_in_a_line_stay() -> None:
    """A footnote's mark, a bookmark and a comment's range are tags; at the edges they need none."""
    content = word(
        paragraph(
            '<w:bookmarkStart w:id="1" w:name="a"/>', run("A claim"),
            '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" is "),
            '<w:commentRangeStart w:id="5"/>', run("bold"), '<w:commentRangeEnd w:id="5"/>',
            run("."), '<w:bookmarkEnd w:id="1"/>',
        )
    )  # fmt: skip
    (text,) = parts(content)
    assert text == 'A claim<m id="1"/> is <m id="2"/>bold<m id="3"/>.'
    changed = body_of(translated(content, lambda _: 'x <m id="3"/>y<m id="2"/> z<m id="1"/>'))
    begin, end = changed.index("commentRangeStart"), changed.index("commentRangeEnd")
    assert begin < end, "a range may not end before it begins"
    assert changed.startswith('<w:p><w:bookmarkStart w:id="1" w:name="a"/>')
    assert changed.endswith('<w:bookmarkEnd w:id="1"/></w:p>')


def test_what_was_deleted_and_what_is_hidden_stays() -> None:
    """Deleted text, hidden text, code and formulas are no parts, and are not touched."""
    kept = [
        '<w:del w:id="1"><w:r><w:delText>deleted words</w:delText></w:r></w:del>',
        run("hidden words", "<w:vanish/>"),
        run("print(x)", '<w:rStyle w:val="VerbatimChar"/>'),
    ]
    code = f'<w:p><w:pPr><w:pStyle w:val="SourceCode"/></w:pPr>{run("import words")}</w:p>'
    content = word(paragraph(run("one "), *kept, run(" two")) + code)
    assert parts(content) == ['one <m id="1"/><m id="2"/><x id="3"/> two']
    changed = body_of(translated(content, upper))
    assert code in changed
    assert all(one in changed for one in kept)


def test_inserted_text_and_controls_are_translated_in_place() -> None:
    """Insertions that are tracked and content controls hold text of the line."""
    inserted = f'<w:ins w:id="1" w:author="A">{run("new")}</w:ins>'
    control = (
        f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{run('held')}</w:sdtContent></w:sdt>"
    )
    content = word(paragraph(run("one "), inserted, run(" and "), control))
    assert parts(content) == ['one <r id="1">new</r> and <r id="2">held</r>']
    changed = body_of(translated(content, upper))
    assert changed == body_of(content).replace("new", "NEW").replace("held", "HELD").replace(
        "one", "ONE"
    ).replace(" and ", " AND ")


def test_fields_that_word_fills_stay_and_links_are_translated() -> None:
    """A date and a page number are one tag each; the text of a link is text."""
    content = word(
        paragraph(
            run("On "), field(' DATE \\@ "d MMMM" ', run("7 May")),
            run(" see "), field(' HYPERLINK "https://x.org" ', run("the page")),
            f'<w:fldSimple w:instr=" PAGE ">{run("three")}</w:fldSimple>',
        )
    )  # fmt: skip
    assert parts(content) == ['On <x id="1"/> see <r id="2">the page</r>']
    changed = body_of(translated(content, upper))
    assert "7 May" in changed
    assert "three" in changed
    assert changed.count("fldCharType") == 6
    link = changed.partition("HYPERLINK")[2]
    assert link.index("separate") < link.index("THE PAGE") < link.index('"end"')


def test_a_table_of_contents_is_translated_line_by_line() -> None:
    """A field that goes over paragraphs parts texts where it begins and ends."""
    begin = field(' TOC \\o "1-3" ', "").removesuffix(FIELD_END)
    number = field(" PAGEREF _Toc1 ", run("3"))
    entry = f"{run('Introduction')}<w:r><w:tab/></w:r>{number}"
    line = f'<w:hyperlink w:anchor="_Toc1">{entry}</w:hyperlink>'
    last = paragraph(run("Closing words"), FIELD_END)
    content = word(paragraph(begin, line) + last)
    assert parts(content) == ["Introduction", "Closing words"]
    changed = body_of(translated(content, upper))
    assert changed.count("fldCharType") == body_of(content).count("fldCharType")
    assert changed.index("INTRODUCTION") < changed.index("<w:tab/>") < changed.index("PAGEREF")


def test_text_boxes_are_translated_inside_the_line_that_holds_them() -> None:
    """Both change, the box stays in its place, and both of its forms are translated."""
    box = "<w:pict><w:txbxContent>{}</w:txbxContent></w:pict>"
    inner = paragraph(run("in the box"), f"<w:r>{box.format(paragraph(run('deeper')))}</w:r>")
    held = f"<w:r><w:rPr><w:i/></w:rPr>{box.format(inner)}</w:r>"
    content = word(paragraph(run("around "), held, run(" it")))
    assert parts(content) == ["deeper", "in the box", 'around <x id="1"/> it']
    changed = body_of(translated(content, upper))
    first, _, rest = changed.partition(f"{run('AROUND ')}<w:r><w:rPr><w:i/></w:rPr><w:pict>")
    assert first == "<w:p>"
    assert rest.index("IN THE BOX") < rest.index("DEEPER") < rest.index(" IT<")
    assert rest.count("</w:pict>") == 2
    assert "deeper" not in changed
    only_box = translated(content, lambda text: upper(text) if text == "deeper" else text)
    assert body_of(only_box) == body_of(content).replace("deeper", "DEEPER")


def test_strict_documents_and_other_prefixes_are_read() -> None:
    """What counts is the vocabulary, not what a writer calls it."""
    names = 'xmlns:n="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    body = "<n:document {}><n:body><n:p><n:r><n:t>text</n:t></n:r></n:p></n:body></n:document>"
    content = package({"word/document.xml": body.format(names)})
    assert parts(content) == ["text"]
    changed = unpacked(translated(content, upper))["word/document.xml"].decode()
    assert '<n:r><n:t xml:space="preserve">TEXT</n:t></n:r>' in changed


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_files_in_every_encoding_of_office_are_read(encoding: str) -> None:
    """UTF-16 comes back as UTF-16, and a byte order mark stays."""
    declared = "UTF-16" if encoding == "utf-16" else "UTF-8"
    text = unpacked(word(paragraph(run("été"))))["word/document.xml"].decode()
    data = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
    content = package({"word/document.xml": data})
    assert parts(content) == ["été"]
    changed = unpacked(translated(content, upper))["word/document.xml"]
    assert changed.decode(encoding) == data.decode(encoding).replace("été", "ÉTÉ")


def test_a_document_with_macros_stays_one() -> None:
    """Its content type says what it is, and its macros are not touched."""
    kind = "application/vnd.ms-word.document.macroEnabled"
    types = content_types({"word/document.xml": f"{kind}.main+xml"})
    body = unpacked(word(paragraph(run("text"))))["word/document.xml"]
    content = package(
        {
            "[Content_Types].xml": types,
            "word/document.xml": body,
            "word/vbaProject.bin": b"\0macro",
        }
    )
    document = opened(content)
    assert document.media_type == f"{kind}.12"
    assert unpacked(document.written(["TEXT"]))["word/vbaProject.bin"] == b"\0macro"


@pytest.mark.parametrize("count", [0, 2])
def test_as_many_translations_as_parts_are_wanted(count: int) -> None:
    """More or fewer are a mistake of the caller."""
    document = opened(word(paragraph(run("text"))))
    with pytest.raises(ValueError, match=f"{count} translations of 1 parts"):
        document.written(["x"] * count)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (word("<w:p><w:p/></w:p>"), "a paragraph is part of another"),
        (word("<w:p>"), "is no XML"),
        (package({"xl/workbook.xml": "<a/>"}), "not of Word"),
        (package({"[Content_Types].xml": "<Types/>", "a.xml": "<a/>"}), "not of Word"),
        (package({"mimetype": "text", "[Content_Types].xml": b"\xff"}), "is no XML"),
    ],
)
def test_what_is_no_document_of_word_is_refused(content: bytes, what: str) -> None:
    """With a message that says why."""
    with pytest.raises(BrokenDocument, match=what):
        open_docx(content, Reading())


def test_fields_without_end_are_refused() -> None:
    """Fields in fields are followed so far and no further."""
    deep = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 30
    with pytest.raises(TooLarge, match="More than 20 fields"):
        opened(word(paragraph(deep)))
