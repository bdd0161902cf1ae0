"""Which cells of a workbook name columns, and so must stay.

Excel repairs a file whose table calls a column other than the cell above it, and formulas name
columns of tables. A pivot table finds its fields by the cells above its source.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator, Mapping
from typing import Final

from ai_translate.errors import TooLarge
from ai_translate.text.documents.cell_strings import Kept
from ai_translate.text.documents.cells import Cell, CellCounter, Range
from ai_translate.text.documents.office_package import OfficePackage
from ai_translate.text.documents.xml_events import walk

__all__ = ["kept_strings"]

_TABLES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_PIVOTS: Final = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
)

_MOST_CELLS: Final = 100_000
_MOST_ELEMENTS: Final = 20_000


def kept_strings(package: OfficePackage, workbook: str, sheets: list[str]) -> dict[str, Kept]:
    """What stays: the cells of each sheet by its file, and the shared strings by an empty name.

    Raises:
        BrokenDocument: A file that tells is missing, damaged or hostile.
        TooLarge: There are more of them than anyone makes.
    """
    names: dict[str, set[Cell]] = {}
    for sheet, row in (*_of_tables(package, sheets), *_of_pivots(package, workbook)):
        for cell in row:
            names.setdefault(sheet, set()).add(cell)
            if len(names[sheet]) > _MOST_CELLS:
                raise TooLarge(f"A sheet of the document has more than {_MOST_CELLS} columns.")
    shared: set[int] = set()
    kept: dict[str, Kept] = {}
    for sheet in sheets:
        if sheet in names:
            named = _NamedCells(names[sheet])
            walk(sheet, package.read(sheet), named)
            shared |= named.shared
            kept[sheet] = Kept(cells=named.cells)
    kept[""] = Kept(shared=shared)
    return kept


def _of_tables(package: OfficePackage, sheets: list[str]) -> Iterator[tuple[str, Range]]:
    tables = set(package.names_of(_TABLES))
    for sheet in sheets if tables else ():
        for target in _related(package, sheet).values():
            if target in tables:
                for attributes in _found(package, target, "s:table"):
                    for row in _named_rows(attributes):
                        yield sheet, row


def _named_rows(table: Mapping[str, str]) -> list[Range]:
    place = Range.of(table.get("ref", ""))
    if place is None:
        return []
    rows = [place.row(0)] if table.get("headerRowCount") != "0" else []
    if table.get("totalsRowCount", "0") != "0":
        rows.append(place.row(-1))
    return rows


def _of_pivots(package: OfficePackage, workbook: str) -> Iterator[tuple[str, Range]]:
    pivots = package.names_of(_PIVOTS)
    if not pivots:
        return
    files = _related(package, workbook)
    listed = _found(package, workbook, "s:sheet")
    sheets = {one.get("name", ""): files.get(one.get("r:id", "")) for one in listed}
    for pivot in pivots:
        for attributes in _found(package, pivot, "s:worksheetSource"):
            sheet = sheets.get(attributes.get("sheet", ""))
            area = Range.of(attributes.get("ref", ""))
            if sheet is not None and area is not None:
                yield sheet, area.row(0)


def _related(package: OfficePackage, name: str) -> dict[str, str]:
    """The files that a file refers to, by the names that it has for them."""
    folder, _, file = name.rpartition("/")
    listing = f"{folder}/_rels/{file}.rels".removeprefix("/")
    if not package.has(listing):
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, one.get("Target", ""))
        ).lstrip("/")
        for one in _found(package, listing, "rel:Relationship")
        if one.get("TargetMode") != "External"
    }


def _found(package: OfficePackage, file: str, name: str) -> list[dict[str, str]]:
    """The attributes of the elements of one name in a file."""
    elements = _Elements(name)
    walk(file, package.read(file), elements)
    return elements.found


class _Elements:
    """Listens for the attributes of elements of one name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str], _at: int) -> None:
        if name == self._name:
            if len(self.found) == _MOST_ELEMENTS:
                raise TooLarge(f"The document has more than {_MOST_ELEMENTS} {name[2:]} elements.")
            self.found.append(attributes)

    def end(self, name: str, inner: int, end: int) -> None:
        """Nothing follows from it."""

    def text(self, text: str) -> None:
        """It is not looked at."""


class _NamedCells:
    """Listens for what stands in some cells of a sheet."""

    def __init__(self, named: Container[Cell]) -> None:
        self._names = named
        self._counter = CellCounter()
        self._text: list[str] | None = None
        self._named = False
        self.shared: set[int] = set()
        self.cells: set[Cell] = set()

    def start(self, name: str, attributes: dict[str, str], _at: int) -> None:
        self._counter.start(name, attributes)
        if name == "s:c":
            cell = self._counter.cell
            self._named = cell in self._names
            if self._named and attributes.get("t") == "inlineStr":
                self.cells.add(cell)
            self._named = self._named and attributes.get("t") == "s"
        self._text = [] if name == "s:v" and self._named else None

    def end(self, name: str, _inner: int, _end: int) -> None:
        if name == "s:v" and self._text is not None:
            text = "".join(self._text).strip()
            if text.isdecimal() and len(text) < 10:
                self.shared.add(int(text))
        self._text = None

    def text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
