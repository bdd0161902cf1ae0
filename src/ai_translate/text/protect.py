"""What must come back as it was written: placeholders, addresses, code, mentions, emoji.

Found by their form alone, before a text is taken apart into sentences. A text without any of the
signs that they begin with is not searched at all.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ai_translate.text.words import ADDRESS

__all__ = ["Kind", "Span", "blanked", "joined_spans", "protected_spans"]

Kind = Literal["placeholder", "count", "address", "code", "path", "name", "emoji", "kept", "term"]
"""What a span is: a placeholder, one that will be a number, a web or e-mail address, code, a path,
a mention or tag, emoji, what the caller wants to be kept, or a term of a glossary."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that no model may touch.

    Attributes:
        start: Its first character.
        end: Behind its last one.
        kind: What it is.
        instead: What a term is to become; everything else stays as it is.
    """

    start: int
    end: int
    kind: Kind
    instead: str = ""

    def moved(self, by: int) -> Span:
        """The same part, in a text that begins so many characters later."""
        return replace(self, start=self.start - by, end=self.end - by)


# Nothing is found in a text that has none of these.
_EMOJI: Final = "\U0001f000-\U0001faff☀-➿⬀-⯿️‍\U000e0020-\U000e007f⃣"
_JOINING: Final = "\ufe0f\u200d\U000e0020-\U000e007f\u20e3"  # no emoji of their own
_KEYCAP: Final = r"\d\ufe0f?\u20e3"
_SIGNS: Final = re.compile(rf"[{{%$<@#:`/\\{_EMOJI}]|www\.")

# Printf of C and of Objective-C, with a place (`%1$s`). A space before the letter is no flag here:
# `100% sure` is no placeholder.
_PRINTF: Final = (
    r"(?<![\d%])%(?:\d{1,2}\$)?[-+#0]{0,3}\d{0,3}(?:\.\d{1,3})?(?:hh?|ll?|[Lqjzt])?"
    r"(?:[diufFeEgGxXo](?![A-Za-z])|[di](?=px\b|em\b|ms\b)|[sSc@pa](?![A-Za-z]))|%%"
)
_FORMS: Final[tuple[tuple[Kind, str], ...]] = (
    ("code", r"`[^`\n]{1,200}`"),
    ("placeholder", r"\{\{[^{}\n]{1,100}\}\}"),
    ("placeholder", r"[$#%]\{[^{}\n]{1,100}\}"),
    ("placeholder", r"%\([\w.]{1,60}\)[-+#0]{0,3}\d{0,3}(?:\.\d{1,3})?[sdifrgx]"),
    ("placeholder", _PRINTF),
    ("placeholder", r"\{[A-Za-z_][\w.\-\[\]]{0,60}(?:![rsa])?(?::[^{}\s]{0,20})?\}"),
    ("placeholder", r"\{\d{0,3}(?::[^{}\s]{0,20})?\}"),
    ("placeholder", r"<%=?[^<>%\n]{1,100}%>"),
    ("placeholder", r"</?\d{1,3}\s?/?>|</?[A-Za-z][\w:.-]{0,40}(?:\s[^<>\n]{0,200})?/?>"),
    ("placeholder", r"(?<![\w:]):[a-z_][a-z0-9_]{1,40}(?![\w:])"),
    ("address", ADDRESS.pattern),
    ("path", r"(?<![\w:/\\])[A-Za-z]:\\[^\s\"<>|]{1,200}"),
    ("path", r"(?<![\w/.<])(?:~|\.{1,2})?/(?:[\w.@+-]{1,60}/){0,20}[\w.@+-]{0,60}\w"),
    ("path", r"(?<![\w/.])(?:[\w.-]{1,60}/){1,20}[\w-]{1,60}\.[A-Za-z][A-Za-z0-9]{0,4}(?!\w)"),
    ("name", r"(?<![\w@.])@\w[\w.-]{0,60}(?<![.-])"),
    ("name", r"(?<![\w#&])#[^\W\d]\w{0,60}"),
    ("emoji", rf"(?:{_KEYCAP}|(?![{_JOINING}])[{_EMOJI}])(?:{_KEYCAP}|[{_EMOJI}])*"),
)
_FORM: Final = re.compile("|".join(f"(?P<f{i}>{form})" for i, (_, form) in enumerate(_FORMS)))
_ICU: Final = re.compile(
    r"\{\s*[\w.-]{1,60}\s*,\s*(plural|selectordinal|select|number|date|time|choice|spellout|ordinal"
    r"|duration)\s*[,}]"
)
_LONGEST_GLUED: Final = 12
_GLUED_BEFORE: Final = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]{1,11}\Z")
_GLUED_BEHIND: Final = re.compile(r"[A-Za-z0-9_]{1,11}(?![A-Za-z0-9_])")
# Names that people give to what will be a number.
_COUNTS: Final = re.compile(
    r"%(?:\d\$)?[-+#0\d.]*(?:hh?|ll?|[Lqjzt])?[diufg]\Z"
    r"|[^A-Za-z]*(?:n|num|nb|count|counter|total|number|amount|quantity|qty|size|index|year|age"
    r"|percent|price|minutes|hours|days|seconds|\w*_?(?:count|total|number|amount))[^A-Za-z]*\Z",
    re.IGNORECASE,
)
_COUNTED_ICU: Final = frozenset({"plural", "selectordinal", "number"})


def protected_spans(text: str, kept: Sequence[str] = ()) -> list[Span]:
    """The parts of a text that must pass as they are, in order and apart from each other.

    Args:
        text: Any string.
        kept: What the caller wants to be kept wherever it stands; words only as whole words.
    """
    found = list(_kept(text, kept)) if kept else []
    if _SIGNS.search(text):
        found += (_with_what_is_glued(text, span) for span in _by_form(text))
    return joined_spans(found) if len(found) > 1 else found


def blanked(text: str, spans: Iterable[Span], filling: str) -> str:
    """A text of the same length whose protected parts are filled with one character."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], filling * (span.end - span.start)]
        at = span.end
    return "".join([*parts, text[at:]])


def _by_form(text: str) -> Iterator[Span]:
    messages = deque(_icu_messages(text))
    match = _FORM.search(text)
    at = 0
    while True:
        while messages and messages[0].start < at:
            messages.popleft()
        # Looked for again only where the last one found has been passed: whatever is in a text, no
        # part of it is searched over and over.
        if match is not None and match.start() < at:
            match = _FORM.search(text, at)
        if messages and (match is None or messages[0].start <= match.start()):
            message = messages.popleft()
            yield message
            at = message.end
        elif match is not None:
            kind = _FORMS[int((match.lastgroup or "f0")[1:])][0]
            if kind == "placeholder" and _COUNTS.match(match[0]):
                kind = "count"
            yield Span(match.start(), match.end(), kind)
            at = match.end()
        else:
            return


def _with_what_is_glued(text: str, span: Span) -> Span:
    """A placeholder with a few letters that stand right at it, such as `{width}px`."""
    if span.kind not in {"placeholder", "count"} or text[span.start] == "<":
        return span
    before = _GLUED_BEFORE.search(text, max(0, span.start - _LONGEST_GLUED), span.start)
    behind = _GLUED_BEHIND.match(text, span.end)
    return Span(
        before.start() if before else span.start, behind.end() if behind else span.end, span.kind
    )


def _icu_messages(text: str) -> list[Span]:
    """The outermost messages of ICU, each with those inside it, up to the brace that closes it."""
    begins = {match.start(): match[1] for match in _ICU.finditer(text)}
    if not begins:
        return []
    found: list[Span] = []
    opened: list[int] = []
    for brace in re.finditer("[{}]", text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened and (start := opened.pop()) in begins:
            while found and found[-1].start > start:
                found.pop()
            counted = begins[start] in _COUNTED_ICU
            found.append(Span(start, brace.end(), "count" if counted else "placeholder"))
    return found


def _kept(text: str, kept: Sequence[str]) -> Iterator[Span]:
    forms = sorted({form for form in kept if form}, key=len, reverse=True)
    if not forms:
        return
    pattern = "|".join(
        (r"(?<!\w)" if form[0].isalnum() else "")
        + re.escape(form)
        + (r"(?!\w)" if form[-1].isalnum() else "")
        for form in forms
    )
    for match in re.finditer(pattern, text):
        yield Span(match.start(), match.end(), "kept")


def joined_spans(found: Iterable[Span]) -> list[Span]:
    """Spans in order; of those that overlap, one that reaches over all of them."""
    joined: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            joined.append(span)
    return joined
