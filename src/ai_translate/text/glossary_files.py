"""Glossaries as people write them: CSV, TSV and JSON.

CSV and TSV have a term and its translation a line; they are about one direction, which is told
beside them. In CSV a line may name its own direction, in a third and a fourth cell, as DeepL writes
it. A first line of `source` and `target` is a heading. JSON has directions of its own:

    {"en-fr": {"term": "translation"}}
    [{"source": "term", "target": "translation", "source_lang": "en", "target_lang": "fr"}]

In the second form the languages may be left out where they are told beside it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple

from ai_translate.errors import InvalidRequest, TooLarge
from ai_translate.languages import LanguagePair, normalize
from ai_translate.text.glossary import words

__all__ = [
    "MAX_ENTRIES",
    "MAX_TERM",
    "MAX_WORDS",
    "Entries",
    "Format",
    "direction_name",
    "format_of",
    "parse",
]

Format = Literal["csv", "tsv", "json"]
Entries = dict[LanguagePair, dict[str, str]]
"""Translations by their terms, by direction."""

MAX_ENTRIES: Final = 100_000
MAX_TERM: Final = 500
"""Characters of a term, and of a translation."""
MAX_WORDS: Final = 50
"""Words and signs of a term; letters where they have no spaces between words."""

_HEADING: Final = ("source", "target")
_SHOWN: Final = 40
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LANGUAGES: Final = frozenset({"source_lang", "target_lang"})
_EXAMPLE: Final = 'Write {"en-fr": {"term": "translation"}}.'


class _Entry(NamedTuple):
    """One entry, and where it stands."""

    place: str
    pair: LanguagePair
    source: str
    target: str


def parse(content: bytes, form: Format, pair: LanguagePair | None = None) -> Entries:
    """The entries of a glossary.

    Args:
        content: In UTF-8; with a byte order mark or without.
        form: How it is written.
        pair: The direction of what names none.

    Raises:
        InvalidRequest: It is malformed, or gives a term two translations. The message names the
            line, or the place.
        TooLarge: There are too many entries, or one is too long.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidRequest(
            f"Line {line} of the glossary is not UTF-8.", hint="Save it as UTF-8."
        ) from None
    read = _json(text, pair) if form == "json" else _table(text, form, pair)
    found: Entries = {}
    places: dict[tuple[LanguagePair, str], str] = {}
    for entry in _checked(read):
        terms = found.setdefault(entry.pair, {})
        if terms.get(entry.source, entry.target) != entry.target:
            first = places[entry.pair, entry.source]
            raise InvalidRequest(
                f"The term {_shown(entry.source)} has two translations: "
                f"{_shown(terms[entry.source])} in {first} and {_shown(entry.target)} in "
                f"{entry.place}.",
                hint="Keep one of them.",
            )
        terms[entry.source] = entry.target
        places.setdefault((entry.pair, entry.source), entry.place)
    if not found:
        raise InvalidRequest("The glossary has no entries.", hint="Give it one a line.")
    return found


def direction_name(pair: LanguagePair) -> str:
    """A direction as JSON names it: `en-fr`, or `pt-BR:fr` where a tag has a hyphen itself."""
    return f"{pair.source}{':' if '-' in pair.source + pair.target else '-'}{pair.target}"


def format_of(name: str) -> Format:
    """How a file is written, by the end of its name.

    Raises:
        InvalidRequest: It is none of the three.
    """
    end = name.lower().rpartition(".")[2]
    forms: dict[str, Format] = {"csv": "csv", "tsv": "tsv", "tab": "tsv", "json": "json"}
    if end not in forms:
        raise InvalidRequest(
            f"{name} is no glossary by its name.", hint="Call it .csv, .tsv or .json."
        )
    return forms[end]


def _checked(read: Iterable[_Entry]) -> Iterator[_Entry]:
    """The entries without outer spaces, as far as each of them may be one."""
    for number, entry in enumerate(read, start=1):
        if number > MAX_ENTRIES:
            raise TooLarge(
                f"The glossary has more than {MAX_ENTRIES} entries.", hint="Make several of it."
            )
        source, target = entry.source.strip(), entry.target.strip()
        for what, value in (("term", source), ("translation", target)):
            if not value:
                raise InvalidRequest(
                    f"The {what} in {entry.place} is empty.", hint="Fill it in, or take it out."
                )
            if len(value) > MAX_TERM:
                raise TooLarge(
                    f"The {what} in {entry.place} has {len(value)} characters; the limit is "
                    f"{MAX_TERM}.",
                    hint="Glossaries are for terms, not for sentences.",
                )
            if _CONTROLS.search(value):
                raise InvalidRequest(
                    f"The {what} in {entry.place} has a line end, a tab or another control "
                    "character.",
                    hint="Take it out.",
                )
        count = sum(1 for _ in words(source))
        if count > MAX_WORDS:
            raise TooLarge(
                f"The term in {entry.place} has {count} words and signs; the limit is {MAX_WORDS}.",
                hint="Glossaries are for terms, not for sentences.",
            )
        if not any(map(str.isalnum, source)):
            raise InvalidRequest(
                f"The term in {entry.place} has neither a letter nor a digit.", hint="Take it out."
            )
        yield _Entry(entry.place, entry.pair, source, target)


def _table(text: str, form: Format, pair: LanguagePair | None) -> Iterator[_Entry]:
    if pair is None:
        raise InvalidRequest(
            f"The direction of a glossary in {form.upper()} is not known.",
            hint="Give source_lang and target_lang beside it.",
        )
    reader = _rows(text, form)
    first = True
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InvalidRequest(
                f"Line {reader.line_num} of the glossary is no {form.upper()}: {error}.",
                hint='Write a line as `term,translation`, with "…" around what has a comma.',
            ) from None
        if row is None:
            return
        heading = first and tuple(cell.strip().lower() for cell in row[:2]) == _HEADING
        empty = not any(cell.strip() for cell in row)
        first = first and empty
        if heading or empty:
            continue
        place = f"line {reader.line_num}"
        if len(row) == 4 and form == "csv":
            row_pair = LanguagePair(_tag(row[2]), _tag(row[3]))
            yield _Entry(place, row_pair, row[0], row[1])
            continue
        if len(row) != 2:
            sign = "a comma" if form == "csv" else "a tab"
            raise InvalidRequest(
                f"Line {reader.line_num} of the glossary has {len(row)} of the 2 cells that a term "
                "and its translation are.",
                hint=f"Put {sign} between the two"
                + (', and "…" around what has a comma.' if form == "csv" else "."),
            )
        yield _Entry(place, pair, row[0], row[1])


def _rows(text: str, form: Format) -> Any:
    """A reader of rows that knows its line; typeshed has no name for its type."""
    lines = io.StringIO(text, newline="")
    if form == "csv":
        return csv.reader(lines, strict=True)
    # Nothing is quoted between tabs: `5" disk` is a term.
    return csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _json(text: str, pair: LanguagePair | None) -> Iterator[_Entry]:
    try:
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        place = f"Line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "A line"
        raise InvalidRequest(f"{place} of the glossary is not JSON.", hint=_EXAMPLE) from None
    if isinstance(value, _Pairs):
        for name, terms in value:
            direction = _direction(name)
            if not isinstance(terms, _Pairs):
                raise InvalidRequest(f"{_shown(name)} holds no terms.", hint=_EXAMPLE)
            for source, target in terms:
                place = f"{_shown(name)}, {_shown(source)}"
                yield _Entry(place, direction, source, _string(target, place))
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield _item(item, f"entry {number}", pair)
    else:
        raise InvalidRequest("The glossary is neither an object nor a list.", hint=_EXAMPLE)


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object of JSON with all that is in it, also what has one name twice."""

    __slots__ = ()


def _item(item: Any, place: str, pair: LanguagePair | None) -> _Entry:
    hint = 'Write {"source": "term", "target": "translation"}, with source_lang and target_lang.'
    if not isinstance(item, _Pairs):
        raise InvalidRequest(f"The {place} of the glossary is no object.", hint=hint)
    fields = dict(item)
    wrong = sorted(set(fields) - _LANGUAGES - set(_HEADING)) or sorted(set(_HEADING) - set(fields))
    if wrong:
        what = "has no" if wrong[0] in _HEADING else "may have no"
        raise InvalidRequest(f"The {place} of the glossary {what} {_shown(wrong[0])}.", hint=hint)
    if set(fields) >= _LANGUAGES:
        pair = LanguagePair(
            *(_tag(_string(fields[name], place)) for name in ("source_lang", "target_lang"))
        )
    elif pair is None or _LANGUAGES & set(fields):
        raise InvalidRequest(f"The direction of {place} is not known.", hint=hint)
    return _Entry(place, pair, _string(fields["source"], place), _string(fields["target"], place))


def _direction(name: str) -> LanguagePair:
    """`en-fr`; `en:fr` and `en→fr` where a tag has a hyphen itself."""
    for sign in (":", "→"):
        if sign in name:
            source, _, target = name.partition(sign)
            return LanguagePair(_tag(source), _tag(target))
    parts = name.split("-")
    if len(parts) != 2:
        raise InvalidRequest(
            f"{_shown(name)} is no direction.",
            hint='Write "en-fr", or "pt-BR:fr" where a tag has a hyphen itself.',
        )
    return LanguagePair(_tag(parts[0]), _tag(parts[1]))


def _tag(text: str) -> str:
    try:
        return normalize(text.strip())
    except ValueError as error:
        raise InvalidRequest(f"{error}.", hint="Use a BCP 47 tag.") from None


def _string(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"What stands in {place} is no string.", hint=_EXAMPLE)
    return value


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
