"""What CTranslate2 does alone: the limit that a service in front of it is held against."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import ctranslate2

from ai_translate.artifact import Artifact
from ai_translate.engine.cpus import usable_cpus
from ai_translate.engine.tokenizer import Tokenizer

__all__ = ["Offline", "Rate", "Threads"]

_BATCH_TOKENS: Final = (1024, 2048, 4096)
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Threads:
    """Batches at once, threads inside each, and padded tokens of a batch."""

    inter: int
    intra: int
    batch_tokens: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Sentences a second, and processor time for each."""

    sentences_per_second: float
    cpu_ms: float


class Offline:
    """CTranslate2 on the tokens of some sentences, with the search that the service uses.

    The service breaks sentences that are longer than its model likes; so are these, in the same
    way. The time of the tokenizer is not counted, except where a method says so.

    Args:
        artifact: The model.
        sentences: What to translate.
        beam: Beam width.
        max_length: Longest translation, in tokens.
    """

    def __init__(
        self, artifact: Artifact, sentences: Sequence[str], *, beam: int, max_length: int | None
    ) -> None:
        self._artifact = artifact
        self._sentences = sentences
        self._tokenizer = Tokenizer(artifact.path, artifact.manifest.part_tokens)
        self._tokens = [self._split(sentence) for sentence in sentences]
        longest = max(len(part) for parts in self._tokens for part in parts)
        self._options: dict[str, Any] = {
            "beam_size": beam,
            "max_decoding_length": max_length or 3 * longest + 32,
            "disable_unk": True,
            "return_scores": True,
            "batch_type": "tokens",
        }

    def best_setting(self, count: int) -> tuple[Threads, list[dict[str, Any]]]:
        """The fastest setting for the first `count` sentences, and all that were tried.

        Every setting is tried more than once, in turn, and its best counts: a neighbour on the
        machine only ever makes one slower.
        """
        cpus = usable_cpus()
        splits = dict.fromkeys([(cpus, 1), (1, cpus), (1, 1)])
        settings = [Threads(*split, tokens) for split in splits for tokens in _BATCH_TOKENS]
        tried = dict.fromkeys(settings, 0.0)
        for setting in settings * _TRIES:
            rate = self.rate(setting, count).sentences_per_second
            tried[setting] = max(tried[setting], rate)
        best = max(tried, key=lambda setting: tried[setting])
        listed = [
            {**asdict(setting), "sentences_per_second": rate} for setting, rate in tried.items()
        ]
        return best, listed

    def rate(self, setting: Threads, count: int, *, fed: int | None = None) -> Rate:
        """How fast the first `count` sentences are translated.

        Args:
            setting: How CTranslate2 is set.
            count: How many.
            fed: How many are given at a time; all by default. CTranslate2 sorts what it is given
                by length.
        """
        translator = self._open(setting)
        given = self._tokens[:count]
        step = fed or count
        started, processor = time.perf_counter(), time.process_time()
        for start in range(0, count, step):
            parts = [part for parts in given[start : start + step] for part in parts]
            translator.translate_batch(parts, max_batch_size=setting.batch_tokens, **self._options)
        seconds = time.perf_counter() - started
        cpu = time.process_time() - processor
        translator.unload_model()
        return Rate(count / seconds, 1000 * cpu / count)

    def single(self, count: int) -> tuple[float, float]:
        """Milliseconds of one sentence alone, its tokenizer counted: median, and CPU time.

        One thread translates it, as it does in the service.
        """
        translator = self._open(Threads(1, 1, 0))
        times = []
        processor = time.process_time()
        for sentence in self._sentences[:count]:
            started = time.perf_counter()
            found = translator.translate_batch(self._split(sentence), **self._options)
            for result in found:
                self._tokenizer.decode(result.hypotheses[0])
            times.append(time.perf_counter() - started)
        cpu = time.process_time() - processor
        translator.unload_model()
        return 1000 * statistics.median(times), 1000 * cpu / len(times)

    def _open(self, setting: Threads) -> ctranslate2.Translator:
        translator = ctranslate2.Translator(
            str(self._artifact.path), inter_threads=setting.inter, intra_threads=setting.intra
        )
        warm = [self._tokens[0][0]] * 16 * setting.inter
        translator.translate_batch(warm, max_batch_size=256, **self._options)
        return translator

    def _split(self, sentence: str) -> list[list[str]]:
        return [list(part.tokens) for part in self._tokenizer.encode(sentence)]
