"""Fields of Word: an instruction, and the result that it had when it was last carried out.

The result of a link or of a table of contents is text that a translator must see. That of a date,
a page number or a field of a form letter is not: Word writes it anew, in a language of its own
choice, and such a field stays as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from ai_translate.errors import TooLarge
from ai_translate.text.documents.nodes import Atom, Fixed, Node, Span, leaves_of

__all__ = ["Fields", "is_translated"]

_TRANSLATED: Final = {
    "HYPERLINK", "TOC", "TOA", "INDEX", "REF", "STYLEREF", "QUOTE", "INCLUDETEXT", "FORMTEXT",
}  # fmt: skip
_MOST_DEPTH: Final = 20


def is_translated(name: str, instruction: str | None) -> bool:
    """Whether the text in an element is to be translated: in all but some `w:fldSimple`."""
    return name != "w:fldSimple" or _kind_of(instruction or "") in _TRANSLATED


def _kind_of(instruction: str) -> str:
    return next(iter(instruction.split(None, 1)), "").upper()


@dataclass(slots=True)
class _Field:
    begin: int  # place of its first node
    result: int | None = None  # place behind the node that ends its instruction
    instruction: list[str] = field(default_factory=list)


class Fields:
    """Finds the fields among nodes while these come in.

    Args:
        nodes: The nodes, to which others add and in which fields take the place of their nodes.
    """

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._open: list[_Field] = []

    def instruct(self, text: str) -> None:
        """A piece of the instruction of the field that is open."""
        if self._open and self._open[-1].result is None:
            self._open[-1].instruction.append(text)

    def add(self, kind: str) -> None:
        """The last node is a `begin`, `separate` or `end` of a field.

        Raises:
            TooLarge: Too many fields stand in each other.
        """
        if kind == "begin":
            if len(self._open) == _MOST_DEPTH:
                raise TooLarge(f"More than {_MOST_DEPTH} fields of the document stand in another.")
            self._open.append(_Field(len(self._nodes) - 1))
        elif kind == "separate" and self._open:
            self._open[-1].result = len(self._nodes)
        elif kind == "end" and self._open:
            self._end(self._open.pop())
        else:
            self._bar(len(self._nodes) - 1, len(self._nodes))

    def finish(self) -> None:
        """Nothing more comes: no sentence goes across the beginning of a field that goes on."""
        for one in self._open:
            self._bar(one.begin, one.result or len(self._nodes))
        self._open.clear()

    def _end(self, one: _Field) -> None:
        nodes = self._nodes[one.begin :]
        opening = nodes[: (one.result or len(self._nodes)) - one.begin]
        rest = nodes[len(opening) : -1]
        made: Node = Atom(tuple(leaves_of(nodes)))
        if rest and _kind_of("".join(one.instruction)) in _TRANSLATED:
            begin = tuple(leaf for leaf in leaves_of(opening) if isinstance(leaf, Fixed))
            end = tuple(leaf for leaf in leaves_of(nodes[-1:]) if isinstance(leaf, Fixed))
            made = Span(begin, tuple(rest), end)
        self._nodes[one.begin :] = [made]

    def _bar(self, first: int, last: int) -> None:
        for place in range(first, last):
            node = self._nodes[place]
            if isinstance(node, Fixed):
                self._nodes[place] = replace(node, barrier=True)
