"""The packages of Office: zip archives of XML whose kinds one file lists (ECMA-376, part 2)."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Mapping
from typing import Final

from ai_translate.errors import BrokenDocument, TooLarge
from ai_translate.text.documents.xml_events import walk
from ai_translate.text.documents.zip_archive import ZipArchive

__all__ = ["OfficePackage"]

_TYPES: Final = "[Content_Types].xml"
_MOST_READ: Final = 4 * (64 << 20)
_MOST_TYPES: Final = 20_000

# How files of Office were written until 2007, and how those with a password still are ([MS-CFB]).
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_COMPOUNDS: Final = (
    ("EncryptedPackage", "is encrypted with a password", "Save it without one."),
    ("WordDocument", "is of Word 97-2003", "Save it as .docx."),
    ("Workbook", "is of Excel 97-2003", "Save it as .xlsx."),
    ("Book", "is of Excel 95", "Save it as .xlsx."),
)


class OfficePackage:
    """A document of Office in memory.

    Args:
        content: Its bytes.

    Raises:
        BrokenDocument: It is none, or is damaged, encrypted or hostile.
        TooLarge: It is over a bound.
    """

    def __init__(self, content: bytes) -> None:
        if content.startswith(_COMPOUND_FILE):
            raise _compound(content)
        self._archive = ZipArchive(content)
        self._encodings: dict[str, str] = {}
        self._read = 0
        types = _ContentTypes()
        if _TYPES not in self._archive.entries:
            raise BrokenDocument(
                f"The document is an archive without {_TYPES}, and so none of Office.",
                hint="Name its kind if it is of another.",
            )
        walk(_TYPES, self.read(_TYPES), types)
        self._types = {
            name: types.overrides.get(name.casefold())
            or types.defaults.get(name.rpartition(".")[2].casefold(), "")
            for name in self._archive.entries
            if not name.endswith("/")
        }

    def body(self, types: Collection[str], program: str, called: str) -> str:
        """The name of the one file that holds the body of a document.

        Args:
            types: Its possible content types.
            program: Whose document it is, for messages.
            called: What that program calls a body, in the plural.

        Raises:
            BrokenDocument: There is none, or more than one.
        """
        found = self.names_of(*types)
        if len(found) == 1:
            return found[0]
        raise BrokenDocument(
            f"The document has {len(found)} {called} where {program} has one."
            if found
            else f"The document is a package of Office, but not of {program}.",
            hint="Name its kind if it is of another program.",
        )

    def names_of(self, *types: str) -> list[str]:
        """The files of these content types: in the order of the types, then of their names."""
        found = [
            (types.index(kind), _by_number(name), name)
            for name, kind in self._types.items()
            if kind in types
        ]
        return [name for *_, name in sorted(found)]

    def type_of(self, name: str) -> str:
        """The content type of a file; empty if none is given, or if there is no such file."""
        return self._types.get(name, "")

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._types

    def read(self, name: str) -> bytes:
        """A file of XML, in UTF-8 whatever it is in.

        Raises:
            BrokenDocument: It is missing, damaged or hostile.
            TooLarge: It is, or what was read so far is, over a bound.
        """
        data = self._archive.read(name)
        if name not in self._encodings:
            self._read += len(data)
            if self._read > _MOST_READ:
                raise TooLarge(
                    f"The document has more than {_MOST_READ} bytes of text and layout.",
                    hint="Split it.",
                )
        encoding = "utf-8"
        if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            encoding = "utf-16"
            try:
                data = data.decode(encoding).encode()
            except UnicodeError as error:
                raise BrokenDocument(
                    f"{name[:200]} in the document cannot be read: it is no UTF-16.",
                    hint="Open it in the program that wrote it and save it anew.",
                ) from error
        self._encodings[name] = encoding
        return data

    def written(self, changes: Mapping[str, bytes]) -> bytes:
        """The package with these files, in UTF-8, changed, and all others as they are."""
        return self._archive.written(
            {
                name: data if self._encodings[name] == "utf-8" else data.decode().encode("utf-16")
                for name, data in changes.items()
            }
        )


class _ContentTypes:
    """Listens to the list of content types."""

    def __init__(self) -> None:
        self.overrides: dict[str, str] = {}
        self.defaults: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str], _at: int) -> None:
        if len(self.overrides) + len(self.defaults) > _MOST_TYPES:
            raise TooLarge(f"The document lists more than {_MOST_TYPES} types of content.")
        kind = attributes.get("ContentType", "")
        if name == "ct:Override":
            self.overrides[attributes.get("PartName", "").removeprefix("/").casefold()] = kind
        elif name == "ct:Default":
            self.defaults[attributes.get("Extension", "").casefold()] = kind

    def end(self, name: str, inner: int, end: int) -> None:
        """Nothing follows from it."""

    def text(self, text: str) -> None:
        """There is none."""


def _compound(content: bytes) -> BrokenDocument:
    for stream, what, hint in _COMPOUNDS:
        # Names in its directory are UTF-16 and end with a NUL.
        if f"{stream}\0".encode("utf-16-le") in content:
            return BrokenDocument(f"The document {what}.", hint=hint)
    return BrokenDocument(
        "The document is of Office 97-2003 or encrypted.",
        hint="Save it as .docx or .xlsx, without a password.",
    )


def _by_number(name: str) -> tuple[int, str]:
    """Sorts `sheet10` behind `sheet9`."""
    return len(name), name
