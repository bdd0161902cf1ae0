"""What BuildKit told of one build, whichever way it told it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
    def read(cls, *paths: Path) -> BuildLog:
        """Reads what `docker buildx build --progress=rawjson`, or `plain`, printed.

        The log may be cut anywhere, and have other lines between those of BuildKit.

        Args:
            paths: Logs of calls of the client that made one build together.

        Raises:
            OSError: A file cannot be read.
        """
        # Not at the top: what reads a log needs the types above.
        from build_report import plain, rawjson  # noqa: PLC0415

        texts = [path.read_bytes().decode(errors="replace") for path in paths]
        lines = [line for text in texts for line in text.split("\n")]
        told = rawjson.read(lines)
        return told if told.vertexes else plain.read(lines)
