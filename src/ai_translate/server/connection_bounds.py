"""How many connections there may be, and how long each may take."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import uvicorn

from ai_translate.settings import Settings

__all__ = ["BoundedConfig", "Bounds", "Held"]

_log = logging.getLogger(__name__)

_BODY_RATE: Final = 1_000
# Files of models, of the state, of documents that come in; and connections that are turned away.
_OTHER_FILES: Final = 512
_LONGEST_LOOK: Final = 1.0


class Held(Protocol):
    """A connection, as a sweep sees it."""

    due: float
    unread_due: float

    def judge(self, now: float) -> None:
        """Ends what has taken too long."""


@dataclass(slots=True)
class Bounds:
    """What every connection is held to.

    Attributes:
        most: Most connections at once.
        head_bytes: Longest target and headers together, in bytes.
        header_timeout: Seconds within which a head must be there.
        body_timeout: Seconds for which a body may make no headway.
        body_rate: Bytes a second that count as headway, of bodies and of answers.
        answer_timeout: Seconds for which an answer may lie unread.
        keep_alive: Seconds for which a connection may do nothing.
    """

    most: int
    head_bytes: int
    header_timeout: float
    body_timeout: float
    body_rate: int
    answer_timeout: float
    keep_alive: float
    _next_look: float = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings, as far as the system lets this process have connections."""
        return cls(
            most=_allowed(settings.max_connections),
            head_bytes=settings.max_head_bytes,
            header_timeout=settings.header_timeout,
            body_timeout=settings.body_timeout,
            body_rate=_BODY_RATE,
            answer_timeout=settings.answer_timeout,
            keep_alive=settings.keep_alive,
        )

    def sweep(self, connections: Iterable[Held], now: float) -> None:
        """Lets those go whose time has come; looks once a second, or oftener for short times."""
        if now < self._next_look:
            return
        shortest = min(self.header_timeout, self.body_timeout, self.answer_timeout, self.keep_alive)
        self._next_look = now + min(_LONGEST_LOOK, shortest / 4)
        for held in [held for held in connections if held.due <= now or held.unread_due <= now]:
            held.judge(now)


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, which here knows the bounds of its connections.

    Args:
        app: What answers.
        bounds: What every connection is held to.
        named: What uvicorn is told.
    """

    def __init__(self, app: Any, bounds: Bounds, **named: Any) -> None:
        super().__init__(app, **named)
        self.bounds = bounds


def _allowed(wanted: int) -> int:
    """So many connections, or as many as there can be open files: the limit is raised for them.

    Fewer than wanted are warned of. Whoever came when no file can be opened would not even be told.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    ceiling = max(soft, needed) if hard == resource.RLIM_INFINITY else hard
    if soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
    if needed <= ceiling:
        return wanted
    allowed = max(ceiling - _OTHER_FILES, ceiling // 2)
    _log.warning(
        "AIT_MAX_CONNECTIONS is %d, but the system lets this process open %d files: more than %d "
        "connections are turned away. Raise that limit (ulimit -Hn, LimitNOFILE, --ulimit nofile).",
        wanted,
        ceiling,
        allowed,
    )
    return allowed
