"""One loaded CTranslate2 model: decodes batches of tokens. The only module that imports it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import ctranslate2

from ai_translate.artifact import Artifact
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.errors import EngineFailure

__all__ = ["Decoded", "Device", "Model"]

Device = Literal["cpu", "cuda", "auto"]

_END: Final = "</s>"

Decoded = list[tuple[list[str], float, int]]
"""Hypotheses of one sentence, best first: tokens, mean log-probability of a token, and how many
tokens that mean is over."""


class Model:
    """Weights in memory, shared by all workers.

    Args:
        name: What the lock calls it.
        artifact: A verified artifact.
        device: `auto` takes a CUDA device if there is one.
        workers: Batches that may be decoded at once.
        threads: OpenMP threads inside one batch.

    Raises:
        EngineFailure: CTranslate2 cannot load the model on this device.
    """

    def __init__(
        self, name: str, artifact: Artifact, *, device: Device, workers: int, threads: int
    ) -> None:
        self._positions = artifact.manifest.positions
        try:
            self._translator = ctranslate2.Translator(
                str(artifact.path), device=device, inter_threads=workers, intra_threads=threads
            )
        except (RuntimeError, ValueError) as error:
            raise EngineFailure(
                f"{name} cannot be loaded on {device}: {error}.",
                hint="`ai-translate doctor` tells what this machine can do.",
            ) from error

    def decode(
        self, batch: Sequence[Sequence[str]], options: DecodingOptions
    ) -> list[tuple[Decoded, bool]]:
        """Decodes one batch on the calling thread's worker. Blocks; releases the GIL.

        CTranslate2 has one limit of length for a batch. Each sentence is cut at its own, so that
        what comes of it does not depend on its company.

        Args:
            batch: For each sentence its tokens, the end token last. What stands after that token
                is not read by the encoder: the translation is made to begin with it, and it is
                taken off again. It counts in no length and no score.
            options: How to search.

        Returns:
            For each sentence its hypotheses, and whether the best one stopped at the limit.

        Raises:
            RuntimeError: CTranslate2 failed.
        """
        read = [_divided(tokens) for tokens in batch]
        limits = [self._limit(len(source), len(forced), options) for source, forced in read]
        most = max(limits) + max(len(forced) for _, forced in read)
        results = self._translator.translate_batch(
            [source for source, _ in read],
            target_prefix=[forced for _, forced in read] if most > max(limits) else None,
            beam_size=options.beam_size,
            num_hypotheses=1 + options.alternatives,
            length_penalty=options.length_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram,
            max_decoding_length=most,
            max_input_length=0,
            disable_unk=True,
            return_scores=True,
        )
        return [
            (
                _means(result, options.length_penalty, len(forced), limit, most),
                len(result.hypotheses[0]) - len(forced) >= limit,
            )
            for result, (_, forced), limit in zip(results, read, limits, strict=True)
        ]

    def close(self) -> None:
        """Frees the weights. Idempotent."""
        self._translator.unload_model()

    def _limit(self, length: int, forced: int, options: DecodingOptions) -> int:
        """Most tokens of a translation: a longer one would be suspected of looping anyway."""
        return min(options.max_target_tokens or 2 * length + 16, self._positions - 1 - forced)


def _divided(tokens: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """What the encoder reads, and what the translation must begin with, which is mostly nothing."""
    if tokens[-1] == _END:
        return tokens, []
    end = len(tokens) - list(reversed(tokens)).index(_END)
    return tokens[:end], list(tokens[end:])


def _means(
    result: ctranslate2.TranslationResult,
    length_penalty: float,
    forced: int,
    limit: int,
    longest: int,
) -> Decoded:
    """Undoes the length penalty, takes off what was forced, and cuts at the sentence's own limit.

    A score of CTranslate2 is log P / length^penalty, where the end token counts towards the
    length if it was reached, and forced tokens count though they add nothing to log P.
    """
    decoded = []
    for tokens, score in zip(result.hypotheses, result.scores, strict=True):
        length = len(tokens) + (len(tokens) < longest)
        mean = score * length**length_penalty / (length - forced)
        decoded.append((tokens[forced:][:limit], mean, min(length - forced, limit)))
    return decoded
