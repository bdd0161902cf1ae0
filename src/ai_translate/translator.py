"""The room that every door opens into: text in one language goes in, text in another comes out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.model import CTranslate2Engine
from ai_translate.errors import (
    AITranslateError,
    EngineFailure,
    InvalidRequest,
    LockError,
    UnsupportedPair,
)
from ai_translate.languages import LanguagePair, normalize
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store, open_locked
from ai_translate.text.segment import Segment, split_text

__all__ = ["QualityWarning", "Translation", "Translator"]


@dataclass(frozen=True, slots=True)
class QualityWarning:
    """A doubt about one sentence of a translation.

    Attributes:
        code: What kind of doubt, for programs.
        message: The same for people.
        sentence: The source sentence.
    """

    code: str
    message: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Translation:
    """One translated text.

    Attributes:
        text: The translation; outside its sentences it is byte for byte the original.
        source: Language translated from, as the model calls it.
        target: Language translated into, likewise.
        confidence: Geometric mean of the probabilities that the model gave to the tokens that it
            chose, over all sentences: exp(mean log p), from 0 to 1. It compares translations by
            one model; it is no probability of being right. A text without words has 1.
        model: Name and shortened digest of the model.
        alternatives: Further translations, each worse than the one before.
        warnings: Doubts, in the order of the sentences.
    """

    text: str
    source: str
    target: str
    confidence: float
    model: str
    alternatives: tuple[str, ...] = ()
    warnings: tuple[QualityWarning, ...] = ()


class Translator:
    """Translates whole texts with one or more loaded models. Thread-safe.

    Where two models serve the same direction, the first one does it.

    Args:
        engines: Loaded models; the translator closes them.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = tuple(engines)
        self._by_pair: dict[LanguagePair, Engine] = {}
        for engine in self._engines:
            for pair in engine.artifact.manifest.pairs:
                self._by_pair.setdefault(pair, engine)

    @classmethod
    def open(
        cls,
        models_dir: Path | str = ".models",
        lock: Path | str = "models.lock",
        *,
        device: Literal["cpu", "cuda", "auto"] = "cpu",
        inter_threads: int = 0,
        intra_threads: int = 1,
    ) -> Self:
        """Verifies and loads every model of a lock. Fetches nothing.

        Args:
            models_dir: The folder that holds `store/`.
            lock: Path of the lock.
            device: `auto` takes a CUDA device if there is one.
            inter_threads: Batches computed at once; 0 means one for each usable CPU.
            intra_threads: Threads inside one batch.

        Raises:
            SupplyError: The lock or a model is missing, damaged or not to be trusted.
            EngineFailure: A model cannot be loaded on this device.
        """
        locked = Lock.read(Path(lock))
        if not locked.models:
            raise LockError(f"{lock} names no model.", hint="Run `ai-translate models add`.")
        engines: list[Engine] = []
        opened = open_locked(locked, Store(Path(models_dir)))
        try:
            for model, artifact in opened:
                engines.append(  # those already loaded are closed on failure
                    CTranslate2Engine(
                        model.name,
                        artifact,
                        device=device,
                        inter_threads=inter_threads,
                        intra_threads=intra_threads,
                    )
                )
        except BaseException:
            for engine in engines:
                engine.close()
            raise
        return cls(engines)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The loaded models."""
        return self._engines

    @property
    def pairs(self) -> tuple[LanguagePair, ...]:
        """Every direction that can be translated, sorted."""
        return tuple(sorted(self._by_pair))

    def translate(
        self,
        text: str,
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
    ) -> Translation:
        """Translates one text. Blocks.

        Args:
            text: Any text; layout survives.
            source: Language tag; `en-US` and `EN` find a model for `en`.
            target: Likewise.
            options: How to search.

        Raises:
            UnsupportedPair: No model serves the pair; the message names those that exist.
            InvalidRequest: A tag is malformed.
            EngineFailure: The model failed.
        """
        [result] = self.translate_batch([text], source, target, options)
        if isinstance(result, AITranslateError):
            raise result
        return result

    def translate_batch(
        self,
        texts: Iterable[str],
        source: str = "en",
        target: str = "fr",
        options: DecodingOptions | None = None,
    ) -> list[Translation | AITranslateError]:
        """Translates texts together, in order. Blocks.

        A text that the model fails on has the error in its place; its neighbours are translated.

        Raises:
            UnsupportedPair: No model serves the pair.
            InvalidRequest: A tag is malformed.
        """
        pair, engine = self._find(source, target)
        options = options or DecodingOptions()
        split = [split_text(text, pair.source) for text in texts]
        try:
            return list(_translated(split, pair, engine, options))
        except EngineFailure:
            return [_alone(segments, pair, engine, options) for segments in split]

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

    def _find(self, source: str, target: str) -> tuple[LanguagePair, Engine]:
        wanted = LanguagePair(_tag("source_lang", source), _tag("target_lang", target))
        for pair in _candidates(wanted):
            if engine := self._by_pair.get(pair):
                return pair, engine
        pairs = ", ".join(str(pair) for pair in self.pairs) or "none"
        raise UnsupportedPair(
            f"No model translates {wanted}. The pairs that exist: {pairs}.",
            hint="GET /languages and `ai-translate models list` list them.",
        )


def _tag(field: str, value: str) -> str:
    try:
        return normalize(value)
    except ValueError as error:
        raise InvalidRequest(f"{field}: {error}.", hint="Use a BCP 47 tag.") from error


def _candidates(wanted: LanguagePair) -> list[LanguagePair]:
    """The pair itself, then with the region or script left off, on one side and on both."""
    source, target = wanted.source.partition("-")[0], wanted.target.partition("-")[0]
    return [
        wanted,
        LanguagePair(source, wanted.target),
        LanguagePair(wanted.source, target),
        LanguagePair(source, target),
    ]


def _alone(
    segments: Sequence[Segment], pair: LanguagePair, engine: Engine, options: DecodingOptions
) -> Translation | AITranslateError:
    try:
        [translation] = _translated([segments], pair, engine, options)
    except EngineFailure as error:
        return error
    return translation


def _translated(
    split: Sequence[Sequence[Segment]], pair: LanguagePair, engine: Engine, options: DecodingOptions
) -> Iterable[Translation]:
    """Sends every different sentence to the engine once and puts the texts together."""
    sentences = list(
        dict.fromkeys(
            segment.text for segments in split for segment in segments if segment.translate
        )
    )
    found = dict(zip(sentences, engine.translate(sentences, pair, options), strict=True))
    model = f"{engine.name}@{engine.artifact.digest[:12]}"
    return (_assembled(segments, found, pair, model, options) for segments in split)


def _assembled(
    segments: Sequence[Segment],
    found: dict[str, ScoredSentence],
    pair: LanguagePair,
    model: str,
    options: DecodingOptions,
) -> Translation:
    sentences = [(s.text, found[s.text]) for s in segments if s.translate]
    tokens = sum(sentence.best.tokens for _, sentence in sentences)
    log_probability = sum(s.best.score * s.best.tokens for _, s in sentences)
    versions = [
        "".join(_rendered(segment, found, rank) for segment in segments)
        for rank in range(1 + options.alternatives if sentences else 1)
    ]
    return Translation(
        text=versions[0],
        source=pair.source,
        target=pair.target,
        confidence=min(1.0, math.exp(log_probability / tokens)) if tokens else 1.0,
        model=model,
        alternatives=tuple(dict.fromkeys(v for v in versions[1:] if v != versions[0])),
        warnings=tuple(
            warning for text, sentence in sentences for warning in _doubts(text, sentence)
        ),
    )


def _rendered(segment: Segment, found: dict[str, ScoredSentence], rank: int) -> str:
    """A sentence's hypothesis of that rank; the source where the model found no words for it."""
    if not segment.translate:
        return segment.text
    return found[segment.text].hypotheses[rank].text or segment.text


def _doubts(text: str, sentence: ScoredSentence) -> Iterable[QualityWarning]:
    if sentence.truncated:
        yield QualityWarning(
            "cut_short", "The translation stopped at its length limit and may lack its end.", text
        )
    if not sentence.best.text:
        yield QualityWarning("untranslated", "The model found no words; the source stands.", text)
