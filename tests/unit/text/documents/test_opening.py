"""Who reads a document."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ai_translate.errors import BrokenDocument, UnknownDocument
from ai_translate.text.documents.opening import Kind, kinds, open_document
from ai_translate.text.documents.protocol import Part, Reading
from support.office import word, workbook


@pytest.mark.parametrize("name", ["a.zip", "a", "", ".", "a.txt/b", "x.odt"])
def test_unknown_names_are_refused_by_naming_the_kinds_that_exist(name: str) -> None:
    """Whoever sends another kind learns which there are."""
    with pytest.raises(UnknownDocument) as raised:
        open_document(name, b"x")
    assert all(kind.name in raised.value.hint for kind in kinds())


def test_kind_that_the_caller_names_overrules_the_file_name() -> None:
    """`Reading.kind` decides where it is given, and must exist."""
    reading = Reading(kind="html")
    assert open_document("a.txt", b"<p>x", reading).parts == (Part("<p>x", "html"),)
    with pytest.raises(UnknownDocument, match="'nonsense'"):
        open_document("a.txt", b"x", Reading(kind="nonsense"))


def test_names_and_extensions_are_told_apart() -> None:
    """No two kinds share a name or an extension, and extensions are in lower case."""
    names = [kind.name for kind in kinds()]
    extensions = [extension for kind in kinds() for extension in kind.extensions]
    assert len(set(names)) == len(names)
    assert len(set(extensions)) == len(extensions)
    assert all(extension == extension.lower() and extension[0] == "." for extension in extensions)


@pytest.mark.parametrize(
    "content",
    [b"a\r\nb\n", b"\xef\xbb\xbfx", "é".encode("utf-16"), "abc".encode("utf-16-le"), b"a\0b", b""],
)
def test_round_trip_of_text_is_exact_in_every_encoding(content: bytes) -> None:
    """Byte order marks, line ends and NULs stay."""
    document = open_document("A.TXT", content)
    assert document.written([part.text for part in document.parts]) == content


def test_text_that_is_no_utf8_is_refused_with_its_line() -> None:
    """The error names the line and how to mend it."""
    with pytest.raises(BrokenDocument, match="Line 2 is not UTF-8: byte 0xe9") as raised:
        open_document("a.txt", b"ok\ncaf\xe9")
    assert "UTF-8" in raised.value.hint


def test_translations_of_another_number_are_a_fault() -> None:
    """Nothing is written if a translation is missing."""
    with pytest.raises(ValueError, match="shorter"):
        open_document("a.txt", b"x").written([])


def test_xml_is_read_in_the_encoding_that_it_declares() -> None:
    """What a translation says is encoded as the document was."""
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")
    document = open_document("a.xml", content)
    text = document.parts[0].text
    assert document.written([text]) == content
    assert "à".encode("latin-1") in document.written([text.replace("é", "à")])


@pytest.mark.parametrize("encoding", ["klingon", "UTF-7", "zlib", "undefined", "idna"])
def test_encodings_that_are_none_are_refused(encoding: str) -> None:
    """A declared encoding that cannot be read and written exactly is an error that names it."""
    with pytest.raises(BrokenDocument, match=encoding.lower()):
        open_document("a.xml", f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("A.DOCX", word("<w:p><w:r><w:t>text</w:t></w:r></w:p>")),
        ("a.xlsm", workbook("<si><t>text</t></si>")),
    ],
)
def test_documents_of_office_are_opened_by_their_names(name: str, content: bytes) -> None:
    """Word and Excel, with macros or without."""
    document = open_document(name, content)
    assert document.parts == (Part("text"),)
    assert document.media_type.startswith("application/vnd.openxmlformats-officedocument.")
    assert document.written(["text"]) == content


def test_documents_of_office_are_read_as_what_their_names_say() -> None:
    """Another program's document under a name is refused."""
    with pytest.raises(BrokenDocument, match="not of Word"):
        open_document("a.docx", workbook())


SMALLEST = {"po": b"", "strings": b'"a" = "b";', "json": b"[]", "srt": b"", "vtt": b"WEBVTT"}
OFFICE = frozenset({"docx", "xlsx"})  # packages, whose tests and docs are their own
OURS = [kind for kind in kinds() if kind.name not in OFFICE]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_documents_have_the_media_type_of_their_kind(kind: Kind) -> None:
    """What `kinds()` says is what a document says."""
    content = SMALLEST.get(kind.name, b"<resources/>")
    assert open_document("", content, Reading(kind=kind.name)).media_type == kind.media_type


def test_page_of_documents_lists_every_kind() -> None:
    """docs/documents.md has a row for each, with its extensions and media type."""
    page = Path(__file__).parents[4] / "docs/documents.md"
    rows = re.findall(r"(?m)^\| ([a-z]+) \| ([.\w ]*?) ?\| (\S+/\S+) \|", page.read_text("utf-8"))
    ours = [(kind.name, " ".join(kind.extensions), kind.media_type) for kind in OURS]
    assert sorted(row for row in rows if row[0] not in OFFICE) == sorted(ours)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"<a>word</a>", ["<a>word</a>"]),
        (b"<!-- <xliff> --><resources><string>word</string></resources>", ["word"]),
        ('<x:xliff xmlns:x="x"/>'.encode("utf-16"), []),
    ],
)
def test_first_element_tells_what_a_file_of_xml_is(content: bytes, parts: list[str]) -> None:
    """Comments before it do not count, and its prefix does not either."""
    assert [part.text for part in open_document("a.xml", content).parts] == parts
