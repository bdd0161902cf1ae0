"""Tables as text, CSV and TSV: the cells of the columns that the caller wants.

The first row is the header and stays. What separates cells is found in it. A cell is quoted where
it was, and where its translation must be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ai_translate.errors import BrokenDocument, InvalidRequest
from ai_translate.text.documents.protocol import Part, Reading
from ai_translate.text.documents.source import Source, line_of
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.words import has_words

__all__ = ["chosen_columns", "open_csv", "open_tsv"]

_SEPARATORS: Final = ",;\t|"
# Excel reads the separator from such a first line.
_DECLARED: Final = re.compile(r"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)
_QUOTED: Final = r'"(?:[^"]|"")*+"'
_NUMBER: Final = re.compile("[1-9][0-9]{0,5}")
_FIRST_ROW: Final = re.compile(rf'(?:{_QUOTED}|[^"\r\n]|")*+')


@dataclass(frozen=True, slots=True)
class _Cell:
    row: int
    column: int
    start: int
    end: int
    said: str | None  # nothing for a cell that is quoted in part


def open_csv(content: bytes, reading: Reading) -> Spliced:
    """A table whose cells are separated by commas, semicolons, tabs or bars.

    Raises:
        BrokenDocument: A quote is not closed.
        InvalidRequest: A column that the caller wants does not exist.
    """
    source = Source.of(content)
    declared = _DECLARED.match(source.text)
    if declared is not None:
        return _opened("text/csv", source, declared.end(), declared[1], reading)
    first = _FIRST_ROW.match(source.text)
    bare = re.sub(_QUOTED, "", first[0]) if first else ""
    separator = max(_SEPARATORS, key=bare.count)
    return _opened("text/csv", source, 0, separator, reading)


def open_tsv(content: bytes, reading: Reading) -> Spliced:
    """A table whose cells are separated by tabs.

    Raises:
        BrokenDocument: A quote is not closed.
        InvalidRequest: A column that the caller wants does not exist.
    """
    return _opened("text/tab-separated-values", Source.of(content), 0, "\t", reading)


def chosen_columns(columns: Sequence[str], header: Sequence[str]) -> frozenset[int]:
    """Which columns a caller wants, counted from 0; all of them if none is named.

    Args:
        columns: Names in the header, or numbers from 1. A name that is a number is a name.
        header: What the first row says.

    Raises:
        InvalidRequest: There is no such column.
    """
    if not columns:
        return frozenset(range(len(header)))
    chosen: set[int] = set()
    for column in columns:
        named = {place for place, name in enumerate(header) if name.strip() == column.strip()}
        number = (
            int(column) - 1 if column.isascii() and column.isdigit() and len(column) < 7 else -1
        )
        if not named and not 0 <= number < len(header):
            names = ", ".join(name.strip()[:40] for name in header[:20])
            raise InvalidRequest(
                f"The table has no column {column[:40]!r}.",
                hint=f"Its columns are 1 to {len(header)}: {names}.",
            )
        chosen |= named or {number}
    return frozenset(chosen)


def _opened(
    media_type: str, source: Source, start: int, separator: str, reading: Reading
) -> Spliced:
    cells = list(_cells(source.text, start, separator))
    header = [cell.said or "" for cell in cells if cell.row == 0]
    # Rows may be longer than the header; all their cells are wanted if no column is named.
    chosen = chosen_columns(reading.columns, header) if reading.columns and cells else None
    return Spliced(
        media_type,
        source,
        tuple(
            Place(
                cell.start,
                cell.end,
                Part(cell.said),
                partial(
                    _written, separator=separator, quoted=source.text.startswith('"', cell.start)
                ),
            )
            for cell in cells
            if cell.row > 0 and (chosen is None or cell.column in chosen)
            if cell.said is not None and has_words(cell.said)
        ),
    )


def _cells(text: str, at: int, separator: str) -> Iterator[_Cell]:
    quoted = re.compile(_QUOTED)
    bare = re.compile(rf"[^\r\n{re.escape(separator)}]*+")
    line_end = re.compile(r"\r\n|\r|\n")
    row = column = 0
    while at < len(text):
        start, said = at, None
        if text[at] == '"':
            match = quoted.match(text, at)
            if match is None:
                raise BrokenDocument(
                    f"A quote in line {line_of(text, at)} is not closed.",
                    hint="Quotes inside a quoted cell are written twice.",
                )
            said = match[0][1:-1].replace('""', '"')
            at = match.end()
        rest = bare.match(text, at)
        end = rest.end() if rest else at
        if said is None:
            said = text[start:end]
        elif end > at:
            said = None
        yield _Cell(row, column, start, end, said)
        at = end
        column += 1
        if at < len(text) and text[at] == separator:
            at += 1
            continue
        ending = line_end.match(text, at)
        at = ending.end() if ending else len(text)
        row, column = row + 1, 0


def _written(translation: str, separator: str, quoted: bool) -> str:
    if (
        quoted
        or translation.startswith('"')
        or any(sign in translation for sign in ("\r", "\n", separator))
    ):
        return '"' + translation.replace('"', '""') + '"'
    return translation
