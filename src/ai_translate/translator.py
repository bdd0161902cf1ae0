"""The room that every door opens into: text in one language goes in, text in another comes out."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from ai_translate.assembly import QualityWarning, Translation, assemble
from ai_translate.directions import Directions, parse_tag
from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.cache import SentenceCache
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.stats import CacheStats
from ai_translate.engine.work import Work, begin, finish, finish_async
from ai_translate.errors import AITranslateError, LockError, ServiceError, UnsupportedPair
from ai_translate.languages import AUTO, LanguagePair, name_of
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store, open_locked
from ai_translate.text.detect import UNDETERMINED, Detected, Detector
from ai_translate.text.segment import Segment, split_text

__all__ = ["QualityWarning", "Translation", "Translator"]

Outcome = Translation | AITranslateError

# Characters from which taking a text apart and together is kept from an event loop: about a
# millisecond. Detection is always, since it may have to load its model.
_LONG: Final = 2000

# How many texts of a stream are read and sent together, and how many such groups are ahead.
_GROUP: Final = 64
_GROUPS_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class _Job:
    """One text on its way: where it stands among its fellows, and what it was found to be."""

    place: int
    segments: list[Segment]
    pair: LanguagePair
    engine: Engine
    detected: Detected | None


class Translator:
    """Translates whole texts with one or more loaded models. Thread-safe.

    Each method that translates exists for threads, where it blocks, and with `_async` for event
    loops, which it leaves while it waits. All take the same arguments:

        source: Language tag; `en-US` and `EN` find a model for `en`. `auto` detects the language
            of each text alone.
        target: Language tag.
        options: How to search.
        candidates: Languages to choose among for `auto`; all that are known by default.
        timeout: Seconds after which what no worker has taken yet is given up.
        cached: Whether earlier translations may be given, and these kept.

    Where two models serve the same direction, the first one does it.

    Args:
        engines: Loaded models; the translator closes them.
        cache: The cache that the engines share, for its figures.
    """

    def __init__(self, engines: Sequence[Engine], cache: SentenceCache | None = None) -> None:
        self._engines = tuple(engines)
        self._cache = cache or SentenceCache(0)
        self._detector = Detector()
        self._directions = Directions(self._engines)

    @classmethod
    def open(
        cls,
        models_dir: Path | str = ".models",
        lock: Path | str = "models.lock",
        *,
        device: Literal["cpu", "cuda", "auto"] = "cpu",
        inter_threads: int = 0,
        intra_threads: int = 0,
        cache_bytes: int = 64_000_000,
    ) -> Self:
        """Verifies and loads every model of a lock. Fetches nothing.

        Args:
            models_dir: The folder that holds `store/`.
            lock: Path of the lock.
            device: `auto` takes a CUDA device if there is one.
            inter_threads: Batches computed at once; 0 takes what was measured as best.
            intra_threads: Threads inside one batch; 0 takes what was measured as best.
            cache_bytes: Memory for translations of earlier sentences; 0 keeps none.

        Raises:
            SupplyError: The lock or a model is missing, damaged or not to be trusted.
            EngineFailure: A model cannot be loaded on this device.
        """
        locked = Lock.read(Path(lock))
        if not locked.models:
            raise LockError(f"{lock} names no model.", hint="Run `ai-translate models add`.")
        cache = SentenceCache(cache_bytes)
        engines: list[Engine] = []
        try:
            for model, artifact in open_locked(locked, Store(Path(models_dir))):
                engines.append(
                    CTranslate2Engine(
                        model.name,
                        artifact,
                        device=device,
                        inter_threads=inter_threads,
                        intra_threads=intra_threads,
                        cache=cache,
                    )
                )
        except BaseException:
            for engine in engines:
                engine.close()
            raise
        return cls(engines, cache)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The loaded models."""
        return self._engines

    @property
    def pairs(self) -> tuple[LanguagePair, ...]:
        """Every direction that can be translated, sorted."""
        return self._directions.pairs

    def cache_stats(self) -> CacheStats:
        """What the cache of sentences holds and how often it was asked."""
        return self._cache.stats()

    def translate(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        candidates: Collection[str] | None = None,
        timeout: float | None = None,
        cached: bool = True,
    ) -> Translation:
        """Translates one text. Blocks. For the arguments see the class.

        Raises:
            UnsupportedPair: No model serves the pair; the message names those that exist.
            InvalidRequest: A tag is malformed.
            ServiceError: The model failed, was closed, or did not get to it in time.
        """
        [result] = finish(self._work([text], source, target, options, candidates, timeout, cached))
        return _raised(result)

    async def translate_async(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        candidates: Collection[str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # a deadline for the queue, not for the task
        cached: bool = True,
    ) -> Translation:
        """As `translate`, on an event loop. Cancelling the task takes it out of the queue."""
        [result] = await finish_async(
            self._work([text], source, target, options, candidates, timeout, cached),
            in_threads=source == AUTO or len(text) > _LONG,
        )
        return _raised(result)

    def translate_batch(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        candidates: Collection[str] | None = None,
        timeout: float | None = None,
        cached: bool = True,
    ) -> list[Outcome]:
        """Translates texts together, in order. Blocks. For the arguments see the class.

        A text that cannot be translated has the error in its place; its neighbours have
        translations.

        Raises:
            UnsupportedPair: No model serves the pair that was named.
            InvalidRequest: A tag is malformed.
        """
        return finish(self._work(list(texts), source, target, options, candidates, timeout, cached))

    async def translate_batch_async(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        candidates: Collection[str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # see translate_async
        cached: bool = True,
    ) -> list[Outcome]:
        """As `translate_batch`, on an event loop."""
        listed = list(texts)
        return await finish_async(
            self._work(listed, source, target, options, candidates, timeout, cached),
            in_threads=source == AUTO or sum(map(len, listed)) > _LONG,
        )

    def stream(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        candidates: Collection[str] | None = None,
        cached: bool = True,
    ) -> Iterator[Outcome]:
        """Translates texts as they are asked for, in order and in bounded memory. Blocks.

        At most a few hundred texts are read ahead, so that the workers have something to do.

        Raises:
            UnsupportedPair: No model serves the pair that was named.
            InvalidRequest: A tag is malformed.
        """
        ahead: deque[Callable[[], list[Outcome]]] = deque()
        rest = iter(texts)
        while group := list(itertools.islice(rest, _GROUP)):
            ahead.append(
                begin(self._work(group, source, target, options, candidates, None, cached))
            )
            if len(ahead) > _GROUPS_AHEAD:
                yield from ahead.popleft()()
        for end in ahead:
            yield from end()

    def close(self) -> None:
        """Frees every model. Idempotent."""
        for engine in self._engines:
            engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        options: DecodingOptions | None,
        candidates: Collection[str] | None,
        timeout: float | None,
        cached: bool,
    ) -> Work[list[Outcome]]:
        """The way of some texts, whoever drives it.

        Every different sentence of one direction goes to its engine once.
        """
        options = options or DecodingOptions()
        deadline = None if timeout is None else time.monotonic() + timeout
        named = None if source == AUTO else self._directions.find(source, target)
        outcomes: dict[int, Outcome] = {}
        groups: dict[LanguagePair, list[_Job]] = {}
        for place, text in enumerate(texts):
            if named is not None:
                found: _Job | Outcome = _Job(place, split_text(text, named[0].source), *named, None)
            else:
                found = self._detected(place, text, target, candidates)
            if isinstance(found, _Job):
                groups.setdefault(found.pair, []).append(found)
            else:
                outcomes[place] = found
        for pair, jobs in groups.items():
            engine = jobs[0].engine
            sentences = list(
                dict.fromkeys(s.text for job in jobs for s in job.segments if s.translate)
            )
            answers: list[ScoredSentence | ServiceError] = []
            if sentences:
                answers = yield from engine.translate(
                    sentences, pair, options, deadline=deadline, cached=cached
                )
            by_sentence = dict(zip(sentences, answers, strict=True))
            for job in jobs:
                outcomes[job.place] = _outcome(job, by_sentence, options)
        return [outcomes[place] for place in range(len(texts))]

    def _detected(
        self, place: int, text: str, target: str, candidates: Collection[str] | None
    ) -> _Job | Outcome:
        """A text of a language that is to be found out, taken apart.

        The text itself where there are no words, and the error where no model serves it.
        """
        goal = parse_tag("target_lang", target)
        detected = self._detector.detect(text, _tags(candidates))
        if detected.language == UNDETERMINED:
            return Translation(text, UNDETERMINED, goal, 1.0, "", detected=detected)
        try:
            pair, engine = self._directions.find(detected.language, goal)
        except UnsupportedPair as error:
            name = name_of(detected.language)
            return UnsupportedPair(f"The text is in {name}. {error.message}", hint=error.hint)
        return _Job(place, split_text(text, pair.source), pair, engine, detected)


def _raised(result: Outcome) -> Translation:
    if isinstance(result, AITranslateError):
        raise result
    return result


def _outcome(
    job: _Job,
    found: dict[str, ScoredSentence | ServiceError],
    options: DecodingOptions,
) -> Outcome:
    """The text put together, or the first error of its sentences."""
    scored: dict[str, ScoredSentence] = {}
    for segment in job.segments:
        if segment.translate:
            answer = found[segment.text]
            if isinstance(answer, ServiceError):
                return answer
            scored[segment.text] = answer
    return assemble(
        job.segments,
        scored,
        job.pair,
        model=f"{job.engine.name}@{job.engine.artifact.digest[:12]}",
        alternatives=options.alternatives,
        detected=job.detected,
    )


def _tags(candidates: Collection[str] | None) -> list[str] | None:
    return None if candidates is None else [parse_tag("candidates", tag) for tag in candidates]
