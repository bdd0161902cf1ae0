"""Takes a text apart into sentences to translate and layout to keep.

What counts as layout, and so passes byte for byte:

- line ends of every kind (a hard-wrapped line is translated on its own: whoever breaks lines wants
  them back, and which line ends are mere wrapping cannot be known), tabs and all other control
  characters, and lone surrogates, which no tokenizer could encode;
- three or more spaces in a row, because that is how people align columns; a double space inside
  a sentence is left to the model;
- what surrounds a sentence: spaces, zero-width characters, marks of direction, the byte order mark;
- bullets, numbering and marks of quotation or heading where a line begins;
- sentences without words: numbers, emoji, punctuation, web and e-mail addresses.

Where a sentence ends is the judgement of the library `sentencex`, which knows abbreviations and
the terminators of all scripts. It is fenced here, because on hostile input it panics, loses a
carriage return between paragraphs, and takes quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import sentencex

from ai_translate.text.markup.marks import Marks
from ai_translate.text.protect import Span
from ai_translate.text.words import ADDRESS, has_words

__all__ = ["Segment", "keep_layout", "split_text"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a text.

    Attributes:
        text: The piece, never empty.
        translate: True for one sentence: no outer whitespace, at least one letter, encodable as
            UTF-8, no control character. False for layout, which passes as it is.
        spans: The parts of the sentence that no model may touch, by their places in it.
        marks: Its tags and whatever else markup has beside its words.
    """

    text: str
    translate: bool
    spans: tuple[Span, ...] = ()
    marks: Marks | None = None

    @property
    def source(self) -> str:
        """The piece as it was written."""
        return (self.marks and self.marks.source) or self.text

    @property
    def shown(self) -> str:
        """The sentence as people should see it."""
        return self.marks.restored(self.text) if self.marks else self.text


_SPACES: Final = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CONTROLS: Final = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Cuts a text into what may hold sentences and what cannot.
_BREAK: Final = re.compile(
    rf"[{_CONTROLS}][{_CONTROLS}{_SPACES}]*|[{_SPACES}]{{3}}[{_CONTROLS}{_SPACES}]*"
)
_LINE_END: Final = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # as str.splitlines

# Invisible at the edges of a sentence. Not among them: the selectors and tags that end emoji, and
# format characters that are seen, such as the Arabic number sign.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069"
    "\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
)
_BLANK_SPACES: Final = (
    " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)
_OUTER: Final = _BLANK_SPACES + _INVISIBLE

# Bullets, quotation marks of e-mail, headings of Markdown and numbering, each with its space.
_SPACE: Final = f"[{_SPACES}]"
_BULLET: Final = rf"(?:[-*+•‣⁃◦▪▫■□●○◆◇►▶➤➢→✓✔✗✘☐☑☒·–—]|\#{{1,6}}|>){_SPACE}+|>(?=>)"
_NUMBER: Final = rf"(?:\(\d{{1,3}}\)|\d{{1,3}}\)|\d{{1,3}}(?:\.\d{{1,3}}){{0,4}}\.){_SPACE}+"
_MARKER: Final = re.compile(rf"(?:{_BULLET}|{_NUMBER})+")
_BULLETS: Final = re.compile(rf"(?:{_BULLET})+")
# These write ordinals with a full stop: `3. Oktober` may begin a line and is no numbering.
_DOTTED_ORDINALS: Final = "bs cs da de et fi fo hr hu is lb lv nb nn no pl sk sl sr tr"

# A line of letters, spaces and signs that end nothing, but for its own end: the usual short text,
# which is one sentence by any rule and needs no library.
_ONE_SENTENCE: Final = re.compile(r"[\w\s,'’\-–—«»“”\"()/:%&€$]*[.!?…]*")

# The library scans the whole line for each terminator: windows keep long lines linear.
_WINDOW: Final = 1000

# What the library would misread, by a character of the same length: all spaces (a letter before
# a no-break space and a full stop makes it panic) and what cannot be seen.
_PLAIN: Final = str.maketrans(dict.fromkeys(_OUTER, " "))
# A letter that stands for a name (`M. et Mme`, `J.-C. Dupont`), which ends no sentence.
_INITIAL: Final = re.compile(r"(?:^|[\s(\[«“\"'’.-])[^\W\d_]\.\s*\Z")


def split_text(text: str, language: str, *, unsplit: bool = False) -> list[Segment]:
    """Takes a text apart. The segments' texts, joined, are the text again, whatever it holds.

    Args:
        text: Any string; lone surrogates included.
        language: Tag of its language. One that is not known is read by the rules of English.
        unsplit: Whether a line is one sentence, whatever stands in it.
    """
    language = language.partition("-")[0].lower()
    if not (language.isascii() and language.isalpha()):
        language = "en"
    found: list[Segment] = []
    layout: list[str] = []  # pieces since the last sentence
    sentences = _whole if unsplit else _sentences
    start, line_start = 0, True
    for match in _BREAK.finditer(text):
        chunk = text[start : match.start()]
        _split_chunk(chunk, language, line_start, found, layout, sentences)
        gap = match[0]
        layout.append(gap)
        ends_line = match.start() == 0 or _LINE_END.search(gap) is not None
        line_start = ends_line or (line_start and not text[start : match.start()].strip(_OUTER))
        start = match.end()
    _split_chunk(text[start:], language, line_start, found, layout, sentences)
    keep_layout(found, layout)
    return found


def _split_chunk(
    chunk: str,
    language: str,
    line_start: bool,
    found: list[Segment],
    layout: list[str],
    sentences: Callable[[str, str], Iterator[str]],
) -> None:
    """Adds what a piece of one line holds to what was found, and its edges to the layout."""
    rest = chunk.lstrip(_OUTER)
    if line_start:
        markers = _BULLETS if language in _DOTTED_ORDINALS.split() else _MARKER
        marker = markers.match(rest)
        if marker is not None:
            rest = rest[marker.end() :].lstrip(_OUTER)
    core = rest.rstrip(_OUTER)
    layout.append(chunk[: len(chunk) - len(rest)])
    if core and has_words(core):
        for sentence in sentences(core, language):
            _add(sentence, found, layout)
    else:
        layout.append(core)
    layout.append(rest[len(core) :])


def _add(sentence: str, found: list[Segment], layout: list[str]) -> None:
    inner = sentence.lstrip(_OUTER)
    core = inner.rstrip(_OUTER)
    if not has_words(core):
        layout.append(sentence)
        return
    layout.append(sentence[: len(sentence) - len(inner)])
    keep_layout(found, layout)
    found.append(Segment(core, True))
    layout.append(inner[len(core) :])


def keep_layout(found: list[Segment], layout: list[str]) -> None:
    """Adds what has gathered since the last sentence as one segment, and begins anew."""
    kept = "".join(layout)
    layout.clear()
    if kept:
        found.append(Segment(kept, False))


def _whole(line: str, _language: str) -> Iterator[str]:
    """A line that is one sentence because somebody says so."""
    yield line


def _sentences(line: str, language: str) -> Iterator[str]:
    """The sentences of one line, each with the spaces after it."""
    if _ONE_SENTENCE.fullmatch(line):
        yield line
        return
    plain = line.translate(_PLAIN)
    if "@" in line or ":" in line or "www." in line:
        plain = ADDRESS.sub(lambda match: "x" * len(match[0]), plain)
    begin = 0
    for end in _ends(plain, language):
        yield line[begin:end]
        begin = end


def _ends(plain: str, language: str) -> Iterator[int]:
    """Where each sentence ends, the last one at the end of the line.

    A window's last sentence may go on behind it and is looked at again with what follows, unless
    it fills half of the window: then the next window continues it, so that every step advances.
    Only a line longer than a window can be affected: a quotation that crosses its edge is split
    at the sentences in it.
    """
    start = 0
    while len(plain) - start > _WINDOW:
        cut = plain.rfind(" ", start + _WINDOW // 2, start + _WINDOW) + 1 or start + _WINDOW
        *ends, last = _library_ends(plain[start:cut], language)
        for end in ends:
            if not _goes_on(plain, start + end):
                yield start + end
        start += ends[-1] if ends and last - ends[-1] <= _WINDOW // 2 else last
    for end in _library_ends(plain[start:], language):
        if start + end == len(plain) or not _goes_on(plain, start + end):
            yield start + end


def _library_ends(plain: str, language: str) -> list[int]:
    """Where the library ends sentences; the end alone if it fails. Never empty."""
    try:
        parts = sentencex.segment(language, plain)
    except BaseException as error:
        # A panic of Rust is no Exception and cannot be imported. One long sentence is better than
        # a worker that dies; everything else is not ours to catch.
        if type(error).__name__ != "PanicException":
            raise
        return [len(plain)]
    ends, end = [], 0
    for part in parts:
        end += len(part)
        ends.append(end)
    return ends if end == len(plain) else [len(plain)]


def _goes_on(plain: str, end: int) -> bool:
    """Whether the library split behind an initial: `M. et Mme Martin`, `J.-C. Dupont`."""
    head = plain[max(0, end - 12) : end]
    initial = _INITIAL.search(head)
    if initial is None:
        return False
    after = plain[end : end + 1]
    return after.islower() or after == "-" or initial[0].startswith("-")
