"""Takes the documents of `--progress=rawjson` out of the lines between which they stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

__all__ = ["documents"]

_KINDS: Final = frozenset({"vertexes", "statuses", "logs", "warnings"})
# Of one document. Longer ones are no documents.
_MOST_LINES: Final = 100_000


def documents(lines: Iterable[str]) -> Iterator[dict[str, Any] | str]:
    """Each document of BuildKit, and each line that is of none, in their order.

    A document has one line of its own, or many: older clients indent it. What the client itself
    says stands between them, and a document that was cut is lines. Empty lines are left out.
    """
    held: list[str] = []
    for line in lines:
        line = line.rstrip("\r\n")  # noqa: PLW2901  # how it ended says nothing
        if held and line != "{" and len(held) < _MOST_LINES:
            held.append(line)
            if line == "}":
                found = _document("\n".join(held))
                yield from (found,) if found is not None else held
                held = []
            continue
        yield from held
        held = []
        if line == "{":
            held = [line]
        elif line.strip():
            found = _document(line) if line.startswith("{") else None
            yield line if found is None else found
    yield from held


def _document(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() & _KINDS else None
