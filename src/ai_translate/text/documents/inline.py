"""Lines of formatted text, and how they are rewritten around a translation.

Word and Excel both write a line as runs: pieces of text, each with its look. A line is read into
nodes, cut where no sentence goes on (tabs, line breaks, ends of fields that go on elsewhere), and
each piece becomes one `Part`. Where all of it looks alike, that is plain text. Otherwise the look
that most of it has needs no tag; `<r id="1">…</r>` is a part that looks different, or a link, and
`<x id="2"/>` stays and takes the place of a word, as a picture does; `<m id="3"/>` stays between
words, as a footnote's mark does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ai_translate.text.documents.inline_tags import Tags
from ai_translate.text.documents.nodes import Atom, Fixed, Leaf, Look, Node, Span, Text, leaves_of
from ai_translate.text.documents.protocol import Part
from ai_translate.text.documents.xml_events import xml_text
from ai_translate.text.words import has_words

__all__ = ["rewritten"]

Translate = Callable[[Part], str]
Raw = Callable[[int, int], bytes]


def rewritten(nodes: Sequence[Node], translate: Translate, raw: Raw) -> bytes | None:
    """A line around its translation.

    Args:
        nodes: What it consists of.
        translate: Gives the translation of each part, asked for in order.
        raw: Gives the bytes between two places of the file, for what stays.

    Returns:
        The runs of the line anew, or None if no part of it has changed.
    """
    leaves: list[Leaf] = []
    changed = False
    for segment in _segments(_flat(nodes)):
        changed |= _translated(segment, translate, leaves)
    return _runs(leaves, raw) if changed else None


def _flat(nodes: Sequence[Node]) -> list[Node]:
    """The nodes, with no barrier inside a span: one that has any is opened at both its ends."""
    flat: list[Node] = []
    for node in nodes:
        if not isinstance(node, Span):
            flat.append(node)
            continue
        inner = _flat(node.nodes)
        if any(_is_barrier(one) for one in inner):
            flat += [replace(one, barrier=True) for one in node.opening]
            flat += inner
            flat += [replace(one, barrier=True) for one in node.closing]
        elif any(isinstance(one, Text | Span) for one in inner):
            flat.append(replace(node, nodes=tuple(inner)))
        else:
            flat.append(Atom((*node.opening, *leaves_of(inner), *node.closing)))
    return flat


def _is_barrier(node: Node) -> bool:
    return (isinstance(node, Fixed) and node.barrier) or (isinstance(node, Text) and node.kept)


def _segments(nodes: list[Node]) -> Iterator[list[Node]]:
    """Barriers each alone, and what stands between them together."""
    segment: list[Node] = []
    for node in nodes:
        if _is_barrier(node):
            if segment:
                yield segment
            yield [node]
            segment = []
        else:
            segment.append(node)
    if segment:
        yield segment


def _translated(nodes: list[Node], translate: Translate, leaves: list[Leaf]) -> bool:
    """Adds the leaves of a segment around its translation; whether it differs."""
    first, last = 0, len(nodes)
    while first < last and isinstance(nodes[first], Fixed | Atom):
        first += 1
    while last > first and isinstance(nodes[last - 1], Fixed | Atom):
        last -= 1
    leaves += leaves_of(nodes[:first])
    core = nodes[first:last]
    if len(core) == 1 and isinstance(core[0], Span):
        # A line that is a link as a whole needs no tag for it.
        span = core[0]
        leaves += span.opening
        changed = _translated(list(span.nodes), translate, leaves)
        leaves += span.closing
    elif any(_says_something(node) for node in core):
        tags = Tags(core)
        translation = translate(tags.part)
        changed = translation != tags.part.text
        leaves += tags.leaves(translation) if changed else leaves_of(core)
    else:
        changed = False
        leaves += leaves_of(core)
    leaves += leaves_of(nodes[last:])
    return changed


def _says_something(node: Node) -> bool:
    if isinstance(node, Span):
        return any(_says_something(one) for one in node.nodes)
    return isinstance(node, Text) and not node.kept and has_words(node.text)


class _Runs:
    """Leaves as runs: neighbours of one look share one, neighbouring texts share one element."""

    def __init__(self) -> None:
        self._out: list[bytes] = []
        self._look: Look | None = None
        self._text: list[str] = []

    def add_text(self, text: str, look: Look) -> None:
        self._change(look)
        self._text.append(text)

    def add_raw(self, data: bytes, look: Look | None) -> None:
        self._end_text()
        self._change(look)
        self._out.append(data)

    def finished(self) -> bytes:
        self._change(None)
        return b"".join(self._out)

    def _change(self, look: Look | None) -> None:
        if look is not None and self._look is not None and look.key == self._look.key:
            return
        self._end_text()
        if self._look is not None:
            self._out.append(self._look.closing)
        if look is not None:
            self._out.append(look.opening)
        self._look = look

    def _end_text(self) -> None:
        if self._look is not None and self._text:
            text = xml_text("".join(self._text)).encode()
            self._out += (self._look.text_opening, text, self._look.text_closing)
            self._text.clear()


def _runs(leaves: Sequence[Leaf], raw: Raw) -> bytes:
    runs = _Runs()
    for leaf in leaves:
        if isinstance(leaf, Fixed):
            runs.add_raw(raw(leaf.start, leaf.end), leaf.look)
        elif leaf.text:
            runs.add_text(leaf.text, leaf.look)
    return runs.finished()
