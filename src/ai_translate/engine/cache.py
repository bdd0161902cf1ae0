"""Translations of sentences that were asked for before."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ai_translate.engine.protocol import DecodingOptions, ScoredSentence
from ai_translate.engine.stats import CacheStats
from ai_translate.languages import LanguagePair

__all__ = ["CacheScope", "SentenceCache"]

# What an entry costs beside its strings, in bytes, on 64-bit CPython 3.11: its place in the
# ordered dictionary (a node, and up to 3 slots for each entry after growth), the key, the stored
# tuple with its size, the `ScoredSentence` and its tuple. tests/unit/engine/test_cache.py holds
# both figures against tracemalloc.
_ENTRY: Final = 400
# One `Hypothesis`, its place in the tuple, its score and its count.
_HYPOTHESIS: Final = 112
# A scope, its key, its options, and its place in two dictionaries.
_SCOPE: Final = 480


class CacheScope(NamedTuple):
    """Everything but the sentence that decides on its translation.

    Attributes:
        model: Digest of the artifact.
        pair: Languages.
        options: How it was decoded.
    """

    model: str
    pair: LanguagePair
    options: DecodingOptions


class _Scope:
    """Stands for a `CacheScope` in keys: hashed and compared by identity, so in no time."""

    __slots__ = ("entries", "key")

    def __init__(self, key: CacheScope) -> None:
        self.key = key
        self.entries = 0


class SentenceCache:
    """The least recently used sentences leave first, when the rest would not fit. Thread-safe.

    One call of `get_many` and one of `put_many` serve a request, each with one lock acquisition.

    Args:
        max_bytes: What all entries together may occupy, keys and bookkeeping counted; 0 turns
            the cache off.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._scopes: dict[CacheScope, _Scope] = {}
        self._entries: OrderedDict[tuple[_Scope, str], tuple[ScoredSentence, int]] = OrderedDict()
        self._bytes = 0
        self._hits = self._misses = self._evictions = 0

    def get_many(self, scope: CacheScope, sentences: Sequence[str]) -> list[ScoredSentence | None]:
        """What is known of each sentence, in order. None where nothing is."""
        if not self._max_bytes:
            return [None] * len(sentences)
        found: list[ScoredSentence | None] = []
        with self._lock:
            known = self._scopes.get(scope)
            for sentence in sentences:
                entry = self._entries.get((known, sentence)) if known else None
                if entry is None or known is None:
                    found.append(None)
                    continue
                self._entries.move_to_end((known, sentence))
                found.append(entry[0])
                self._hits += 1
            self._misses += found.count(None)
        return found

    def put_many(
        self, scope: CacheScope, translations: Iterable[tuple[str, ScoredSentence]]
    ) -> None:
        """Keeps translations. One that alone is larger than the cache is not kept."""
        if not self._max_bytes:
            return
        sized = [(sentence, (value, _size(sentence, value))) for sentence, value in translations]
        with self._lock:
            for sentence, entry in sized:
                if entry[1] + _SCOPE > self._max_bytes:
                    continue
                known = self._scopes.get(scope)
                if known is None:
                    known = self._scopes[scope] = _Scope(scope)
                    self._bytes += _SCOPE
                old = self._entries.pop((known, sentence), None)
                if old is None:
                    known.entries += 1
                else:
                    self._bytes -= old[1]
                self._entries[known, sentence] = entry
                self._bytes += entry[1]
                while self._bytes > self._max_bytes:
                    self._evict()

    def stats(self) -> CacheStats:
        """A consistent reading; cheap."""
        with self._lock:
            return CacheStats(
                entries=len(self._entries),
                bytes=self._bytes,
                max_bytes=self._max_bytes,
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
            )

    def _evict(self) -> None:
        (scope, _), (_, size) = self._entries.popitem(last=False)
        self._bytes -= size
        self._evictions += 1
        scope.entries -= 1
        if not scope.entries:
            del self._scopes[scope.key]
            self._bytes -= _SCOPE


def _size(sentence: str, value: ScoredSentence) -> int:
    """Bytes that an entry occupies."""
    texts = sum(_HYPOTHESIS + _string(hypothesis.text) for hypothesis in value.hypotheses)
    return _ENTRY + _string(sentence) + texts


def _string(text: str) -> int:
    """Bytes of a string, and of the UTF-8 form that CPython keeps with it once it was asked for."""
    utf8 = 0 if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return sys.getsizeof(text) + utf8
