"""Which cells of a workbook name columns, and so must stay.

Excel repairs a file whose table calls a column other than the cell above it, and formulas name
columns of tables. A pivot table finds its fields by the cells above its source.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from ai_translate.text.documents.cell_strings import Kept
from ai_translate.text.documents.cells import Cell, CellCounter, Range
from ai_translate.text.documents.office_package import OfficePackage
from ai_translate.text.documents.xml_events import walk

__all__ = ["kept_strings"]

_TABLES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_PIVOTS: Final = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
)


def kept_strings(package: OfficePackage, workbook: str, sheets: list[str]) -> dict[str, Kept]:
    """What stays: the cells of each sheet by its file, and the shared strings by an empty name."""
    ranges: dict[str, list[Range]] = {}
    _add_tables(package, sheets, ranges)
    _add_pivots(package, workbook, ranges)
    shared: set[int] = set()
    kept: dict[str, Kept] = {}
    for sheet in sheets:
        if sheet in ranges:
            named = _NamedCells(ranges[sheet])
            walk(sheet, package.read(sheet), named)
            shared |= named.shared
            kept[sheet] = Kept(cells=named.cells)
    kept[""] = Kept(shared=shared)
    return kept


def _add_tables(package: OfficePackage, sheets: list[str], ranges: dict[str, list[Range]]) -> None:
    tables = set(package.names_of(_TABLES))
    if not tables:
        return
    for sheet in sheets:
        for target in _related(package, sheet).values():
            if target in tables:
                table = _Found("s:table")
                walk(target, package.read(target), table)
                for attributes in table.found:
                    ranges.setdefault(sheet, []).extend(_named_rows(attributes))


def _named_rows(table: Mapping[str, str]) -> list[Range]:
    place = Range.of(table.get("ref", ""))
    if place is None:
        return []
    rows = [place.row(0)] if table.get("headerRowCount") != "0" else []
    if table.get("totalsRowCount", "0") != "0":
        rows.append(place.row(-1))
    return rows


def _add_pivots(package: OfficePackage, workbook: str, ranges: dict[str, list[Range]]) -> None:
    pivots = package.names_of(_PIVOTS)
    if not pivots:
        return
    listed = _Found("s:sheet")
    walk(workbook, package.read(workbook), listed)
    files = _related(package, workbook)
    sheets = {one.get("name", ""): files.get(one.get("r:id", "")) for one in listed.found}
    for pivot in pivots:
        source = _Found("s:worksheetSource")
        walk(pivot, package.read(pivot), source)
        for attributes in source.found:
            sheet, place = sheets.get(attributes.get("sheet", "")), attributes.get("ref", "")
            area = Range.of(place)
            if sheet is not None and area is not None:
                ranges.setdefault(sheet, []).append(area.row(0))


def _related(package: OfficePackage, name: str) -> dict[str, str]:
    """The files that a file refers to, by the names that it has for them."""
    folder, _, file = name.rpartition("/")
    listing = f"{folder}/_rels/{file}.rels".removeprefix("/")
    if not package.has(listing):
        return {}
    found = _Found("rel:Relationship")
    walk(listing, package.read(listing), found)
    return {
        one.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, one.get("Target", ""))
        ).lstrip("/")
        for one in found.found
        if one.get("TargetMode") != "External"
    }


class _Found:
    """Listens for the attributes of elements of one name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str], _at: int) -> None:
        if name == self._name:
            self.found.append(attributes)

    def end(self, name: str, inner: int, end: int) -> None:
        """Nothing follows from it."""

    def text(self, text: str) -> None:
        """It is not looked at."""


class _NamedCells:
    """Listens for what stands in some ranges of a sheet."""

    def __init__(self, ranges: list[Range]) -> None:
        self._ranges = ranges
        self._counter = CellCounter()
        self._text: list[str] | None = None
        self._named = False
        self.shared: set[int] = set()
        self.cells: set[Cell] = set()

    def start(self, name: str, attributes: dict[str, str], _at: int) -> None:
        self._counter.start(name, attributes)
        if name == "s:c":
            cell = self._counter.cell
            self._named = any(cell in one for one in self._ranges)
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
