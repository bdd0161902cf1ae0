"""What BuildKit told of one build, whichever way it told it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["BuildLog", "Span", "Transfer", "Vertex", "merged"]


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which something was done, in seconds since 1970."""

    began: float
    ended: float


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in spans that do not touch each other, in their order."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.began, span.ended)):
        if kept and span.began <= kept[-1].ended:
            kept[-1] = Span(kept[-1].began, max(kept[-1].ended, span.ended))
        else:
            kept.append(span)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes that came from somewhere: what BuildKit calls them, and how many there were."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Vertex:
    """A piece of work of BuildKit: a step of a Dockerfile, or what it does of its own.

    Attributes:
        key: What tells it from others of the log.
        name: Such as `[service 2/7] COPY --link --from=dependencies /layer/ /`.
        inputs: Keys of those that it waited for.
        spans: When it was worked on; none where the log does not tell times of the day.
        seconds: How long that was in all, without counting a moment twice.
        begun: Whether anything was done, a look into a cache too.
        ended: Whether that came to an end.
        cached: Whether a cache had it.
        error: Why it failed; empty unless it did.
        group: What several vertexes of one instruction have in common, or empty.
        group_name: The instruction that they are of.
        transfers: What it fetched.
        call: Which call of the client it is of, where several made one build.
        target: Platform that this call was for, if its steps do not name one.
    """

    key: str
    name: str
    inputs: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    seconds: float = 0.0
    begun: bool = False
    ended: bool = False
    cached: bool = False
    error: str = ""
    group: str = ""
    group_name: str = ""
    transfers: tuple[Transfer, ...] = ()
    call: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class BuildLog:
    """A build, or several that were one: of two platforms, or of one call after another.

    Attributes:
        vertexes: In the order in which the log first names them.
        linked: Whether the log tells what waited for what. Plain progress does not.
    """

    vertexes: tuple[Vertex, ...]
    linked: bool

    @classmethod
    def read(cls, path: Path) -> BuildLog:
        """Reads what `docker buildx build --progress=rawjson`, or `plain`, printed.

        The log may be cut anywhere, and have other lines between those of BuildKit.

        Raises:
            OSError: The file cannot be read.
        """
        # Not at the top: what reads a log needs the types above.
        from build_report import plain, rawjson  # noqa: PLC0415

        lines = path.read_bytes().decode(errors="replace").split("\n")
        told = rawjson.read(lines)
        return told if told.vertexes else plain.read(lines)

    @classmethod
    def joined(cls, calls: Sequence[tuple[str, BuildLog]]) -> BuildLog:
        """Calls of the client, one after the other, that made one build together.

        Args:
            calls: The platform that each was for, or an empty one, and its log.
        """
        return cls(
            tuple(
                replace(
                    vertex,
                    key=f"{call} {vertex.key}",
                    inputs=tuple(f"{call} {key}" for key in vertex.inputs),
                    group=vertex.group and f"{call} {vertex.group}",
                    call=call,
                    target=target,
                )
                for call, (target, log) in enumerate(calls)
                for vertex in log.vertexes
            ),
            all(log.linked for _, log in calls),
        )
