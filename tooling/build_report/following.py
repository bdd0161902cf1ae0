"""Shows a build while it goes on, as `--progress=plain` would, from what rawjson tells of it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from build_report import amounts
from build_report.documents import documents
from build_report.rawjson import listed, text_of, time_of

__all__ = ["followed"]


@dataclass(slots=True)
class _Shown:
    """A vertex, and what was shown of it.

    Attributes:
        number: By which its lines are known.
        name: Of it.
        began: When it last began.
        ended: What its last line said.
        partial: What a command printed of a line that has no end yet.
        said: What its statuses said.
    """

    number: int
    name: str
    began: float = 0.0
    ended: str = ""
    partial: str = ""
    said: set[str] = field(default_factory=set)


def followed(lines: Iterable[str]) -> Iterator[str]:
    """Lines for people, each as soon as it is known.

    Args:
        lines: Of `--progress=rawjson`, with what the client says between the documents.
    """
    shown: dict[str, _Shown] = {}
    numbered: dict[str, _Shown] = {}
    last: _Shown | None = None
    for document in documents(lines):
        if isinstance(document, str):
            yield document
            continue
        for of, line in _lines(document, shown, numbered):
            if of is not last:
                if last:
                    yield ""
                yield f"#{of.number} {of.name}"
                last = of
            yield f"#{of.number} {line}"


def _lines(
    document: dict[str, Any], shown: dict[str, _Shown], numbered: dict[str, _Shown]
) -> Iterator[tuple[_Shown, str]]:
    """Lines of one document.

    Args:
        document: It.
        shown: What was begun, by digest.
        numbered: The same by instruction.
    """
    for vertex in listed(document, "vertexes"):
        if (began := time_of(vertex, "started")) is not None:
            digest = text_of(vertex, "digest")
            # Both vertexes of a `COPY --link` are one instruction.
            found = vertex.get("progressGroup")
            group: dict[str, Any] = found if isinstance(found, dict) else {}
            name = " ".join((text_of(group, "name") or text_of(vertex, "name")).split())
            of = numbered.setdefault(
                text_of(group, "id") or digest, _Shown(len(numbered) + 1, name)
            )
            shown[digest] = of
            of.began = began
            yield from ((of, line) for line in _ended(vertex, of))
    for kind, told in (("statuses", _status), ("logs", _printed)):
        for one in listed(document, kind):
            if known := shown.get(text_of(one, "vertex")):
                yield from ((known, line) for line in told(one, known))


def _ended(vertex: dict[str, Any], of: _Shown) -> Iterator[str]:
    """How a vertex ended, once, after what its command printed last."""
    line = _end(vertex, of.began)
    if line and of.partial:
        yield of.partial
        of.partial = ""
    if line and line != of.ended:
        of.ended = line
        yield line


def _end(vertex: dict[str, Any], began: float) -> str:
    ended = time_of(vertex, "completed")
    if error := text_of(vertex, "error"):
        return "CANCELED" if error.endswith("context canceled") else f"ERROR: {error}"
    if ended is None:
        return ""
    return "CACHED" if vertex.get("cached") is True else f"DONE {ended - began:.1f}s"


def _status(status: dict[str, Any], of: _Shown) -> Iterator[str]:
    """A status when it came to its end, and before that unless it tells of bytes."""
    words = [text_of(status, "id")]
    began, ended = time_of(status, "started"), time_of(status, "completed")
    current, total = status.get("current"), status.get("total")
    if ended is None and words[0].startswith(("sha256:", "transferring", "extracting")):
        return
    if isinstance(current, int) and current > 0:
        words.append(amounts.size(current).replace(" ", ""))
        if isinstance(total, int) and total > 0:
            words.append(f"/ {amounts.size(total).replace(' ', '')}")
    if began is not None and ended is not None and ended - began >= 0.05:
        words.append(f"{ended - began:.1f}s")
    line = " ".join([*words, "done"] if ended is not None else words)
    if line not in of.said:
        of.said.add(line)
        yield line


def _printed(log: dict[str, Any], of: _Shown) -> Iterator[str]:
    """Whole lines of what a command printed."""
    try:
        data = base64.b64decode(text_of(log, "data"))
    except ValueError:
        return
    after = max(0.0, (time_of(log, "timestamp") or of.began) - of.began)
    *whole, rest = (of.partial.partition(" ")[2] + data.decode(errors="replace")).split("\n")
    for line in whole:
        yield f"{after:.3f} {line.rstrip(chr(13))}"
    of.partial = f"{after:.3f} {rest}" if rest else ""
