"""Puts the tags of a sentence into its translation.

Whatever the translation is, every tag is in it just once, and elements stay inside each other as
they were. Where they stand is found in `locating`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ai_translate.text.locating import Pair, Word, words_of
from ai_translate.text.markup.marks import Marks, Node

__all__ = ["placed"]


def placed(
    marks: Marks, sentence: str, translation: str, told: Mapping[str, str], whole: Iterable[str]
) -> str:
    """A sentence's translation with its tags, as markup.

    Args:
        marks: Those of the sentence.
        sentence: Its text.
        translation: What became of that.
        told: Translations of the texts of its elements, as far as there are some.
        whole: Parts of the sentence that its translation has as they are, and that no tag enters.
    """
    if translation == sentence:
        return marks.source or sentence
    translation = marks.glued(sentence, translation)
    if not marks.nodes:
        return marks.written(translation)
    found = _Placing(marks, sentence, translation, told, list(whole)).done()
    return f"{marks.lead}{found}{marks.trail}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is in the translation, and what is in it."""

    start: int
    end: int
    node: Node
    inside: tuple[_Place, ...] = ()


class _Placing:
    def __init__(
        self,
        marks: Marks,
        sentence: str,
        translation: str,
        told: Mapping[str, str],
        whole: Sequence[str],
    ) -> None:
        self._marks = marks
        self._sentence = sentence
        self._translation = translation
        self._told = told
        self._source = words_of(sentence, whole)
        self._target = words_of(translation, whole)
        asked = sum(1 for _ in marks.elements())
        self._pair = Pair(self._source, self._target, asked)

    def done(self) -> str:
        nodes = self._marks.nodes
        length = len(self._translation)
        inside = self._among(nodes, (0, len(self._sentence)), (0, length))
        return "".join(self._written(0, length, inside))

    def _written(self, start: int, end: int, inside: Sequence[_Place]) -> Iterator[str]:
        at = start
        for place in inside:
            yield self._marks.written(self._translation[at : place.start])
            yield place.node.opening
            yield from self._written(place.start, place.end, place.inside)
            yield place.node.closing
            at = place.end
        yield self._marks.written(self._translation[at:end])

    def _among(
        self, nodes: Sequence[Node], source: tuple[int, int], target: tuple[int, int]
    ) -> tuple[_Place, ...]:
        """Places for nodes that stand beside each other, inside a part of the translation.

        Args:
            nodes: In order.
            source: The part of the sentence that they are in.
            target: The part of the translation.
        """
        taken: list[_Place] = []
        # First those that go on beyond the sentence: they hold an edge of it.
        elements = [node for node in nodes if node.start < node.end]
        for node in sorted(elements, key=lambda one: bool(one.opening and one.closing)):
            place = self._range(node, source, target, taken)
            inside = self._among(node.children, (node.start, node.end), place)
            taken.append(_Place(*place, node, inside))
        points = []
        for node in nodes:
            if node.start == node.end:
                at = self._point(node, source, target, taken)
                points.append(_Place(at, at, node))
        order = {id(node): rank for rank, node in enumerate(nodes)}
        return tuple(
            sorted(
                [*taken, *points],
                key=lambda place: (place.start, place.end, order[id(place.node)]),
            )
        )

    def _range(
        self,
        node: Node,
        source: tuple[int, int],
        target: tuple[int, int],
        taken: Sequence[_Place],
    ) -> tuple[int, int]:
        if not self._sentence[source[0] : node.start].strip() and not (
            self._sentence[node.end : source[1]].strip()
        ):
            return _trimmed(self._translation, *target)
        if (part := self._part_of_word(node, target, taken)) is not None:
            return part
        words = _between(self._source, node.start, node.end)
        free = self._free(target, taken)
        told = self._told.get(self._sentence[node.start : node.end].strip(), "")
        found = self._pair.find(*words, told, free) if words[0] < words[1] else None
        if found is None:
            at = self._point(node, source, target, taken)
            return (at, at)
        start, end = self._target[found[0]].start, self._target[found[1] - 1].end
        if not node.opening:
            start = min(start, _trimmed(self._translation, *target)[0])
        if not node.closing:
            end = max(end, _trimmed(self._translation, *target)[1])
        return self._apart(start, end, taken)

    def _part_of_word(
        self, node: Node, target: tuple[int, int], taken: Sequence[_Place]
    ) -> tuple[int, int] | None:
        """Where a part of a word is, if the translation has that word: `H<sub>2</sub>O`."""
        text = self._sentence
        before = _word_edge(text, node.start, -1)
        behind = _word_edge(text, node.end, 1)
        if before == node.start and behind == node.end:
            return None
        head, tail = text[before : node.start], text[node.end : behind]
        whole = text[before:behind].casefold()
        ordinal = head.isdecimal()  # `1<sup>st</sup>` has the same place in `1er`
        for word in self._target[slice(*_between(self._target, *target))]:
            start, end = word.start + len(head), word.end - len(tail)
            form = self._translation[word.start : word.end]
            fits = form.casefold() == whole or (ordinal and form.startswith(head) and not tail)
            if fits and start < end and not any(p.start < end and start < p.end for p in taken):
                return start, end
        return None

    def _free(self, target: tuple[int, int], taken: Sequence[_Place]) -> list[tuple[int, int]]:
        begin, end = _between(self._target, *target)
        free = []
        for place in sorted(taken, key=lambda one: one.start):
            first, last = _between(self._target, place.start, place.end)
            if place.start < place.end:
                free.append((begin, first))
                begin = max(begin, last)
        return [*free, (begin, end)]

    def _apart(self, start: int, end: int, taken: Sequence[_Place]) -> tuple[int, int]:
        """A range that reaches over none of those that are taken."""
        for place in taken:
            if place.start < end and start < place.end:
                if place.start > start:
                    end = place.start
                else:
                    start = min(place.end, end)
        return (start, max(start, end))

    def _point(
        self,
        node: Node,
        source: tuple[int, int],
        target: tuple[int, int],
        taken: Sequence[_Place],
    ) -> int:
        """Where a point stands: at the word at which it stood."""
        at = self._somewhere(node, source, target)
        for place in taken:
            if place.start < at < place.end:
                return place.end
        return at

    def _somewhere(self, node: Node, source: tuple[int, int], target: tuple[int, int]) -> int:
        text = self._sentence
        start, end = _trimmed(self._translation, *target)
        if not text[source[0] : node.start].strip():
            return start
        if not text[node.start : source[1]].strip():
            return end
        glued_behind = text[node.start - 1].isspace() and not text[node.start].isspace()
        words = _between(self._source, source[0], source[1])
        before = [i for i in range(*words) if self._source[i].end <= node.start]
        behind = [i for i in range(*words) if self._source[i].start >= node.start]
        free = [_between(self._target, *target)]
        chosen = behind[:1] if glued_behind and behind else before[-1:] or behind[:1]
        found = self._pair.find(chosen[0], chosen[0] + 1, "", free) if chosen else None
        if found is None:
            return end
        word = self._target[found[0]]
        return word.start if chosen == behind[:1] else word.end


def _between(words: Sequence[Word], start: int, end: int) -> tuple[int, int]:
    """The words that a range of characters touches, as a range."""
    first = next((i for i, word in enumerate(words) if word.end > start), len(words))
    last = next((i for i in range(first, len(words)) if words[i].start >= end), len(words))
    return first, max(first, last)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    if not part.strip():
        return start, end
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _word_edge(text: str, at: int, step: int) -> int:
    """Where the word ends that a place is in, if it is inside of one."""
    inside = 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
    while inside and 0 < at < len(text) and text[at - 1 if step < 0 else at].isalnum():
        at += step
    return at
