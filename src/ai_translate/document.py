"""The way of a document: opened, its parts translated group by group, and written again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from ai_translate.assembly import QualityWarning
from ai_translate.engine import DecodingOptions
from ai_translate.engine.several import as_finished
from ai_translate.engine.work import finish_async
from ai_translate.errors import AITranslateError
from ai_translate.journey import How, Job, Journey, Outcome, raised
from ai_translate.languages import AUTO
from ai_translate.text.detect import UNDETERMINED
from ai_translate.text.documents.opening import open_document
from ai_translate.text.documents.protocol import Document, Format, Part, Reading

__all__ = ["Progress", "Told", "TranslatedDocument", "translated_document"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a document is: told once it has been read, then after each group of its parts.

    Attributes:
        parts: How many things in it there are to translate.
        characters: How many characters these have.
        done: How many of the characters are translated.
    """

    parts: int
    characters: int
    done: int


# The work waits for what it gives, and ends of what it raises.
Told = Callable[[Progress], Awaitable[None] | None]

# What goes to the engine together, in characters and parts, and how many such groups at once:
# enough for full batches, and little to wait for where others ask meanwhile, or one who leaves.
_GROUP_CHARACTERS: Final = 4_000
_GROUP_PARTS: Final = 64
_GROUPS_AT_ONCE: Final = 3
# From this length on a part of plain text goes in pieces, cut where lines end, as no sentence goes
# over the end of a line.
_LONG_PART: Final = 8_000
# What the language is told from: more makes nothing surer.
_SAMPLE_CHARACTERS: Final = 10_000
# A document may be dubious in each of its sentences; nobody reads more than some.
_MOST_WARNINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class TranslatedDocument:
    """A document in another language.

    Attributes:
        content: All its bytes.
        media_type: What they are, such as `text/csv`.
        source: Language translated from, as the model calls it; `und` if none was found.
        target: Language translated into, likewise.
        parts: How many things in it there were to translate.
        characters: How many characters these had.
        failed: How many of them stand as they were, wholly or in some lines, since these could not
            be translated.
        warnings: Doubts, in no particular order; at most 1,000.
    """

    content: bytes
    media_type: str
    source: str
    target: str
    parts: int
    characters: int
    failed: int
    warnings: tuple[QualityWarning, ...]


async def translated_document(
    journey: Journey,
    name: str,
    content: bytes,
    source: str,
    target: str,
    options: DecodingOptions | None,
    how: How,
    *,
    reading: Reading,
    told: Told | None,
) -> TranslatedDocument:
    """Opens a document, translates its parts, and writes it. Reads and writes in threads.

    Of `auto` the language is told once, from the document as a whole. A part that fails stands as
    it was, or some lines of a long one. A task that is cancelled takes what waits out of the queue.

    Raises:
        UnknownDocument: Nobody reads documents of this name or kind.
        BrokenDocument: It is not what its kind says.
        AITranslateError: Its language is not served, or each of its parts has failed; then this is
            the first error.
    """
    document = await asyncio.to_thread(open_document, name, content, reading)
    pieces = await asyncio.to_thread(lambda: list(_pieces(document.parts)))
    characters = sum(len(piece.text) for piece in pieces)
    tell = told or _ignore
    if (judged := tell(Progress(len(document.parts), characters, 0))) is not None:
        await judged
    source, target = await asyncio.to_thread(_languages, journey, document, source, target, how)
    # Where the document as a whole says nothing, each part may still.
    asked = AUTO if source == UNDETERMINED else source
    said: list[list[str]] = [[] for _ in document.parts]
    texts = [piece.text for piece in pieces]
    failures: dict[int, AITranslateError] = {}  # by the places of pieces
    warnings: list[QualityWarning] = []
    done = 0
    works = (_outcomes(journey, group, asked, target, options, how) for group in _groups(pieces))
    async with aclosing(as_finished(works, _GROUPS_AT_ONCE)) as groups:
        async for group, outcomes in groups:
            for piece, outcome in zip(group, outcomes, strict=True):
                done += len(piece.text)
                if isinstance(outcome, AITranslateError):
                    failures[piece.place] = outcome
                else:
                    texts[piece.place] = outcome.text
                    warnings += outcome.warnings[: _MOST_WARNINGS - len(warnings)]
            if (judged := tell(Progress(len(document.parts), characters, done))) is not None:
                await judged
    if failures and len(failures) == len(pieces):
        raise failures[min(failures)]
    for piece, text in zip(pieces, texts, strict=True):
        said[piece.part].append(text)
    written = await asyncio.to_thread(document.written, ["".join(rows) for rows in said])
    return TranslatedDocument(
        written,
        document.media_type,
        source,
        target,
        len(document.parts),
        characters,
        len({pieces[place].part for place in failures}),
        tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part, or some lines of one: its place among all pieces, and the number of its part."""

    place: int
    part: int
    text: str
    format: Format


def _pieces(parts: tuple[Part, ...]) -> Iterator[_Piece]:
    place = 0
    for number, part in enumerate(parts):
        texts = [part.text]
        if part.format == "text" and len(part.text) > _LONG_PART:
            texts = list(_lines_together(part.text))
        for text in texts:
            yield _Piece(place, number, text, part.format)
            place += 1


def _lines_together(text: str) -> Iterator[str]:
    """The text in pieces that end behind an empty line where there is one, otherwise a line."""
    start = 0
    while len(text) - start > _LONG_PART:
        middle, limit = start + _LONG_PART // 2, start + _LONG_PART
        end = text.rfind("\n\n", middle, limit) + 2
        if end < middle:
            end = text.rfind("\n", start, limit) + 1
        if end <= start:
            end = text.find("\n", limit) + 1 or len(text)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _groups(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that go together: neighbours of one format, but for few long ones."""
    group: list[_Piece] = []
    size = 0
    for piece in pieces:
        size += len(piece.text)
        full = len(group) >= _GROUP_PARTS or size > _GROUP_CHARACTERS
        if group and (full or piece.format != group[0].format):
            yield group
            group, size = [], len(piece.text)
        group.append(piece)
    if group:
        yield group


def _languages(
    journey: Journey, document: Document, source: str, target: str, how: How
) -> tuple[str, str]:
    """The languages by the names of a model, after a look at the document if need be."""
    sample, syntax = _sample(document) if source == AUTO else ("", None)
    apart = journey.apart(sample, source, target, {**how, "syntax": syntax or "text"})
    if isinstance(apart, Job):
        return apart.pair.source, apart.pair.target
    translation = raised(apart)
    return translation.source, translation.target


def _sample(document: Document) -> tuple[str, Format]:
    """The beginning of a document, and how to read it."""
    texts: list[str] = []
    size = 0
    for part in document.parts:
        texts.append(part.text[: _SAMPLE_CHARACTERS - size])
        size += len(texts[-1])
        if size >= _SAMPLE_CHARACTERS:
            break
    # Tags that are cut off, or beside texts that are none, do no harm when read as HTML.
    plain = all(part.format == "text" for part in document.parts)
    return "\n".join(texts), "text" if plain else "html"


async def _outcomes(
    journey: Journey,
    group: list[_Piece],
    source: str,
    target: str,
    options: DecodingOptions | None,
    how: How,
) -> tuple[list[_Piece], list[Outcome]]:
    # A group has one format.
    read: How = {**how, "syntax": group[0].format}
    work = journey.of([piece.text for piece in group], source, target, options, read)
    return group, await finish_async(work, in_threads=True)


def _ignore(progress: Progress) -> None:
    """Nobody wants to know."""
