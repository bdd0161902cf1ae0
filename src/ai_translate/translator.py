"""The room that every door opens into: text in one language goes in, text in another comes out."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, Unpack

from ai_translate.assembly import QualityWarning, Translation
from ai_translate.directions import Directions
from ai_translate.document import Told, TranslatedDocument, translated_document
from ai_translate.engine import DecodingOptions, Engine
from ai_translate.engine.cache import SentenceCache
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.stats import CacheStats
from ai_translate.engine.work import begin, finish, finish_async
from ai_translate.errors import ConfigurationError
from ai_translate.journey import How, Journey, Outcome, raised
from ai_translate.languages import AUTO, LanguagePair
from ai_translate.loading import Loading
from ai_translate.residence import Tenant
from ai_translate.streaming import Beginning, Sentence, streamed
from ai_translate.supply.locked_model import LockedModel
from ai_translate.tally import Tally
from ai_translate.text.detect import Detected, Detector
from ai_translate.text.documents.protocol import Reading

__all__ = ["QualityWarning", "Translation", "Translator"]

# Characters from which taking a text apart and together is kept from an event loop: about a
# millisecond. Detection is always, since it may have to load its model.
_LONG: Final = 2000

_AS_NAMED: Final = Reading()

# How many texts of a stream are read and sent together, and how many such groups are ahead.
_GROUP: Final = 64
_GROUPS_AHEAD: Final = 4


class Translator:
    """Translates whole texts with one or more loaded models. Thread-safe.

    Each method that translates exists for threads, where it blocks, and with `_async` for event
    loops, which it leaves while it waits. All take the same arguments:

        source: Language tag; `en-US` and `EN` find a model for `en`. `auto` detects the language
            of each text alone.
        target: Language tag.
        options: How to search.
        how: See `How`.

    Where two models serve the same direction, the first one does it.

    Args:
        engines: Loaded models; the translator closes them.
        cache: The cache that the engines share, for its figures.
        again: Gives the models to translate with from now on, some of which may be those given to
            it, which are loaded; see `renewed`.
        locked: Tells what the lock says of a model, if there is one.
        detector: Tells languages; one of its own by default.
        tally: Told of what has been translated; one of its own by default.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        cache: SentenceCache | None = None,
        *,
        again: Callable[[Sequence[Engine]], Sequence[Engine]] | None = None,
        locked: Callable[[Engine], LockedModel | None] | None = None,
        detector: Detector | None = None,
        tally: Tally | None = None,
    ) -> None:
        self._engines = tuple(engines)
        self._cache = cache or SentenceCache(0)
        self._again = again
        self._locked = locked
        self._detector = detector or Detector()
        self._directions = Directions(self._engines)
        self._journey = Journey(self._directions, self._detector, tally or Tally())
        # Models that take turns in memory could else wait for what is begun and not looked after.
        self._ahead = 0 if any(isinstance(one, Tenant) for one in engines) else _GROUPS_AHEAD

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
        state_dir: Path | str | None = None,
        signed_by: str | None = None,
        models_bytes: int = 0,
    ) -> Self:
        """Verifies and loads every model of a lock. Fetches nothing.

        Args:
            models_dir: The folder that holds `store/`.
            lock: Path of the lock.
            device: `auto` takes a CUDA device if there is one.
            inter_threads: Batches computed at once; 0 takes what was measured as best.
            intra_threads: Threads inside one batch; 0 takes what was measured as best.
            cache_bytes: Memory for translations of earlier sentences; 0 keeps none.
            state_dir: Folder for what is written while serving, made if it is not there. None, or
                one that cannot be written, costs some tenths of a second at each start.
            signed_by: Public keys, of which one must have signed each model; as
                AIT_REQUIRE_SIGNATURE has them. None asks for no signature.
            models_bytes: Memory that the models may take together; those of least recent use
                leave it and come back on demand. 0 keeps all.

        Raises:
            SupplyError: The lock or a model is missing, damaged or not to be trusted.
            ConfigurationError: A public key is none, or a model is larger than `models_bytes`.
            EngineFailure: A model cannot be loaded on this device.
        """
        cache = SentenceCache(cache_bytes)
        load = partial(
            CTranslate2Engine,
            device=device,
            inter_threads=inter_threads,
            intra_threads=intra_threads,
            cache=cache,
            state_dir=None if state_dir is None else Path(state_dir),
        )
        loading = Loading(Path(lock), Path(models_dir), signed_by, load, models_bytes)
        return cls(loading.engines(), cache, again=loading.engines, locked=loading.locked)

    def renewed(self) -> Translator:
        """A translator with the models that the lock names by now. Blocks; changes nothing here.

        Every byte of every model is verified, and those that are new are loaded and tried. Those
        that stayed the same are shared by both: whoever goes on with one of the two closes the
        engines that only the other has.

        Raises:
            SupplyError: The lock or a model is missing, damaged or not to be trusted.
            ServiceError: A new model cannot be loaded, or does not translate.
            ConfigurationError: This one was not made of a lock, or see `open`.
        """
        if self._again is None:
            raise ConfigurationError("These models come from no lock that could be read again.")
        engines = self._again(self._engines)
        return Translator(
            *(engines, self._cache),
            again=self._again,
            locked=self._locked,
            detector=self._detector,
            tally=self.tally,
        )

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The loaded models."""
        return self._engines

    @property
    def pairs(self) -> tuple[LanguagePair, ...]:
        """Every direction that can be translated, sorted."""
        return self._directions.pairs

    @property
    def tally(self) -> Tally:
        """What has been translated."""
        return self._journey.tally

    def locked(self, engine: Engine) -> LockedModel | None:
        """What the lock says of a loaded model: where it is from, how it was judged."""
        return self._locked(engine) if self._locked else None

    def cache_stats(self) -> CacheStats:
        """What the cache of sentences holds and how often it was asked."""
        return self._cache.stats()

    def translate(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
    ) -> Translation:
        """Translates one text. Blocks. For the arguments see the class.

        Raises:
            UnsupportedPair: No model serves the pair; the message names those that exist.
            InvalidRequest: A tag is malformed.
            ServiceError: The model failed, was closed, or did not get to it in time.
        """
        [result] = finish(self._journey.of([text], source, target, options, how))
        return raised(result)

    async def translate_async(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
    ) -> Translation:
        """As `translate`, on an event loop. Cancelling the task takes it out of the queue."""
        [result] = await finish_async(
            self._journey.of([text], source, target, options, how),
            in_threads=source == AUTO or len(text) > _LONG,
        )
        return raised(result)

    def translate_batch(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
    ) -> list[Outcome]:
        """Translates texts together, in order. Blocks. For the arguments see the class.

        A text that cannot be translated has the error in its place; its neighbours have
        translations.

        Raises:
            UnsupportedPair: No model serves the pair that was named.
            InvalidRequest: A tag is malformed.
        """
        return finish(self._journey.of(list(texts), source, target, options, how))

    async def translate_batch_async(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
    ) -> list[Outcome]:
        """As `translate_batch`, on an event loop."""
        listed = list(texts)
        return await finish_async(
            self._journey.of(listed, source, target, options, how),
            in_threads=source == AUTO or sum(map(len, listed)) > _LONG,
        )

    def stream(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
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
            ahead.append(begin(self._journey.of(group, source, target, options, how)))
            if len(ahead) > self._ahead:
                yield from ahead.popleft()()
        for end in ahead:
            yield from end()

    def sentences_async(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        **how: Unpack[How],
    ) -> AsyncGenerator[Beginning | Sentence | Translation]:
        """Translates one text sentence by sentence, on an event loop.

        First comes how the text is built, then each sentence as it is finished, at last the whole
        as `translate` gives it. Closing the generator takes what is left out of the queue.

        Raises:
            AITranslateError: As `translate`; before the first item where the text cannot be
                translated at all.
        """
        return streamed(self._journey, text, source, target, options, how)

    def translate_document(  # languages and options as everywhere, and what a document needs
        self,
        name: str,
        content: bytes,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        reading: Reading = _AS_NAMED,
        told: Told | None = None,
        **how: Unpack[How],
    ) -> TranslatedDocument:
        """Translates a document, whose kind its name or `reading` tells. Blocks.

        Of `auto` the language is told once, from the document as a whole. A part that fails stands
        as it was, and is counted. Not to be called where an event loop runs.

        Args:
            name: Of the file, such as `report.docx`.
            content: All its bytes.
            source: Language tag or `auto`.
            target: Language tag.
            options: How to search.
            reading: How to read it.
            told: Called with how far it is, now and then.
            how: See `How`; its `timeout` counts for each group of parts.

        Raises:
            UnknownDocument: Nobody reads documents of this name or kind.
            BrokenDocument: It is not what its kind says.
            AITranslateError: Its language is not served, or each of its parts has failed.
        """
        return asyncio.run(
            self.translate_document_async(
                name, content, source, target, options, reading=reading, told=told, **how
            )
        )

    async def translate_document_async(  # the same
        self,
        name: str,
        content: bytes,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
        *,
        reading: Reading = _AS_NAMED,
        told: Told | None = None,
        **how: Unpack[How],
    ) -> TranslatedDocument:
        """As `translate_document`, on an event loop. Cancelling the task ends the work."""
        return await translated_document(
            *(self._journey, name, content, source, target, options, how),
            reading=reading,
            told=told,
        )

    def detect(self, text: str) -> Detected:
        """The most likely language of a text, of all that can be told apart. Blocks.

        Raises:
            NotReady: The detector's model cannot be read.
        """
        return self._detector.detect(text)

    def models_for(self, source: str, target: str) -> tuple[Engine, ...]:
        """The model that will translate; those that may where only the text's language will tell.

        Raises:
            UnsupportedPair: No model serves the pair; the message names those that exist.
            InvalidRequest: A tag is malformed.
        """
        if source == AUTO:
            return self._directions.serving(target)
        return (self._directions.find(source, target)[1],)

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
