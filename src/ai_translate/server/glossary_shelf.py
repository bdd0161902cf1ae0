"""The glossaries that requests name, at hand as long as they are as they were."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

import anyio.to_thread

from ai_translate.state.glossaries import Glossaries
from ai_translate.text.glossary import Glossary

__all__ = ["GlossaryShelf"]

# One of 100,000 terms takes some ten megabytes.
_MOST: Final = 8


class GlossaryShelf:
    """Glossaries of the state, made ready to be looked up. Thread-safe.

    Each time it is asked, it looks whether the glossary has been changed since, by whatever
    process.

    Args:
        glossaries: Where they are kept.
    """

    def __init__(self, glossaries: Glossaries) -> None:
        self._glossaries = glossaries
        self._ready: OrderedDict[str, tuple[int, Glossary]] = OrderedDict()
        self._turn = threading.Lock()

    async def find(self, name: str) -> Glossary:
        """A glossary as it is now.

        Raises:
            NotFound: There is none of this name; the message names those that there are.
        """
        return await anyio.to_thread.run_sync(self._found, name)

    def _found(self, name: str) -> Glossary:
        with self._turn:
            ready = self._ready.get(name)
            if ready is None or ready[0] != self._glossaries.version(name):
                info, entries = self._glossaries.get(name)
                ready = info.version, Glossary.of(name, entries)
                self._ready[name] = ready
            self._ready.move_to_end(name)
            while len(self._ready) > _MOST:
                self._ready.popitem(last=False)
            return ready[1]
