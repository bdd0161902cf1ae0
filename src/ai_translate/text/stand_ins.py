"""Words that stand in a sentence for what no model may touch, and are taken out of its translation.

A model copies what it has often seen copied: names of people and places, and numbers. It has not
seen brackets with a number in them. `benchmarks/placeholders.py` measures which words survive.

A term of a glossary is at first its own stand-in: the translation that it is to have, in the
middle of the source. `benchmarks/glossaries.py` measures what becomes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ai_translate.text.edges import edges
from ai_translate.text.protect import Span

__all__ = ["ATTEMPTS", "Masked", "masked", "unended"]

ATTEMPTS: Final = 3
"""How many different stand-ins are worth trying."""

_NAMES: Final = ("Tom", "Boston", "Tokyo", "Chicago", "Kyoto", "Paris")
_COUNTS: Final = ("25", "60", "20", "100", "80", "15")
# Where it stands for a common noun, one of these survives more often than the others.
_THINGS: Final = ("Tokyo", "Kyoto", "Paris", "Boston", "Chicago", "Tom")
# Scripts without spaces have a stand-in among their letters; Latin ones do not.
_LATIN: Final = "A-Za-z0-9_À-ɏ"
_APART: Final = (f"(?<![{_LATIN}])", f"(?![{_LATIN}])")
_AT_EDGE: Final = (re.compile(f"[{_LATIN}]\\Z"), re.compile(f"[{_LATIN}]"))
# Between parts that are as good as one: `{first} {last}`, `%s/%s`.
_LONGEST_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence with stand-ins.

    Attributes:
        text: What a model should see of the sentence.
        stand_ins: Each stand-in with what it stands for, in order.
        before: What stands before its translation.
        behind: What stands behind its translation.
    """

    text: str
    stand_ins: tuple[tuple[str, str], ...]
    before: str = ""
    behind: str = ""

    def restored(self, translation: str) -> str | None:
        """A translation with what the stand-ins stand for; None unless each is there just once."""
        originals = dict(self.stand_ins)
        if originals:
            form = "|".join(re.escape(word) for word in originals)
            found = re.findall(form, translation)
            whole = re.findall(f"{_APART[0]}(?:{form}){_APART[1]}", translation)
            if sorted(found) != sorted(originals) or whole != found:
                return None
            translation = re.sub(form, lambda match: originals[match[0]], translation)
        if self.behind:
            translation = unended(translation, self.text)
        return f"{self.before}{translation}{self.behind}"

    def told(self, message: str) -> str:
        """A message about the sentence, in the caller's words."""
        originals = dict(self.stand_ins)
        if not originals:
            return message
        form = "|".join(re.escape(word) for word in originals)
        return re.sub(
            f"{_APART[0]}(?:{form}){_APART[1]}", lambda match: originals[match[0]], message
        )


def masked(sentence: str, spans: Sequence[Span], attempt: int) -> Masked | None:
    """A sentence with a stand-in for each of its spans; None if that cannot be.

    There are only so many, and none can be told from a word that stands right at it. A term has
    none in the first attempt: there it is what it is to become.

    Args:
        sentence: One sentence.
        spans: In order and apart from each other.
        attempt: From 0; each has others.
    """
    begin, finish = edges(sentence, [span for span in spans if span.kind != "term"])
    inside = [span for span in spans if begin <= span.start and span.end <= finish]
    taken = sentence.casefold()
    words = {True: _free(_COUNTS, taken, attempt), False: _free(_NAMES, taken, attempt)}
    things = _free(_COUNTS if attempt > 1 else _THINGS, taken, 0)
    used: set[str] = set()
    parts: list[str] = []
    stand_ins: list[tuple[str, str]] = []
    at = begin
    for group in _groups(sentence, inside):
        start, end = group[0].start, group[-1].end
        at, behind = end, at
        if group[0].kind == "term" and not attempt:
            parts += [sentence[behind:start], group[0].instead]
            continue
        if group[0].kind == "term":
            free = things
        else:
            free = words[any(span.kind == "count" for span in group)]
        word = next((one for one in free if one not in used), None)
        glued = _AT_EDGE[0].search(sentence, behind, start) or _AT_EDGE[1].match(
            sentence, end, finish
        )
        if word is None or glued:
            return None
        used.add(word)
        parts += [sentence[behind:start], word]
        stand_ins.append((word, group[0].instead or sentence[start:end]))
    parts.append(sentence[at:finish])
    return Masked("".join(parts), tuple(stand_ins), sentence[:begin], sentence[finish:])


def unended(translation: str, source: str) -> str:
    """A translation without a full stop that its source, a part of a sentence, does not have."""
    if source.endswith((".", "。", "!", "?", "…")) or translation.endswith(".."):
        return translation
    return translation.removesuffix(".").rstrip()


def _free(words: Sequence[str], taken: str, attempt: int) -> Iterator[str]:
    """Those that the sentence does not have itself, beginning with others in each attempt."""
    first = attempt % len(words)
    return (word for word in (*words[first:], *words[:first]) if word.casefold() not in taken)


def _groups(sentence: str, spans: Sequence[Span]) -> Iterator[list[Span]]:
    group: list[Span] = []
    for span in spans:
        gap = sentence[group[-1].end : span.start] if group else ""
        alone = group and "term" in {group[-1].kind, span.kind}
        if group and (alone or len(gap) > _LONGEST_GAP or any(map(str.isalnum, gap))):
            yield group
            group = []
        group.append(span)
    if group:
        yield group
