"""XLIFF, 1.2 and 2.0: what has no target yet.

A source is translated into its target where that is missing, empty or of a state that asks for a
translation. Codes inside of it stay as they are and come back in their places.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ai_translate.text.documents.protocol import Reading
from ai_translate.text.documents.spliced import Place, Spliced
from ai_translate.text.documents.tagged import joined, place_of
from ai_translate.text.documents.xml_encoding import xml_source
from ai_translate.text.documents.xml_tree import Element, escaped, read_elements, xml_pieces

__all__ = ["open_xliff"]

_UNITS: Final = frozenset({"trans-unit", "segment"})
# The states of a target that is no translation yet; 2.0 calls it initial.
_OPEN: Final = frozenset({"new", "needs-translation", "initial"})
_CODES: Final = frozenset({"x", "bx", "ex", "bpt", "ept", "it", "ph", "sc", "ec", "cp", "sm", "em"})


def open_xliff(content: bytes, _reading: Reading) -> Spliced:
    """A document of XLIFF.

    Raises:
        BrokenDocument: It is no XML.
    """
    source = xml_source(content)
    elements = read_elements(source.text)
    kept = _kept(elements)
    return Spliced(
        "application/xliff+xml",
        source,
        tuple(
            place
            for element in elements
            if element.name in _UNITS and id(element) not in kept
            for place in _places(source.text, element)
        ),
    )


def _kept(elements: list[Element]) -> set[int]:
    """Those that must not be translated, or are in one that must not."""
    kept: dict[int, bool] = {}
    for element in elements:
        said = element.attributes.get("translate")
        inherited = element.parent is not None and kept[id(element.parent)]
        kept[id(element)] = said == "no" if said in ("yes", "no") else inherited
    return {place for place, is_kept in kept.items() if is_kept}


def _places(text: str, unit: Element) -> Iterator[Place]:
    source, target = unit.child("source"), unit.child("target")
    if source is None or _is_done(text, unit, target):
        return
    place = place_of(source.inner, list(xml_pieces(text, source, _is_code)), joined(escaped))
    if place is None:
        return
    name = f"{source.prefix}target"
    if target is None:
        # Behind the source, and behind its segments in 1.2, as far in as the source.
        before = unit.child("seg-source") or source
        start = end = before.end
        indent = text[unit.inner : source.start]
        head = f"{indent if not indent.strip() else ''}<{name}>"
        tail = f"</{name}>"
    elif target.inner == target.end:
        start, end = target.start, target.end
        head = f"{text[start:end].removesuffix('/>').rstrip()}>"
        tail = f"</{name}>"
    else:
        start, end, head, tail = target.inner, target.inner_end, "", ""
    whole = text[source.inner : source.inner_end]
    yield Place(
        start,
        end,
        place.part,
        partial(_written, place=place, whole=whole, at=source.inner, head=head, tail=tail),
        always=text[start:end] != whole,
    )


def _written(translation: str, place: Place, whole: str, at: int, head: str, tail: str) -> str:
    if translation == place.part.text:
        return head + whole + tail
    before, behind = whole[: place.start - at], whole[place.end - at :]
    return head + before + place.write(translation) + behind + tail


def _is_done(text: str, unit: Element, target: Element | None) -> bool:
    if unit.attributes.get("approved") == "yes":
        return True
    if target is None or not text[target.inner : target.inner_end].strip():
        return False
    return (target.attributes.get("state") or unit.attributes.get("state")) not in _OPEN


def _is_code(element: Element) -> bool:
    return (
        element.name in _CODES
        or element.attributes.get("mtype") == "protected"
        or element.attributes.get("translate") == "no"
    )
