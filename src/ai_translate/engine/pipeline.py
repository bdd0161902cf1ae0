"""The engine: sentences through cache, tokenizer, batcher and guard."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ai_translate.artifact import Artifact
from ai_translate.engine import guard
from ai_translate.engine.batcher import Batcher
from ai_translate.engine.cache import CacheScope, SentenceCache
from ai_translate.engine.model import Device, Model
from ai_translate.engine.protocol import DecodingOptions, Hypothesis, ScoredSentence
from ai_translate.engine.stats import EngineStats, Histogram
from ai_translate.engine.threads import choose_threads
from ai_translate.engine.ticket import Ticket
from ai_translate.engine.tokenizer import Part, Tokenizer
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import ServiceError
from ai_translate.languages import LanguagePair

__all__ = ["CTranslate2Engine"]

# Padded tokens in one batch: see `benchmarks/batcher.py`.
_BATCH_TOKENS: Final = 384

# Sentences of one request that are taken to tokens and examined together.
_GROUP: Final = 128

# How a suspect is decoded once more: measured in `benchmarks/guard.py`, see ADR 0007.
_SECOND_BEAM: Final = 4
_SECOND_NGRAM: Final = 3

Outcome = ScoredSentence | ServiceError


class CTranslate2Engine:
    """A model behind the `Engine` protocol.

    Args:
        name: What the lock calls it.
        artifact: A verified artifact.
        device: `auto` takes a CUDA device if there is one.
        inter_threads: Batches computed at once; 0 chooses.
        intra_threads: Threads inside one batch; 0 chooses. See `engine.threads`.
        cache: Translations of earlier sentences; none are kept without one.
        state_dir: Folder for what is measured where the store is read-only.

    Raises:
        EngineFailure: CTranslate2 cannot load the model on this device.
        BadFile: A tokenizer cannot be read.

    Attributes:
        resident: See `Engine.resident`.
    """

    resident = True

    def __init__(
        self,
        name: str,
        artifact: Artifact,
        *,
        device: Device = "cpu",
        inter_threads: int = 0,
        intra_threads: int = 0,
        cache: SentenceCache | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self.name = name
        self.artifact = artifact
        chosen = choose_threads(
            artifact, device, inter_threads, intra_threads, name=name, state_dir=state_dir
        )
        self._tokenizer = Tokenizer(artifact.path, artifact.manifest.part_tokens)
        self._tokenized, self._observing = Histogram(), threading.Lock()
        self._cache = cache or SentenceCache(0)
        self._model = Model(
            name, artifact, device=device, workers=chosen.inter, threads=chosen.intra
        )
        self._batcher: Batcher[ScoredSentence] = Batcher(
            self._decode, workers=chosen.inter, batch_tokens=_BATCH_TOKENS, name=name
        )
        self.pace = self._batcher.pace

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[Outcome]]:
        """See `Engine.translate`."""
        if not cached:
            return (yield from self._fresh(sentences, pair, options, turn))
        scope = CacheScope(self.artifact.digest, pair, options)
        known = self._cache.get_many(scope, sentences)
        missing = [s for s, found in zip(sentences, known, strict=True) if found is None]
        if not missing:
            return [found for found in known if found is not None]
        fresh = yield from self._fresh(missing, pair, options, turn)
        self._cache.put_many(
            scope,
            (
                (sentence, outcome)
                for sentence, outcome in zip(missing, fresh, strict=True)
                if isinstance(outcome, ScoredSentence)
            ),
        )
        rest = iter(fresh)
        return [next(rest) if found is None else found for found in known]

    def stats(self) -> EngineStats:
        """See `Engine.stats`."""
        with self._observing:
            tokenized = self._tokenized.reading()
        return EngineStats(self._batcher.stats(), tokenized)

    def close(self) -> None:
        """See `Engine.close`."""
        self._batcher.close()
        self._model.close()

    def _fresh(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        turn: Turn,
    ) -> Work[list[Outcome]]:
        """Translates sentences that are in no cache, the longest first.

        Neighbours in length then share batches, however many sentences there are, and the last
        batches, of which not every worker may have one, are the short ones.
        """
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]), reverse=True)
        found = yield from self._decoded([sentences[i] for i in order], pair, options, turn)
        outcomes = dict(zip(order, found, strict=True))
        return [outcomes[i] for i in range(len(sentences))]

    def _decoded(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        turn: Turn,
    ) -> Work[list[Outcome]]:
        """Decodes sentences in their order, and suspects once more."""
        marks = self.artifact.manifest.language_tokens(pair)
        sent: list[Ticket[ScoredSentence]] = []

        def submit(split: list[list[Part]], how: DecodingOptions) -> Ticket[ScoredSentence]:
            tokens = [part.tokens for parts in split for part in parts]
            sent.append(self._batcher.submit(tokens, how, turn))
            return sent[-1]

        try:
            # In groups, so that workers decode the first while the next is taken to tokens, and
            # suspects of the first are decoded again while the others are decoded once.
            groups = []
            for start in range(0, len(sentences), _GROUP):
                group = sentences[start : start + _GROUP]
                began = time.perf_counter()
                split = [self._tokenizer.encode(sentence, *marks) for sentence in group]
                seconds = time.perf_counter() - began
                self.pace.read(
                    sum(len(sentence.encode("utf-8", "surrogatepass")) for sentence in group),
                    sum(len(part.tokens) for parts in split for part in parts),
                )
                with self._observing:
                    self._tokenized.observe(seconds)
                groups.append((start, split, submit(split, options)))
            outcomes: list[Outcome] = []
            again: list[tuple[list[int], list[list[Part]], Ticket[ScoredSentence]]] = []
            for start, split, ticket in groups:
                found = _whole(split, (yield ticket))
                outcomes += [
                    _with_doubts(sentences[start + i], split[i], outcome, pair)
                    for i, outcome in enumerate(found)
                ]
                places = range(start, len(outcomes))
                suspects = [p for p in places if _worth_another(outcomes[p], options)]
                if suspects:
                    doubted = [split[place - start] for place in suspects]
                    again.append((suspects, doubted, submit(doubted, _second(options))))
            for suspects, doubted, ticket in again:
                found = _whole(doubted, (yield ticket))
                for place, parts, outcome in zip(suspects, doubted, found, strict=True):
                    first = outcomes[place]
                    outcomes[place] = _better(sentences[place], parts, first, outcome, pair)
            return outcomes
        finally:
            # What a caller who left has not waited for; no more than a look at all others.
            for ticket in sent:
                ticket.cancel()

    def _decode(
        self, batch: list[tuple[str, ...]], options: DecodingOptions
    ) -> list[ScoredSentence]:
        """What a worker of the batcher does."""
        return [
            ScoredSentence(
                tuple(
                    Hypothesis(self._tokenizer.decode(tokens), score, length)
                    for tokens, score, length in hypotheses
                ),
                truncated,
            )
            for hypotheses, truncated in self._model.decode(batch, options)
        ]


def _whole(split: Sequence[Sequence[Part]], answers: Sequence[Outcome]) -> list[Outcome]:
    """One outcome for each sentence, however many parts it is in."""
    found = iter(answers)
    return [_joined(parts, list(itertools.islice(found, len(parts)))) for parts in split]


def _joined(parts: Sequence[Part], found: Sequence[Outcome]) -> Outcome:
    """One sentence of its parts, with the white space between them; ranks go with ranks."""
    if len(parts) == 1:
        return found[0]
    scored = [outcome for outcome in found if isinstance(outcome, ScoredSentence)]
    if len(scored) < len(found):
        return next(outcome for outcome in found if isinstance(outcome, ServiceError))
    hypotheses = []
    for ranked in zip(*(sentence.hypotheses for sentence in scored), strict=True):
        text = "".join(h.text + part.space for h, part in zip(ranked, parts, strict=True))
        tokens = sum(h.tokens for h in ranked)
        score = sum(h.score * h.tokens for h in ranked) / tokens
        hypotheses.append(Hypothesis(text, score, tokens))
    return ScoredSentence(tuple(hypotheses), any(sentence.truncated for sentence in scored))


def _with_doubts(
    sentence: str, parts: Sequence[Part], outcome: Outcome, pair: LanguagePair
) -> Outcome:
    if not isinstance(outcome, ScoredSentence):
        return outcome
    doubts = _examined(sentence, parts, outcome, pair)
    return dataclasses.replace(outcome, suspicions=doubts) if doubts else outcome


def _worth_another(outcome: Outcome, options: DecodingOptions) -> bool:
    """Whether to decode once more: not what was cut short because the caller asked for that."""
    return (
        isinstance(outcome, ScoredSentence)
        and bool(outcome.suspicions)
        and not (outcome.truncated and options.max_target_tokens)
    )


def _examined(
    sentence: str, parts: Sequence[Part], found: ScoredSentence, pair: LanguagePair
) -> tuple[guard.Suspicion, ...]:
    tokens = sum(len(part.tokens) for part in parts)
    return guard.examine(sentence, found.best.text, tokens, found.best.tokens, pair)


def _second(options: DecodingOptions) -> DecodingOptions:
    """How a suspect is decoded once more."""
    return dataclasses.replace(
        options,
        beam_size=max(_SECOND_BEAM, options.beam_size),
        alternatives=max(_SECOND_BEAM - 1, options.alternatives),
        no_repeat_ngram=_SECOND_NGRAM,
    )


def _better(
    sentence: str,
    parts: Sequence[Part],
    first: Outcome,
    second: Outcome,
    pair: LanguagePair,
) -> Outcome:
    """The least suspect hypothesis of both decodings, the others after it.

    The first decoding's best wins where nothing is better; as many hypotheses are given as the
    caller asked for.
    """
    if not isinstance(first, ScoredSentence) or not isinstance(second, ScoredSentence):
        return first
    candidates = [first.best, *second.hypotheses]
    doubts = [first.suspicions] + [
        _examined(sentence, parts, ScoredSentence((hypothesis,)), pair)
        for hypothesis in second.hypotheses
    ]
    chosen = guard.best(doubts)
    if chosen == 0:
        return first
    rest = dict.fromkeys([*second.hypotheses, *first.hypotheses])
    del rest[candidates[chosen]]
    hypotheses = (candidates[chosen], *rest)[: len(first.hypotheses)]
    return ScoredSentence(hypotheses, second.truncated and chosen == 1, doubts[chosen])
