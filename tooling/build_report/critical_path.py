"""What the end of a build waited for: the chain of work of which nothing could be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from build_report.build_log import BuildLog, Vertex

__all__ = ["CriticalPath", "critical_path"]


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The chain, and its times. `work` and `waits` together are the time of the build.

    Attributes:
        keys: Of its vertexes, the first one first.
        work: Seconds for which one of them was worked on.
        waits: Seconds between them: a CPU, a lock or the engine was waited for.
    """

    keys: tuple[str, ...]
    work: float
    waits: float


def critical_path(log: BuildLog) -> CriticalPath | None:
    """The chain that ends with what ended last; nothing where the log does not tell of inputs.

    Before each vertex stands the one of its inputs that ended last. One without inputs waited for
    what ended last before it began: to export, BuildKit waits for all steps; to begin with steps,
    for the Dockerfile and the base.
    """
    timed = [vertex for vertex in log.vertexes if vertex.spans]
    if not log.linked or not timed:
        return None
    chain = list(_backwards(timed))[::-1]
    began = min(_began(vertex) for vertex in timed)
    at = began
    work = 0.0
    for vertex in chain:
        for span in vertex.spans:
            work += max(0.0, span.ended - max(span.began, at))
            at = max(at, span.ended)
    return CriticalPath(tuple(one.key for one in chain), work, max(0.0, at - began - work))


def _backwards(timed: Sequence[Vertex]) -> Iterator[Vertex]:
    by_key = {vertex.key: vertex for vertex in timed}
    by_end = sorted(timed, key=_ended)
    seen: set[str] = set()
    at: Vertex | None = by_end[-1]
    while at and at.key not in seen:
        yield at
        seen.add(at.key)
        inputs = [by_key[key] for key in at.inputs if key in by_key]
        began = _began(at)
        # A log of several calls may name an input that worked again later.
        before = inputs or [one for one in by_end if _ended(one) <= began]
        at = max((one for one in before if one.key not in seen), key=_ended, default=None)


def _began(vertex: Vertex) -> float:
    return vertex.spans[0].began


def _ended(vertex: Vertex) -> float:
    return vertex.spans[-1].ended
