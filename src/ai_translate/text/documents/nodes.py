"""What a line of formatted text consists of."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Atom", "Fixed", "Leaf", "Look", "Node", "Span", "Text", "leaves_of"]


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks, and the markup of a run that looks so.

    Attributes:
        key: Equal for looks that a reader cannot tell apart.
        opening: What begins a run.
        closing: What ends it.
        text_opening: What begins text in it.
        text_closing: What ends it.
        shows_spaces: Whether even a space can be told from one of another look: underlined ones.
    """

    key: Hashable
    opening: bytes
    closing: bytes
    text_opening: bytes
    text_closing: bytes
    shows_spaces: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """Text of one look.

    Attributes:
        text: It, without escapes.
        look: How it looks.
        kept: Whether it stays as it is, and no sentence goes across it.
    """

    text: str
    look: Look
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """Markup that stays.

    Attributes:
        start: Its first byte in the file.
        end: Behind its last one.
        look: That of the run that it stands in; None if it stands between runs.
        barrier: Whether no sentence goes across it.
        mark: Of the begin or the end of a range, such as a bookmark: its kind and number, and
            whether it is the end.
        spoken: Whether it takes the place of a word, as code does, or a picture.
    """

    start: int
    end: int
    look: Look | None = None
    barrier: bool = False
    mark: tuple[str, bool] | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """Some leaves that stay together and as they are, such as a field whose result is a date."""

    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Nodes in something that has a begin and an end, such as a link."""

    opening: tuple[Fixed, ...]
    nodes: tuple[Node, ...]
    closing: tuple[Fixed, ...]


Leaf = Text | Fixed
Node = Text | Fixed | Atom | Span


def leaves_of(nodes: Iterable[Node]) -> Iterator[Leaf]:
    """All that is written, in order."""
    for node in nodes:
        if isinstance(node, Atom):
            yield from node.leaves
        elif isinstance(node, Span):
            yield from node.opening
            yield from leaves_of(node.nodes)
            yield from node.closing
        else:
            yield node
