"""Documents of Office for tests: small ones written by hand, and what is done to them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping

from ai_translate.text.documents.docx import open_docx
from ai_translate.text.documents.protocol import Document, Reading
from ai_translate.text.documents.xlsx import open_xlsx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPE_OF = {
    "word/document.xml": f"{_WORD}.document.main+xml",
    "word/header1.xml": f"{_WORD}.header+xml",
    "word/footer1.xml": f"{_WORD}.footer+xml",
    "word/footnotes.xml": f"{_WORD}.footnotes+xml",
    "word/endnotes.xml": f"{_WORD}.endnotes+xml",
    "word/comments.xml": f"{_WORD}.comments+xml",
    "xl/workbook.xml": f"{_EXCEL}.sheet.main+xml",
    "xl/sharedStrings.xml": f"{_EXCEL}.sharedStrings+xml",
    "xl/worksheets/sheet1.xml": f"{_EXCEL}.worksheet+xml",
    "xl/comments1.xml": f"{_EXCEL}.comments+xml",
    "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
    "xl/pivotCache/pivotCacheDefinition1.xml": f"{_EXCEL}.pivotCacheDefinition+xml",
}
_TAG = re.compile(r"<[^>]*>|&\w+;|[^<&]+")


def content_types(names: Mapping[str, str]) -> str:
    """The list of content types that gives these files these types."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in names.items()
    )
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>"
    )


def package(files: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files, with the content types that files of these names have."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        if "[Content_Types].xml" not in files:
            kinds = {name: _TYPE_OF[name] for name in files if name in _TYPE_OF}
            archive.writestr("[Content_Types].xml", content_types(kinds))
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def word(body: str, **others: str) -> bytes:
    """A document of Word with this body and these other files, such as `header1`."""
    files = {"word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'}
    roots = {"header1": "hdr", "footer1": "ftr"}
    for name, content in others.items():
        root = f"w:{roots.get(name, name)}"
        files[f"word/{name}.xml"] = f'<{root} xmlns:w="{W}">{content}</{root}>'
    return package(files)


def workbook(strings: str = "", cells: str = "", **others: str) -> bytes:
    """A workbook with these shared strings, these rows, and the others by their paths."""
    files = {
        "xl/workbook.xml": f'<workbook xmlns="{S}"/>',
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{S}"><sheetData>{cells}</sheetData></worksheet>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{S}">{strings}</sst>',
        **others,
    }
    return package(files)


def opened(content: bytes) -> Document:
    """The document of Word or Excel that this is."""
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    reads = open_xlsx if any(name.startswith("xl/") for name in names) else open_docx
    return reads(content, Reading())


def parts(content: bytes) -> list[str]:
    """The texts of the parts of a document."""
    return [part.text for part in opened(content).parts]


def translated(content: bytes, translate: Callable[[str], str]) -> bytes:
    """A document with each part translated by a function."""
    document = opened(content)
    return document.written([translate(part.text) for part in document.parts])


def upper(text: str) -> str:
    """A translation that keeps its tags: in capitals."""
    return _TAG.sub(lambda match: match[0] if match[0][0] in "<&" else match[0].upper(), text)


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of an archive, each checked against its checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body_of(content: bytes) -> str:
    """What stands in the body of a document of Word."""
    document = unpacked(content)["word/document.xml"].decode()
    return document.partition("<w:body>")[2].partition("</w:body>")[0]
