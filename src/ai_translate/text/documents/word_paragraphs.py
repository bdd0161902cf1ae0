"""Reads the paragraphs of a file of Word, wherever they stand, and rewrites each when it ends.

A paragraph in a text box stands in a run of another paragraph; the inner one ends, and is
rewritten, first.
"""

from __future__ import annotations

from typing import Final

from ai_translate.errors import BrokenDocument, TooLarge
from ai_translate.text.documents.edits import Edits
from ai_translate.text.documents.inline import Translate, rewritten
from ai_translate.text.documents.nodes import Fixed, Node, Span, Text
from ai_translate.text.documents.word_fields import Fields, is_translated
from ai_translate.text.documents.word_runs import CODE_PARAGRAPHS, Run
from ai_translate.text.documents.xml_events import end_of_tag

__all__ = ["Paragraphs"]

# What holds runs and is held by a paragraph; text in it is text of the paragraph.
_HOLDERS: Final = {
    "w:hyperlink", "w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w:sdt", "w:bdo", "w:dir",
    "w:fldSimple",
}  # fmt: skip
# What belongs to the beginning of one.
_HOLDERS_PROPERTIES: Final = {"w:smartTagPr", "w:customXmlPr", "w:sdtPr", "w:sdtEndPr"}
# What Word makes anew, and which would only stand in the way of a sentence.
_DROPPED: Final = {"w:proofErr", "w:lastRenderedPageBreak"}
_PICTURES: Final = {"w:drawing", "w:pict", "w:object"}
_BREAKS: Final = {"w:tab", "w:br", "w:cr", "w:ptab"}
_SIGNS: Final = {"w:noBreakHyphen": "\u2011", "w:softHyphen": "\u00ad"}
_MARKS: Final = {
    "w:bookmarkStart": ("bookmark", False),
    "w:bookmarkEnd": ("bookmark", True),
    "w:commentRangeStart": ("comment", False),
    "w:commentRangeEnd": ("comment", True),
    "w:permStart": ("permission", False),
    "w:permEnd": ("permission", True),
}
_MOST_NODES: Final = 100_000
_SPACES: Final = " \t\r\n"


class Paragraphs:
    """Listens to a file of Word.

    Args:
        data: The file.
        edits: Where changes go.
        translate: Gives the translation of each part, asked for in order.

    Raises:
        BrokenDocument: A paragraph stands where none may.
        TooLarge: A paragraph has too many pieces.
    """

    def __init__(self, data: bytes, edits: Edits, translate: Translate) -> None:
        self._data = data
        self._edits = edits
        self._translate = translate
        self._open: list[_Paragraph] = []

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        """An element begins."""
        if name == "w:p":
            if self._open and not self._open[-1].can_hold_others:
                raise BrokenDocument("The document cannot be read: a paragraph is part of another.")
            self._open.append(_Paragraph(self._data, at))
        elif self._open:
            self._open[-1].start(name, attributes, at)

    def end(self, name: str, inner: int, end: int) -> None:
        """An element ends; a paragraph is then rewritten."""
        if not self._open:
            return
        if name != "w:p":
            self._open[-1].end(name, inner, end)
            return
        paragraph = self._open.pop()
        nodes = paragraph.finished()
        data = rewritten(nodes, self._translate, self._edits.between)
        if data is not None:
            self._edits.put(paragraph.content, inner, data)

    def text(self, text: str) -> None:
        """A piece of text."""
        if self._open:
            self._open[-1].text(text)


class _Holder:
    """Something that holds runs, while it is open."""

    def __init__(self, name: str, start: int, opened: int) -> None:
        self.name = name
        self.start = start
        self.opened = opened
        self.closed = 0  # where its end begins, if that is before its last tag
        self.nodes: list[Node] = []
        self.fields = Fields(self.nodes)


class _Paragraph:
    """A paragraph while it is open."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.content = end_of_tag(data, at)  # where its runs begin
        self._holders = [_Holder("w:p", at, self.content)]
        self._run: Run | None = None
        self._is_code = False
        self._count = 0
        # The element that is passed over as a whole, how many stand open in it, and where it began.
        self._passed = ""
        self._depth = 0
        self._at = 0
        self._mark: tuple[str, bool] | None = None
        self._text: list[str] | None = None
        self._keeps_spaces = False
        self._field = ""

    @property
    def can_hold_others(self) -> bool:
        """Whether a paragraph may begin here: in a text box, say, which stays as a whole."""
        return bool(self._passed)

    def finished(self) -> list[Node]:
        holder = self._holders[0]
        holder.fields.finish()
        return holder.nodes

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        if self._passed:
            self._depth += 1
            if self._passed == "w:rPr" and self._run is not None:
                self._run.note(name, attributes, self._depth)
            elif self._passed == "w:pPr" and name == "w:pStyle":
                self._is_code = attributes.get("w:val") in CODE_PARAGRAPHS
        elif self._run is not None:
            self._pass(name, at)
            self._text = [] if name in {"w:t", "w:instrText"} else None
            self._keeps_spaces = attributes.get("xml:space") == "preserve"
            if name == "w:fldChar":
                self._field = attributes.get("w:fldCharType", "")
        elif name == "w:r":
            self._run = Run(self._data, at, self._is_code)
        elif name in _HOLDERS and is_translated(name, attributes.get("w:instr")):
            self._holders.append(_Holder(name, at, end_of_tag(self._data, at)))
        elif name == "w:sdtContent" and self._holders[-1].name == "w:sdt":
            self._holders[-1].opened = end_of_tag(self._data, at)
        else:
            self._pass(name, at)
            mark = _MARKS.get(name)
            if mark is not None:
                self._mark = (f"{mark[0]} {attributes.get('w:id')}", mark[1])

    def end(self, name: str, inner: int, end: int) -> None:
        if self._depth:
            self._depth -= 1
        elif self._passed:
            self._passed = ""
            if self._run is not None:
                self._end_in_run(self._run, name, end)
            elif name == "w:pPr":
                self.content = end
            elif name in _HOLDERS_PROPERTIES:
                self._holders[-1].opened = max(self._holders[-1].opened, end)
            elif name not in _DROPPED:
                self._add(Fixed(self._at, end, None, mark=self._mark))
            self._mark = None
        elif name == "w:r":
            self._run = None
        elif name == "w:sdtContent":
            self._holders[-1].closed = inner
        elif len(self._holders) > 1:
            self._end_of_holder(inner, end)

    def text(self, text: str) -> None:
        if self._text is not None and not self._depth:
            self._text.append(text)

    def _pass(self, name: str, at: int) -> None:
        self._passed, self._at = name, at

    def _end_in_run(self, run: Run, name: str, end: int) -> None:
        text = "".join(self._text or ())
        self._text = None
        if name == "w:rPr":
            run.properties_end(end)
        elif name == "w:t" and not run.is_hidden:
            text = (text if self._keeps_spaces else text.strip(_SPACES)).translate(_ONE_SPACE)
            if text:
                self._add(Text(text, run.look))
        elif name in _SIGNS and not run.is_hidden:
            self._add(Text(_SIGNS[name], run.look))
        elif name not in _DROPPED:
            spoken = name in _PICTURES or (name == "w:t" and run.is_code)
            fixed = Fixed(self._at, end, run.look, barrier=name in _BREAKS, spoken=spoken)
            self._add(fixed)
            fields = self._holders[-1].fields
            if name == "w:instrText":
                fields.instruct(text)
            elif name == "w:fldChar":
                fields.add(self._field)

    def _end_of_holder(self, inner: int, end: int) -> None:
        holder = self._holders.pop()
        holder.fields.finish()
        opening = Fixed(holder.start, holder.opened)
        closing = Fixed(holder.closed or inner, end)
        self._add(Span((opening,), tuple(holder.nodes), (closing,)))

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > _MOST_NODES:
            raise TooLarge(f"A paragraph of the document has more than {_MOST_NODES} pieces.")
        self._holders[-1].nodes.append(node)


# Line ends and tabs in the text of a file are spaces to Word: real ones are elements.
_ONE_SPACE: Final = str.maketrans("\t\r\n", "   ")
