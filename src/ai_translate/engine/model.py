"""One loaded CTranslate2 model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, Literal

import ctranslate2

from ai_translate.artifact import Artifact
from ai_translate.engine.cpus import usable_cpus
from ai_translate.engine.protocol import DecodingOptions, Hypothesis, ScoredSentence
from ai_translate.engine.tokenizer import Part, Tokenizer
from ai_translate.errors import EngineFailure
from ai_translate.languages import LanguagePair

__all__ = ["CTranslate2Engine"]

# Padded tokens in one batch: measured in benchmarks/batch_tokens.py.
_BATCH_TOKENS: Final = 1024


class CTranslate2Engine:
    """A model behind the `Engine` protocol.

    Args:
        name: What the lock calls it.
        artifact: A verified artifact.
        device: `auto` takes a CUDA device if there is one.
        inter_threads: Batches computed at once; 0 means one for each usable CPU.
        intra_threads: OpenMP threads inside one batch. More than one made sentences several
            times slower on shared virtual CPUs, so it is asked for, never guessed.

    Raises:
        EngineFailure: CTranslate2 cannot load the model on this device.
        BadFile: A tokenizer cannot be read.
    """

    def __init__(
        self,
        name: str,
        artifact: Artifact,
        *,
        device: Literal["cpu", "cuda", "auto"] = "cpu",
        inter_threads: int = 0,
        intra_threads: int = 1,
    ) -> None:
        self.name = name
        self.artifact = artifact
        self._positions = artifact.manifest.positions
        self._tokenizer = Tokenizer(artifact.path, artifact.manifest.part_tokens)
        workers = inter_threads or max(1, usable_cpus() // intra_threads)
        try:
            self._translator = ctranslate2.Translator(
                str(artifact.path),
                device=device,
                inter_threads=workers,
                intra_threads=intra_threads,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineFailure(
                f"{name} cannot be loaded on {device}: {error}.",
                hint="`ai-translate doctor` tells what this machine can do.",
            ) from error

    def translate(
        self, sentences: Sequence[str], pair: LanguagePair, options: DecodingOptions
    ) -> list[ScoredSentence]:
        """See `Engine.translate`."""
        prefix = self.artifact.manifest.target_tokens.get(pair.target)
        split = [self._tokenizer.encode(sentence, prefix) for sentence in sentences]
        parts = list(itertools.chain.from_iterable(split))
        found = iter(self._decode(parts, options))
        return [_joined(group, [next(found) for _ in group]) for group in split]

    def close(self) -> None:
        """See `Engine.close`."""
        self._translator.unload_model()

    def _decode(self, parts: Sequence[Part], options: DecodingOptions) -> list[ScoredSentence]:
        if not parts:
            return []
        longest = max(len(part.tokens) for part in parts)
        limit = min(options.max_target_tokens or 3 * longest + 32, self._positions - 1)
        try:
            results = self._translator.translate_batch(
                [part.tokens for part in parts],
                beam_size=options.beam_size,
                num_hypotheses=1 + options.alternatives,
                length_penalty=options.length_penalty,
                max_decoding_length=limit,
                max_input_length=0,
                max_batch_size=_BATCH_TOKENS,
                batch_type="tokens",
                disable_unk=True,
                return_scores=True,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineFailure(
                f"{self.name} failed on {len(parts)} sentences.", hint="The log says more."
            ) from error
        return [self._scored(result, options, limit) for result in results]

    def _scored(
        self, result: ctranslate2.TranslationResult, options: DecodingOptions, limit: int
    ) -> ScoredSentence:
        """Undoes the length penalty.

        A score of CTranslate2 is log P / length^penalty, where the end token counts towards the
        length if it was reached.
        """
        hypotheses = []
        for tokens, score in zip(result.hypotheses, result.scores, strict=True):
            length = len(tokens) + (len(tokens) < limit)
            mean = score * length ** (options.length_penalty - 1)
            hypotheses.append(Hypothesis(self._tokenizer.decode(tokens), mean, length))
        return ScoredSentence(tuple(hypotheses), len(result.hypotheses[0]) >= limit)


def _joined(parts: Sequence[Part], found: Sequence[ScoredSentence]) -> ScoredSentence:
    """One sentence of its parts, with the white space between them; ranks go with ranks."""
    if len(parts) == 1:
        return found[0]
    hypotheses = []
    for ranked in zip(*(sentence.hypotheses for sentence in found), strict=True):
        text = "".join(h.text + part.space for h, part in zip(ranked, parts, strict=True))
        tokens = sum(h.tokens for h in ranked)
        score = sum(h.score * h.tokens for h in ranked) / tokens
        hypotheses.append(Hypothesis(text, score, tokens))
    return ScoredSentence(tuple(hypotheses), any(sentence.truncated for sentence in found))
