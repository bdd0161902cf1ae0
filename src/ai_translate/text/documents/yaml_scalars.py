"""Where the scalars of a document of YAML stand.

The document is read as events, which never follow an alias nor build anything: what would be a
bomb for a loader is a few events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from ai_translate.errors import BrokenDocument

__all__ = ["Scalar", "is_one_value", "scalars"]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# libyaml needs time in the square of the depth.
_DEEPEST: Final = 500
_STRING: Final = "tag:yaml.org,2002:str"
# An anchor and a tag, which stand before a value and stay.
_BEFORE: Final = re.compile(r"(?:[&!]\S*\s+)+")
# Resolving what a plain scalar is needs no document.
_RESOLVER: Final = yaml.resolver.Resolver()


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string that is a value.

    Attributes:
        start: Its first character, the quote or sign of its style.
        end: Behind its last one.
        said: What it says.
        style: `'`, `"`, `|`, `>`, or nothing for a plain one.
        key: The key whose value it is, if there is one.
        depth: How many mappings and sequences it is in.
    """

    start: int
    end: int
    said: str
    style: str
    key: str | None
    depth: int


@dataclass(slots=True)
class _Level:
    is_mapping: bool
    expects_key: bool
    key: str | None = None


def scalars(text: str) -> Iterator[Scalar]:
    """The strings of a document that are values, or elements of sequences, in order.

    Raises:
        BrokenDocument: It is no YAML.
    """
    levels: list[_Level] = []
    for event in _events(text):
        if isinstance(event, yaml.CollectionEndEvent):
            levels.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        level = levels[-1] if levels else _Level(is_mapping=False, expects_key=False)
        is_key = level.expects_key
        level.expects_key = level.is_mapping and not is_key
        if isinstance(event, yaml.CollectionStartEvent):
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            levels.append(_Level(is_mapping, expects_key=is_mapping))
            if len(levels) > _DEEPEST:
                raise BrokenDocument(
                    f"Line {event.start_mark.line + 1} is more than {_DEEPEST} levels deep.",
                    hint="No document for people is.",
                )
        elif is_key:
            level.key = event.value if isinstance(event, yaml.ScalarEvent) else None
        elif isinstance(event, yaml.ScalarEvent) and _is_string(event):
            start, end = event.start_mark.index, event.end_mark.index
            before = _BEFORE.match(text, start, end)
            start = before.end() if before else start
            # A comment between an anchor and its value is rare enough to leave both alone.
            if text[start : start + 1] != "#":
                style = event.style or ""
                yield Scalar(start, end, event.value, style, level.key, len(levels))


def is_one_value(text: str, value: str) -> bool:
    """Whether a text, in the place of a value of either style of mapping, says this string."""
    if text.startswith(("---", "...")):  # where no mapping is around it, this ends a document
        return False
    for document in (f"k: {text}\n", f"{{k: {text}\n }}\n"):
        if "\n" in text and document.startswith("{"):
            continue
        try:
            found = list(scalars(document))
        except BrokenDocument:
            return False
        if [scalar.said for scalar in found] != [value]:
            return False
    return True


def _is_string(event: Any) -> bool:
    if event.tag not in (None, "!"):
        return bool(event.tag == _STRING)
    if event.style or event.tag == "!":
        return True
    return bool(_RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)) == _STRING)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BrokenDocument(
            f"Line {line} is no YAML: {error.problem or error.context}.",
            hint="Quote values that have signs of YAML in them, and indent with spaces.",
        ) from error
    except yaml.YAMLError as error:
        raise BrokenDocument(
            f"The document is no YAML: {str(error).splitlines()[0][:200]}.",
            hint="Control characters must be written as escapes.",
        ) from error
