"""The translator that serves now, and those before it that somebody still uses.

All methods are for the event loop's thread; only closing a model, which may take a while, is done
in another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ai_translate.engine import Engine
from ai_translate.translator import Translator

__all__ = ["Generations"]


@dataclass(slots=True)
class _Generation:
    """One translator and how many use it."""

    translator: Translator
    uses: int = 0


class Generations:
    """Translators of one server, of which the last is handed out.

    A model is closed when no translator that is used has it any more.
    """

    def __init__(self) -> None:
        self._all: list[_Generation] = []
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> Translator | None:
        """The one that serves now, once there is one."""
        return self._all[-1].translator if self._all else None

    def replace(self, translator: Translator) -> None:
        """Serves with another one from now on; the one before is freed after its last use."""
        self._all.append(_Generation(translator))
        self._free()

    @contextmanager
    def using(self, translator: Translator) -> Iterator[None]:
        """Keeps a translator for as long as the block runs.

        Args:
            translator: The current one, or one that is used already.
        """
        generation = next(one for one in reversed(self._all) if one.translator is translator)
        generation.uses += 1
        try:
            yield
        finally:
            generation.uses -= 1
            if not generation.uses and generation is not self._all[-1]:
                self._free()

    def close(self) -> asyncio.Task[None]:
        """Closes every model, used or not. What waits in them is answered with `NotReady`."""
        return self._close(self._engines(self._all))

    async def closed(self) -> None:
        """Waits until all that is being closed is."""
        await asyncio.gather(*self._closing)

    def _free(self) -> None:
        """Closes models of translators that nobody uses, unless one that is used has them, too."""
        kept = [one for one in self._all if one.uses or one is self._all[-1]]
        still = self._engines(kept)
        gone = [engine for engine in self._engines(self._all) if engine not in still]
        self._all = kept
        if gone:
            self._close(gone)

    def _close(self, engines: list[Engine]) -> asyncio.Task[None]:
        async def closing() -> None:
            await asyncio.gather(*(asyncio.to_thread(engine.close) for engine in engines))

        task = asyncio.create_task(closing())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    @staticmethod
    def _engines(generations: list[_Generation]) -> list[Engine]:
        found = (engine for one in generations for engine in one.translator.engines)
        return list({id(engine): engine for engine in found}.values())
