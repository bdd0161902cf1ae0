"""What has been translated: in all, and by one task for whoever watches it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ai_translate.languages import LanguagePair

__all__ = ["OTHER", "Direction", "Done", "Tally", "Totals", "watched"]

# A model of many languages has tens of thousands of directions; each that is told apart is a line
# in every reading for as long as the process lives.
_MOST_DIRECTIONS: Final = 500
OTHER: Final = "other"
"""Stands for the languages of directions that are not told apart any more."""


@dataclass(frozen=True, slots=True)
class Done:
    """Texts of one direction that went to a model together.

    Attributes:
        pair: The direction.
        model: Name and shortened digest of the model.
        texts: How many were translated; those that failed are counted nowhere.
        sentences: How many sentences these have.
        characters: How many characters.
        warnings: The code of each doubt.
        began: When, in nanoseconds of the Unix epoch.
        ended: Likewise.
        sample: The first of the texts, translated or not.
    """

    pair: LanguagePair
    model: str
    texts: int
    sentences: int
    characters: int
    warnings: tuple[str, ...]
    began: int
    ended: int
    sample: str


@dataclass(frozen=True, slots=True)
class Direction:
    """How much was translated in one direction."""

    texts: int = 0
    sentences: int = 0
    characters: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """A reading of a tally.

    Attributes:
        directions: By source and target language; see `OTHER`.
        warnings: How many doubts there were of each code.
    """

    directions: dict[tuple[str, str], Direction]
    warnings: dict[str, int]


_Watcher = Callable[[Done], None]
_watcher: ContextVar[_Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(tell: _Watcher) -> Iterator[None]:
    """Tells of what this task translates in the block, and the tasks and threads that it starts."""
    token = _watcher.set(tell)
    try:
        yield
    finally:
        _watcher.reset(token)


class Tally:
    """Counts what a translator has done since it was made. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._directions: dict[tuple[str, str], Direction] = {}
        self._warnings: Counter[str] = Counter()

    def add(self, done: Done) -> None:
        """Counts some texts."""
        key = (done.pair.source, done.pair.target)
        with self._lock:
            if key not in self._directions and len(self._directions) >= _MOST_DIRECTIONS:
                key = (OTHER, OTHER)
            so_far = self._directions.get(key, Direction())
            self._directions[key] = Direction(
                so_far.texts + done.texts,
                so_far.sentences + done.sentences,
                so_far.characters + done.characters,
            )
            if done.warnings:
                self._warnings.update(done.warnings)
        tell = _watcher.get()
        if tell is not None:
            tell(done)

    def totals(self) -> Totals:
        """A consistent reading."""
        with self._lock:
            return Totals(dict(self._directions), dict(self._warnings))
