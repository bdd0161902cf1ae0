"""Workbooks of Excel: shared strings, strings of cells, and comments."""

from __future__ import annotations

from typing import Final

from ai_translate.text.documents.cell_strings import Kept, Strings
from ai_translate.text.documents.edits import Edits
from ai_translate.text.documents.inline import Translate
from ai_translate.text.documents.office_document import OfficeDocument
from ai_translate.text.documents.office_package import OfficePackage
from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.workbook_names import kept_strings
from ai_translate.text.documents.xml_events import walk

__all__ = ["open_xlsx"]

_OFFICE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN: Final = {
    f"{_OFFICE}.sheet.main+xml": f"{_OFFICE}.sheet",
    f"{_OFFICE}.template.main+xml": f"{_OFFICE}.template",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": (
        "application/vnd.ms-excel.sheet.macroEnabled.12"
    ),
    "application/vnd.ms-excel.template.macroEnabled.main+xml": (
        "application/vnd.ms-excel.template.macroEnabled.12"
    ),
}
_SHARED: Final = f"{_OFFICE}.sharedStrings+xml"
_SHEET: Final = f"{_OFFICE}.worksheet+xml"
_COMMENTS: Final = (
    f"{_OFFICE}.comments+xml",
    "application/vnd.ms-excel.threadedcomments+xml",
)
_NOTHING_KEPT: Final = Kept()


def open_xlsx(content: bytes, _reading: Reading) -> OfficeDocument:
    """A workbook or template of Excel, with macros or without.

    Raises:
        BrokenDocument: It is none, or is damaged, encrypted or hostile.
        TooLarge: It is over a bound.
    """
    package = OfficePackage(content)
    main = package.body(_MAIN, "Excel", "workbooks")
    sheets = package.names_of(_SHEET)
    kept = kept_strings(package, main, sheets)
    shared = package.names_of(_SHARED)
    kept |= dict.fromkeys(shared, kept[""])

    def rewrite(name: str, data: bytes, translate: Translate) -> bytes | None:
        if name in own_sheets and b"inlineStr" not in data:
            return None
        edits = Edits(data)
        walk(name, data, Strings(data, edits, translate, kept.get(name, _NOTHING_KEPT)))
        return edits.between(0, len(data)) if edits else None

    own_sheets = set(sheets)
    names = [*shared, *sheets, *package.names_of(*_COMMENTS)]
    return OfficeDocument(_MAIN[package.type_of(main)], package, names, rewrite)
