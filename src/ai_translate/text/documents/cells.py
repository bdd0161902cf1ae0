"""Cells of a sheet and ranges of them, as Excel writes their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Cell", "CellCounter", "Range"]

Cell = tuple[int, int]
"""Row and column, each from 1."""

_PLACE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells.

    Attributes:
        first: The cell at its top left.
        last: The cell at its bottom right.
    """

    first: Cell
    last: Cell

    @classmethod
    def of(cls, text: str) -> Range | None:
        """What a place such as `B2:D9` or `B2` names; None if it is no place."""
        first, _, last = text.partition(":")
        begin, end = cell_of(first), cell_of(last or first)
        return cls(begin, end) if begin and end else None

    def row(self, row: int) -> Range:
        """One row of it, from 0; a negative number counts from its last."""
        number = self.first[0] + row if row >= 0 else self.last[0] + 1 + row
        return Range((number, self.first[1]), (number, self.last[1]))

    def __iter__(self) -> Iterator[Cell]:
        for row in range(self.first[0], self.last[0] + 1):
            for column in range(self.first[1], self.last[1] + 1):
                yield row, column


class CellCounter:
    """Knows which cell comes when the elements of a sheet do: places may be left out of a file."""

    def __init__(self) -> None:
        self.cell: Cell = (0, 0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "s:row":
            row = attributes.get("r", "")
            self.cell = (int(row) if row.isdecimal() and len(row) < 8 else self.cell[0] + 1, 0)
        elif name == "s:c":
            self.cell = cell_of(attributes.get("r", "")) or (self.cell[0], self.cell[1] + 1)


def cell_of(text: str) -> Cell | None:
    """The cell at a place such as `B2`; None if it is no place."""
    match = _PLACE.fullmatch(text)
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column
