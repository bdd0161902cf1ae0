"""One loaded CTranslate2 model: decodes batches of tokens. The only module that imports it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import ctranslate2

from ai_translate.artifact import Artifact
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.errors import EngineFailure

__all__ = ["Decoded", "Device", "Model"]

Device = Literal["cpu", "cuda", "auto"]

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

        Returns:
            For each sentence its hypotheses, and whether the best one stopped at the limit.

        Raises:
            RuntimeError: CTranslate2 failed.
        """
        limits = [self._limit(len(tokens), options) for tokens in batch]
        results = self._translator.translate_batch(
            batch,
            beam_size=options.beam_size,
            num_hypotheses=1 + options.alternatives,
            length_penalty=options.length_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram,
            max_decoding_length=max(limits),
            max_input_length=0,
            disable_unk=True,
            return_scores=True,
        )
        return [
            (
                _means(result, options.length_penalty, limit, max(limits)),
                len(result.hypotheses[0]) >= limit,
            )
            for result, limit in zip(results, limits, strict=True)
        ]

    def close(self) -> None:
        """Frees the weights. Idempotent."""
        self._translator.unload_model()

    def _limit(self, length: int, options: DecodingOptions) -> int:
        """Most tokens of a translation: a longer one would be suspected of looping anyway."""
        return min(options.max_target_tokens or 2 * length + 16, self._positions - 1)


def _means(
    result: ctranslate2.TranslationResult, length_penalty: float, limit: int, longest: int
) -> Decoded:
    """Undoes the length penalty, and cuts at the sentence's own limit.

    A score of CTranslate2 is log P / length^penalty, where the end token counts towards the
    length if it was reached.
    """
    decoded = []
    for tokens, score in zip(result.hypotheses, result.scores, strict=True):
        length = len(tokens) + (len(tokens) < longest)
        mean = score * length ** (length_penalty - 1)
        decoded.append((tokens[:limit], mean, min(length, limit)))
    return decoded
