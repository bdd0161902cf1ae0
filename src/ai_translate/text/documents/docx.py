"""Documents of Word: the body, headers and footers, notes and comments."""

from __future__ import annotations

from typing import Final

from ai_translate.text.documents.edits import Edits
from ai_translate.text.documents.inline import Translate
from ai_translate.text.documents.office_document import OfficeDocument
from ai_translate.text.documents.office_package import OfficePackage
from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.word_paragraphs import Paragraphs
from ai_translate.text.documents.xml_events import walk

__all__ = ["open_docx"]

_OFFICE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_MAIN: Final = {
    f"{_OFFICE}.document.main+xml": f"{_OFFICE}.document",
    f"{_OFFICE}.template.main+xml": f"{_OFFICE}.template",
    "application/vnd.ms-word.document.macroEnabled.main+xml": (
        "application/vnd.ms-word.document.macroEnabled.12"
    ),
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": (
        "application/vnd.ms-word.template.macroEnabled.12"
    ),
}
# Behind the body, in this order.
_OTHERS: Final = tuple(
    f"{_OFFICE}.{kind}+xml" for kind in ("header", "footer", "footnotes", "endnotes", "comments")
)


def open_docx(content: bytes, _reading: Reading) -> OfficeDocument:
    """A document or template of Word, with macros or without.

    Raises:
        BrokenDocument: It is none, or is damaged, encrypted or hostile.
        TooLarge: It is over a bound.
    """
    package = OfficePackage(content)
    main = package.body(_MAIN, "Word", "bodies")
    names = [main, *package.names_of(*_OTHERS)]
    return OfficeDocument(_MAIN[package.type_of(main)], package, names, _rewrite)


def _rewrite(name: str, data: bytes, translate: Translate) -> bytes | None:
    edits = Edits(data)
    walk(name, data, Paragraphs(data, edits, translate))
    return edits.between(0, len(data)) if edits else None
