"""What is damaged or hostile in a document of Office is refused, in bounded memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from typing import Any

import pytest

from ai_translate.errors import AITranslateError, BrokenDocument, TooLarge
from ai_translate.text.documents.docx import open_docx
from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.xlsx import open_xlsx
from support.office import S, W, content_types, package, translated, upper, word, workbook

DOCUMENT = word("<w:p><w:r><w:t>text</w:t></w:r></w:p>")


def refusal(content: bytes) -> AITranslateError:
    with pytest.raises((BrokenDocument, TooLarge)) as caught:
        open_docx(content, Reading())
    return caught.value


def document_of(xml: str | bytes) -> bytes:
    return package({"word/document.xml": xml})


def changed(content: bytes, signature: bytes, offset: int, data: bytes) -> bytes:
    """The archive with bytes changed in the last header with this signature."""
    at = content.rindex(signature) + offset
    return content[:at] + data + content[at + len(data) :]


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        ("<a>" * 300 + "</a>" * 300, "more than 200 elements"),
        ("<a " + " ".join(f'x{n}=""' for n in range(600)) + "/>", "more than 500 attributes"),
        (f"<a>{''.join(f'<x{n}/>' for n in range(6000))}</a>", "more than 5000 names"),
        (f'<a xmlns="{"x" * 600}"/>', "has no end"),
        (f"<a><!--{'x' * (5 << 20)}--></a>", "a tag in it has more than"),
        ('<?xml version="1.0" encoding="latin-1"?><a/>', "neither UTF-8 nor UTF-16"),
        ("<a><b></a>", "is no XML"),
        ("<a>&undefined;</a>", "is no XML"),
        (b"\xff\xfea\xd8", "no UTF-16"),
        (b"", "is no XML"),
    ],
)
def test_xml_that_could_grow_without_bounds_is_refused(xml: str | bytes, what: str) -> None:
    """Entities, depth, names, attributes and tags are bounded, and encodings those of Office."""
    assert what in refusal(package({"word/document.xml": xml}, method=zipfile.ZIP_STORED)).message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no zip archive"),
        (b"PK\3\4 but nothing behind", "no zip archive"),
        (DOCUMENT[:-1], "cut short"),
        (DOCUMENT[:-30], "no zip archive"),
        (DOCUMENT + b"more", "damaged"),
        (b"x" + DOCUMENT, "directory is damaged"),
        (changed(DOCUMENT, b"PK\5\6", 8, b"\xff\xff\xff\xff"), "65535 files"),
        (changed(DOCUMENT, b"PK\5\6", 8, b"\3\0\3\0"), "cut short"),
        (changed(DOCUMENT, b"PK\5\6", 16, b"\xff\xff\xff\xff"), "directory is damaged"),
        (changed(DOCUMENT, b"PK\1\2", 10, b"\x0c\0"), "packed by method 12"),
        (changed(DOCUMENT, b"PK\1\2", 16, b"\0\0\0\0"), "not what its checksum says"),
        (changed(DOCUMENT, b"PK\1\2", 20, b"\xff\xff\0\0"), "shares its bytes"),
        (changed(DOCUMENT, b"PK\1\2", 24, b"\x05\0\0\0"), "more than it announces"),
        (changed(DOCUMENT, b"PK\1\2", 24, b"\0\x05\0\0"), "not what its checksum says"),
        (changed(DOCUMENT, b"PK\1\2", 42, b"\xff\xff\xff\x7f"), "outside the archive"),
        (changed(DOCUMENT, b"PK\1\2", 42, b"\1\0\0\0"), "contradict each other"),
        (changed(DOCUMENT, b"PK\1\2", 46, b"/"), "it has a file named"),
        (changed(DOCUMENT, b"PK\3\4", 30, b"xxxx"), "contradict each other"),
        (changed(DOCUMENT, b"PK\1\2", 8, b"\1\0"), "encrypted with a password"),
        (package({"../word/document.xml": ""}), "it has a file named"),
        (package({"word/document.xml": "", "WORD/document.xml": ""}), "two files named"),
        (package({"a.txt": "a", "[Content_Types].xml": ""}), "is no XML"),
        (package({"word/x.xml": ""}).replace(b"[Content_Types]", b"[Content_Typos]"), "without"),
    ],
)  # fmt: skip
def test_archives_that_are_damaged_or_lie_are_refused(content: bytes, what: str) -> None:
    """What headers say must agree with each other, and with what unpacks."""
    assert what in refusal(content).message


def test_two_files_may_not_share_bytes() -> None:
    """Overlapping files are how a small archive unpacks to petabytes."""
    record = DOCUMENT.rindex(b"PK\1\2")
    end = DOCUMENT.rindex(b"PK\5\6")
    copy = bytearray(DOCUMENT[record:end])
    copy[46:50] = b"WORD"
    both = DOCUMENT[:end] + bytes(copy) + DOCUMENT[end:]
    both = changed(both, b"PK\5\6", 8, struct.pack("<2H", 3, 3))
    length = struct.unpack_from("<I", DOCUMENT, end + 12)[0] + len(copy)
    message = refusal(changed(both, b"PK\5\6", 12, struct.pack("<I", length))).message
    assert "cannot be read" in message


@pytest.mark.parametrize(
    ("stream", "what"),
    [
        ("EncryptedPackage", "is encrypted with a password"),
        ("WordDocument", "is of Word 97-2003"),
        ("Workbook", "is of Excel 97-2003"),
        ("Other", "is of Office 97-2003 or encrypted"),
    ],
)
def test_files_of_before_2007_are_told_by_name(stream: str, what: str) -> None:
    """They share one format with what is encrypted; what they hold says which it is."""
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + f"{stream}\0".encode("utf-16-le")
    error = refusal(content)
    assert what in error.message
    assert error.hint


def bomb(size: int) -> bytes:
    """A document of this many bytes that packs to a thousandth."""
    start = f'<w:document xmlns:w="{W}">'.encode()
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += block * (size >> 20) + packer.compress(b"</w:document>") + packer.flush()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        types = package({"word/document.xml": ""})
        archive.writestr(
            "[Content_Types].xml", zipfile.ZipFile(io.BytesIO(types)).read("[Content_Types].xml")
        )
        archive.writestr("word/document.xml", packed)
    content = out.getvalue()
    total = struct.pack("<I", size + len(start) + 13)
    for signature, method, length in ((b"PK\3\4", 8, 22), (b"PK\1\2", 10, 24)):
        content = changed(content, signature, method, b"\x08\0")
        content = changed(content, signature, length, total)
    return content


@pytest.mark.parametrize("size", [4 << 20, 200 << 20, 2 << 30])
def test_bombs_are_refused_before_they_unpack(size: int) -> None:
    """By what they announce; and one that announces less is no larger than that."""
    content = bomb(size)
    tracemalloc.start()
    try:
        assert refusal(content)
        assert (
            "announces"
            in refusal(changed(content, b"PK\1\2", 24, struct.pack("<I", 1 << 10))).message
        )
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("inner", "count"),
    [
        ("<w:p><w:r><w:t>a</w:t></w:r></w:p>", 3_000),
        ("<w:p/>", 10_000),
        ("<w:tab/>", 10_000),
        ("<w:r><w:t>a</w:t><w:tab/></w:r>", 3_000),
        ("<w:r><w:t>a</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>b</w:t></w:r>", 3_000),
    ],
    ids=["paragraphs", "empty", "passed over", "breaks", "looks"],
)
def test_what_a_document_takes_does_not_grow_beyond_measure(inner: str, count: int) -> None:
    """Reading and writing take at most 2 KiB for each piece, whatever pieces there are.

    With the bounds on elements of each kind and on the size of a file, that bounds the whole.
    """
    body = inner * count if inner.startswith("<w:p") else f"<w:p>{inner * count}</w:p>"
    content = word(body)
    tracemalloc.start()
    try:
        document = open_docx(content, Reading())
        document.written([upper(part.text) for part in document.parts])
        most = (2 << 20) + 2 * len(body) + (2 << 10) * count
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        ("<w:p>" + "<w:r><w:t>a</w:t></w:r>" * 100_001 + "</w:p>", "A paragraph of the document"),
        ("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 100_001, "more than 100000 pieces of text"),
    ],
)
def test_documents_of_more_pieces_than_anyone_writes_are_refused(inner: str, what: str) -> None:
    """With the bound in the message."""
    content = package({"word/document.xml": f'<w:document xmlns:w="{W}">{inner}</w:document>'},
                      method=zipfile.ZIP_STORED)  # fmt: skip
    error = refusal(content)
    assert isinstance(error, TooLarge)
    assert what in error.message


@pytest.mark.parametrize("place", range(0, len(DOCUMENT), 7))
def test_a_byte_that_changed_never_becomes_a_fault(place: int) -> None:
    """Whatever it hits, the document opens as it should or is refused."""
    for value in (0, 0xFF):
        content = DOCUMENT[:place] + bytes([value]) + DOCUMENT[place + 1 :]
        try:
            document = open_docx(content, Reading())
            written = document.written([upper(part.text) for part in document.parts])
        except (BrokenDocument, TooLarge):
            continue
        texts = [part.text for part in open_docx(written, Reading()).parts]
        assert texts == [upper(part.text) for part in document.parts]


def test_archives_of_writers_that_stream_are_read() -> None:
    """Sizes that follow a file, a comment, and packing of each method change nothing."""

    class Stream(io.RawIOBase):
        """Takes what is written and cannot go back."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    stream = Stream()
    old = zipfile.ZipFile(io.BytesIO(DOCUMENT))
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = b"made by a stream"
        methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        for method, name in zip(methods, old.namelist(), strict=True):
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            with archive.open(entry, "w", force_zip64=True) as file:
                file.write(old.read(name))
    content = bytes(stream.data)
    assert translated(content, str) == content
    with zipfile.ZipFile(io.BytesIO(translated(content, upper))) as changed_archive:
        assert changed_archive.testzip() is None
        assert b">TEXT<" in changed_archive.read("word/document.xml")
        assert changed_archive.comment == b"made by a stream"


RUNS = "".join(f"<r><t>{number}</t></r>" for number in range(40_000))


@pytest.mark.parametrize(
    "files",
    [
        {"xl/sharedStrings.xml": f'<sst xmlns="{S}"><si>{RUNS}</si></sst>'},
        {"xl/sharedStrings.xml": f'<sst xmlns="{S}"><si><t>{"a " * 100_000}</t></si></sst>'},
        {"[Content_Types].xml": content_types({f"x{n}": "" for n in range(20_001)})},
    ],
    ids=["runs", "characters", "types"],
)
def test_workbooks_of_more_pieces_than_anyone_writes_are_refused(files: dict[str, str]) -> None:
    """A cell holds so much, and a package so many files."""
    with pytest.raises(TooLarge, match="more than"):
        open_xlsx(workbook(**files), Reading())


def test_sheets_are_held_to_the_same_bounds() -> None:
    """A workbook has no way around them."""
    with pytest.raises(BrokenDocument, match="DOCTYPE"):
        open_xlsx(workbook(**{"xl/sharedStrings.xml": "<!DOCTYPE a><a/>"}), Reading())
