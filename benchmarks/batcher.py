"""What the batcher costs, how large its batches should be, and whether it is fair.

    python benchmarks/batcher.py [--seconds 6]

Many threads send one sentence at a time and wait for it. For several budgets of padded tokens:
sentences a second and CPU time for each, against one call of CTranslate2 that has all sentences
in the same run. Then a steady mixed load, half of it 1-word and half 100-word sentences: time in
the queue of the slowest against the median. Writes `results/batcher.json`.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions
from ai_translate.engine.batcher import Batcher
from ai_translate.engine.cpus import usable_cpus
from ai_translate.engine.model import Decoded, Model
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from record import write_record
from sentences import sentences

ROOT: Final = Path(__file__).parents[1]
OPTIONS: Final = DecodingOptions()
CALLERS: Final = 64
BUDGETS: Final = (256, 384, 512, 1024)
Tokens = tuple[str, ...]


class Watched:
    """A batcher whose queue is timed: from `submit` until a worker has a sentence."""

    def __init__(self, model: Model, workers: int, budget: int) -> None:
        self._model = model
        self._sent: dict[Tokens, float] = {}
        self.waits: list[float] = []
        self.batcher: Batcher[tuple[Decoded, bool]] = Batcher(
            self._decode, workers=workers, batch_tokens=budget
        )

    def send(self, parts: Sequence[Tokens]) -> None:
        """Sends one sentence, in its parts, and waits for it."""
        now = time.perf_counter()
        for part in parts:
            self._sent[part] = now
        self.batcher.submit(parts, OPTIONS).result()

    def _decode(self, batch: list[Tokens], options: DecodingOptions) -> list[tuple[Decoded, bool]]:
        now = time.perf_counter()
        self.waits += [now - self._sent.pop(tokens, now) for tokens in batch]
        return self._model.decode(batch, options)


def load(send: Callable[[Sequence[Tokens]], None], items: Iterator[Any], seconds: float) -> int:
    """Has many callers send items one after the other; how many were answered."""
    until = time.perf_counter() + seconds
    lock = threading.Lock()
    answered = [0] * CALLERS

    def call(place: int) -> None:
        while time.perf_counter() < until:
            with lock:
                item = next(items)
            send(item)
            answered[place] += 1

    threads = [threading.Thread(target=call, args=(place,)) for place in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered)


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=6.0)
    seconds: float = parser.parse_args().seconds
    locked = Lock.read(ROOT / "models.lock").get("starter-en-fr")
    artifact = Store(ROOT / ".models").open(locked.artifact)
    figures = measure(artifact, seconds)
    write_record("batcher", figures, models={locked.name: locked.artifact})
    return 0


def measure(artifact: Artifact, seconds: float) -> dict[str, Any]:
    """All figures of one model."""
    workers = usable_cpus()
    model = Model("starter", artifact, device="cpu", workers=workers, threads=1)
    tokenizer = Tokenizer(artifact.path, artifact.manifest.part_tokens)
    texts = sentences(20_000)
    tokens = [[part.tokens for part in tokenizer.encode(text)] for text in texts]
    figures: dict[str, Any] = {"callers": CALLERS, "workers": workers, "budgets": {}}
    for budget in BUDGETS:
        offline, offline_cpu = alone(model, tokens[:2000], budget)
        watched = Watched(model, workers, budget)
        processor, started = time.process_time(), time.perf_counter()
        answered = load(watched.send, itertools.cycle(tokens), seconds)
        rate = answered / (time.perf_counter() - started)
        cpu = 1000 * (time.process_time() - processor) / answered
        fill = watched.batcher.stats().fill
        watched.batcher.close()
        figures["budgets"][str(budget)] = {
            "of_offline": round(rate / offline, 3),
            "cpu_ms": round(cpu, 3),
            "cpu_ms_beyond_offline": round(cpu - offline_cpu, 3),
            "fill": round(fill, 3),
            "fairness": fairness(model, tokenizer, workers, budget, seconds),
        }
        print(budget, figures["budgets"][str(budget)], flush=True)
    model.close()
    return figures


def alone(model: Model, tokens: Sequence[Sequence[Tokens]], budget: int) -> tuple[float, float]:
    """CTranslate2 with all sentences at once, sorted into batches of the budget, one for each CPU.

    Sentences a second, and CPU milliseconds for each.
    """
    queue = Batcher(model.decode, workers=usable_cpus(), batch_tokens=budget, window=100_000)
    processor, started = time.process_time(), time.perf_counter()
    queue.submit([part for parts in tokens for part in parts], OPTIONS).result()
    rate = len(tokens) / (time.perf_counter() - started)
    cpu = 1000 * (time.process_time() - processor) / len(tokens)
    queue.close()
    return rate, cpu


def fairness(
    model: Model, tokenizer: Tokenizer, workers: int, budget: int, seconds: float
) -> dict[str, float]:
    """Time in the queue under a steady mix of 1-word and 100-word sentences."""
    words = " ".join(sentences(2000)).replace(".", ",").replace("?", ",").split()
    counter = itertools.count()

    def mixed() -> Iterator[Sequence[Tokens]]:
        for number in counter:
            if number % 2:
                yield [("▁Word", *f"{number}", "</s>")]
            else:
                start = number * 7 % (len(words) - 100)
                text = " ".join([str(number), *words[start : start + 99]])
                yield [part.tokens for part in tokenizer.encode(text)]

    watched = Watched(model, workers, budget)
    load(watched.send, mixed(), seconds)
    watched.batcher.close()
    # The first second fills the queue.
    waits = sorted(watched.waits[len(watched.waits) // 5 :])
    median = statistics.median(waits)
    return {
        "median_ms": round(1000 * median, 1),
        "slowest_ms": round(1000 * waits[-1], 1),
        "slowest_of_median": round(waits[-1] / median, 2),
        "p99_of_median": round(waits[int(0.99 * len(waits))] / median, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
