"""The runs of a paragraph of Word: pieces of one look."""

from __future__ import annotations

from typing import Final

from ai_translate.text.documents.nodes import Look
from ai_translate.text.documents.xml_events import end_of_tag, prefix_at

__all__ = ["CODE_PARAGRAPHS", "Run"]

CODE_PARAGRAPHS: Final = {"HTMLPreformatted", "SourceCode", "Code", "CodeBlock"}
"""Styles of paragraphs that hold code, which no one wants translated."""

_CODE: Final = {
    "HTMLCode", "HTMLKeyboard", "HTMLSample", "VerbatimChar", "Code", "CodeChar", "InlineCode",
    "SourceCodeChar",
}  # fmt: skip
# What is set for the program and not for the reader.
_UNSEEN: Final = {"w:lang", "w:noProof", "w:rPrChange", "w:specVanish"}
_SHOW_SPACES: Final = {
    "w:u", "w:strike", "w:dstrike", "w:highlight", "w:shd", "w:bdr", "w:effect", "w:rStyle",
    "w:em",
}  # fmt: skip
_OFF: Final = {"0", "false", "off"}


class Run:
    """A run while it is open.

    Args:
        data: The file.
        at: Where its first tag begins.
        is_hidden: Whether its text is not to be translated.
    """

    def __init__(self, data: bytes, at: int, is_hidden: bool) -> None:
        self._data = data
        self._at = at
        self._end = end_of_tag(data, at)
        self._properties: tuple[int, int] = (0, 0)
        self._key: list[tuple[object, ...]] = []
        self._shows_spaces = False
        self._look: Look | None = None
        self._skips = 0  # how deep the element stands whose content is not seen
        self.is_hidden = is_hidden
        self.is_code = False

    def note(self, name: str, attributes: dict[str, str], depth: int) -> None:
        """Something of its properties, and how many elements it stands in."""
        if self._skips and depth > self._skips:
            return
        self._skips = 0
        value = attributes.get("w:val", "")
        if name in _UNSEEN:
            self._skips = depth
            return
        if name == "w:vanish" and value not in _OFF:
            self.is_hidden = True
        if name == "w:rStyle" and value in _CODE:
            self.is_hidden = self.is_code = True
        self._shows_spaces |= name in _SHOW_SPACES
        self._key.append((depth, name, *sorted(attributes.items())))

    def properties_end(self, end: int) -> None:
        """Its properties, which come first, end here."""
        self._properties = (self._end, end)

    @property
    def look(self) -> Look:
        """How it looks."""
        if self._look is None:
            tag = self._data[self._at : self._end]
            of = prefix_at(self._data, self._at)
            start, end = self._properties
            self._look = Look(
                tuple(self._key),
                tag.removesuffix(b"/>").removesuffix(b">") + b">" + self._data[start:end],
                b"</" + of + b"r>",
                b"<" + of + b't xml:space="preserve">',
                b"</" + of + b"t>",
                self._shows_spaces,
            )
        return self._look
