"""Where the translation of a part of a sentence is in the translation of the whole sentence.

Three things tell, none of them surely: words that both languages write alike (names, numbers,
kindred words), the translation of the part alone, which begins many words as they begin in the
sentence, and the place, counted between words that are certain. ADR 0014 has what each is worth.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Pair", "Word", "words_of"]

# Scripts that put no spaces between words: each letter is as good as a word.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+['’]?|[^\w\s]"

_NEAR: Final = 1.0
_ALIKE: Final = 2.0
_TOLD: Final = 2.0
_OTHER_SORT: Final = 2.0
_MOST: Final = 2.0  # what one word may weigh
_LENGTH: Final = 0.5
_ANCHOR: Final = 0.7
_LONG_ENOUGH: Final = 4  # shorter words are alike by chance
# Steps beyond which the place alone tells, so that no sentence takes long.
_MOST_STEPS: Final = 400_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a sign of a text.

    Attributes:
        start: Its first character.
        end: Behind its last one.
        form: The same in small letters without accents.
    """

    start: int
    end: int
    form: str

    @property
    def spoken(self) -> bool:
        """Whether it is a word rather than a sign."""
        return self.form[:1].isalnum()


def words_of(text: str, whole: Iterable[str] = ()) -> list[Word]:
    """The words and signs of a text, in order.

    Args:
        text: Any string.
        whole: Parts that count as one word wherever they stand.
    """
    parts = "|".join(re.escape(part) for part in sorted(set(whole), key=len, reverse=True) if part)
    form = re.compile(f"{parts}|{_WORD}") if parts else re.compile(_WORD)
    return [Word(m.start(), m.end(), _folded(m[0])) for m in form.finditer(text)]


class Pair:
    """A sentence and its translation, word by word.

    Args:
        source: The sentence's words.
        target: Those of its translation.
        asked: How often it will be asked; many questions get quicker answers.
    """

    def __init__(self, source: Sequence[Word], target: Sequence[Word], asked: int) -> None:
        self._source = source
        self._target = target
        self._forms = [word.form for word in target]
        size = len(source) * len(target) + len(target) ** 2
        self._quick = size * max(asked, 1) > _MOST_STEPS or not source or not target
        if self._quick:
            return
        self._source_places = _places(source)
        self._target_places = _places(target)
        self._alike = [[_alike(one.form, other.form) for other in target] for one in source]
        self._expected = self._anchored()

    def find(
        self, first: int, last: int, told: str, free: Sequence[tuple[int, int]]
    ) -> tuple[int, int] | None:
        """The words of the translation that say what a part of the sentence says.

        Args:
            first: The part's first word, by its place among the sentence's words.
            last: Behind its last one.
            told: A translation of the part alone; may be empty.
            free: Where to look: ranges of the translation's words.

        Returns:
            The first of these words and behind the last one; None if there is nothing to look at.
        """
        if not any(begin < end for begin, end in free):
            return None
        if (found := self._as_told(told, free)) is not None:
            return found
        if self._quick:
            return self._by_place(first, last, free)
        weights = self._weights(first, last, told)
        wanted = self._length(first, last)
        best: tuple[float, int, int] | None = None
        for begin, end in free:
            for i in range(begin, end):
                total = 0.0
                for j in range(i, end):
                    total += weights[j]
                    length = self._target[j].end - self._target[i].start
                    value = total - _LENGTH * abs(math.log(length / wanted))
                    if best is None or value > best[0]:
                        best = (value, i, j + 1)
        return None if best is None else (best[1], best[2])

    def _as_told(self, told: str, free: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
        """Where the part's own translation stands word by word, if that is just one place."""
        forms = [word.form for word in words_of(told)]
        while forms and not forms[-1][0].isalnum():
            forms.pop()  # a part that is translated alone often gets a full stop
        found = [
            i
            for begin, end in free
            for i in range(begin, end - len(forms) + 1)
            if forms and self._forms[i] == forms[0] and self._forms[i : i + len(forms)] == forms
        ]
        return (found[0], found[0] + len(forms)) if len(found) == 1 else None

    def _length(self, first: int, last: int) -> float:
        """How many characters of the translation the part will take."""
        part = self._source[last - 1].end - self._source[first].start
        return max(1.0, part * self._target[-1].end / self._source[-1].end)

    def _weights(self, first: int, last: int, told: str) -> list[float]:
        """For each word of the translation, how much more it belongs to the part than not."""
        hints = [word.form for word in words_of(told) if len(word.form) >= _LONG_ENOUGH]
        spread = _NEAR * math.sqrt(len(self._target))
        weights = []
        for j, word in enumerate(self._target):
            hint = max((_alike(form, word.form) for form in hints), default=0.0)
            inside = outside = -math.inf
            for i, other in enumerate(self._source):
                value = _ALIKE * self._alike[i][j]
                value -= spread * abs(self._expected[i] - self._target_places[j])
                if other.spoken != word.spoken:
                    value -= _OTHER_SORT
                if first <= i < last:
                    inside = max(inside, value + _TOLD * hint)
                else:
                    outside = max(outside, value)
            weights.append(max(-_MOST, min(_MOST, inside - outside)))
        return weights

    def _anchored(self) -> list[float]:
        """Where each word of the sentence is expected, from 0 to 1, between those that are sure."""
        anchors = [(0.0, 0.0), (1.0, 1.0)]
        for i, row in enumerate(self._alike):
            if len(self._source[i].form) < _LONG_ENOUGH:
                continue
            found = [j for j, value in enumerate(row) if value >= _ANCHOR]
            if len(found) == 1 and sum(r[found[0]] >= _ANCHOR for r in self._alike) == 1:
                anchors.append((self._source_places[i], self._target_places[found[0]]))
        anchors.sort()
        expected = []
        at = 0
        for place in self._source_places:
            while at < len(anchors) - 2 and anchors[at + 1][0] < place:
                at += 1
            (x0, y0), (x1, y1) = anchors[at], anchors[at + 1]
            expected.append(y0 + (y1 - y0) * (place - x0) / (x1 - x0) if x1 > x0 else y0)
        return expected

    def _by_place(
        self, first: int, last: int, free: Sequence[tuple[int, int]]
    ) -> tuple[int, int] | None:
        ratio = len(self._target) / max(1, len(self._source))
        begin, end = round(first * ratio), max(round(last * ratio), round(first * ratio) + 1)
        for low, high in free:
            if low < high and (begin < high or (low, high) == free[-1]):
                i = min(max(begin, low), high - 1)
                return i, min(max(end, i + 1), high)
        return None


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)) or word


def _alike(one: str, other: str) -> float:
    """How alike two words are, from 0 to 1, by what they begin with."""
    if one == other:
        return 1.0
    if one[0] != other[0]:
        return 0.0
    longest = max(len(one), len(other))
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return common / longest if common >= _LONG_ENOUGH or common >= 0.6 * longest else 0.0


def _places(words: Sequence[Word]) -> list[float]:
    length = words[-1].end
    return [(word.start + word.end) / 2 / length for word in words]
