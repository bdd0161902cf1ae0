"""What becomes of a server that is asked for more than it can do.

    PYTHONPATH=tests python benchmarks/reliability.py [--starter] [--rounds 3] [--soak MINUTES]

- **Capacity**: answers a second with 64 callers who each wait for theirs, on a server that lets
  everybody wait.
- **Half load** and **three times capacity**: single sentences that arrive at random, whatever
  became of those before. Of the second: goodput (answers with 200) against capacity, the slow end
  of those that were accepted, and how the memory of the process grows.
- **Soak**, for some minutes: sentences, pages of HTML, long texts, streams and batches at twice
  capacity. Every request must be answered, with 200 or 503.

The model is a random one of the size of OPUS-MT unless `--starter` is given. Figures go to
`results/reliability.json`, or `results/reliability-starter.json`.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from ai_translate.supply.lockfile import Lock
from random_model import make
from record import write_record
from sentences import sentences
from services import Service, our_service
from support.open_load import Answered, Ask, closed_load, open_load, percentile

ROOT: Final = Path(__file__).parents[1]
_CALLERS: Final = 64
_SAMPLE_SECONDS: Final = 1.0
# How often each kind comes in the soak, in parts of all, and how many sentences it has.
_KINDS: Final = {
    "sentence": (70, 1),
    "page": (10, 2),
    "stream": (10, 2),
    "text": (8, 20),
    "batch": (2, 100),
}


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starter", action="store_true", help="the model of the project")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load")
    parser.add_argument("--soak", type=float, default=0.0, help="minutes of mixed load")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.starter:
            name, place = "starter-en-fr", ROOT
        else:
            name, place = make(Path(folder), ROOT / "starter/en-fr").name, Path(folder)
        options: dict[str, object] = {} if arguments.starter else {"max_length": 20}
        figures = measure(place, options, arguments.rounds, arguments.seconds, arguments.soak)
        digests = {model.name: model.artifact for model in Lock.read(place / "models.lock").models}
    record = "reliability-starter" if arguments.starter else "reliability"
    write_record(record, figures, models={name: digests[name]})
    return 0


def measure(
    folder: Path, options: dict[str, object], rounds: int, seconds: float, soak: float
) -> dict[str, Any]:
    """All of it. The loads take turns, so that a noisy machine is noisy to all of them."""
    asks = singles(options)
    told_of: dict[str, list[dict[str, Any]]] = {"half": [], "three_times": []}
    capacities: list[float] = []
    with our_service(folder, {"AIT_MAX_WAIT": "3600"}) as patient, our_service(folder) as service:
        for number in range(rounds + 1):
            capacity = _capacity(patient, asks, seconds)
            capacities.append(capacity)
            for label, times in (("half", 0.5), ("three_times", 3.0)):
                with Watched(service) as watched:
                    answered = open_load(service.port, asks, capacity * times, seconds)
                told_of[label].append(told(answered, watched, capacity))
                print(number, round(capacity, 1), label, told_of[label][-1], flush=True)
        capacity = statistics.median(capacities[1:])
        # The first round warms up: models, caches, the allocator.
        figures: dict[str, Any] = {
            "rounds": rounds,
            "seconds": seconds,
            "capacity_per_second": round(capacity, 1),
            **{label: _together(loads[1:]) for label, loads in told_of.items()},
        }
        pairs = zip(told_of["half"][1:], told_of["three_times"][1:], strict=True)
        ratios = [three["p99_ms"] / half["p99_ms"] for half, three in pairs]
        figures["p99_against_half_load"] = round(statistics.median(ratios), 2)
        print(f"p99 against half load: {figures['p99_against_half_load']}", flush=True)
        if soak:
            parts = sum(often for often, _ in _KINDS.values())
            each = sum(often * many for often, many in _KINDS.values()) / parts
            with Watched(service) as watched:
                answered = open_load(service.port, mixed(options), 2 * capacity / each, 60 * soak)
            figures["soak"] = {"minutes": soak, **told(answered, watched, capacity)}
            print("soak", figures["soak"], flush=True)
    return figures


def _capacity(service: Service, asks: Iterator[Ask], seconds: float) -> float:
    answered = closed_load(service.port, asks, _CALLERS, seconds)
    return answered.count(200) / answered.seconds


def _together(loads: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums of statuses, and medians of all else."""
    statuses: Counter[str] = Counter()
    for load in loads:
        statuses.update(load["statuses"])
    figures: dict[str, Any] = {"statuses": dict(sorted(statuses.items()))}
    for name in loads[0]:
        found = [load[name] for load in loads if load[name] is not None]
        if name != "statuses":
            figures[name] = round(statistics.median(found), 4) if found else None
    return figures


def singles(options: dict[str, object]) -> Iterator[Ask]:
    """Single sentences, none twice until 200,000 have been."""
    for sentence in itertools.cycle(sentences(200_000)):
        yield Ask("sentence", "/translate", {"text": sentence, **options})


def mixed(options: dict[str, object]) -> Iterator[Ask]:
    """Requests of every kind."""
    source = itertools.cycle(sentences(200_000))
    chance = random.Random(1)
    weights = [often for often, _ in _KINDS.values()]
    while True:
        [kind] = chance.choices(list(_KINDS), weights)
        some = list(itertools.islice(source, _KINDS[kind][1]))
        if kind == "batch":
            yield Ask(kind, "/translate/batch", {"texts": some, **options})
        elif kind == "page":
            text = "".join(f"<p>{sentence} <b>{sentence[:9]}</b></p>\n" for sentence in some)
            yield Ask(kind, "/translate", {"text": text, "format": "html", **options})
        elif kind == "stream":
            yield Ask(kind, "/translate/stream", {"text": " ".join(some), **options})
        else:
            text = some[0] if kind == "sentence" else " ".join(some)
            yield Ask(kind, "/translate", {"text": text, **options})


class Watched:
    """Resident memory and processor time of a server while a block runs."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.samples: list[float] = []
        self.cpu_seconds = 0.0

    def __enter__(self) -> Self:
        self.cpu_seconds = -self._service.cpu_seconds()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.cpu_seconds += self._service.cpu_seconds()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.samples.append(self._service.resident_megabytes())

    def growth(self) -> float:
        """How much more memory there is in the last tenth than at the first third, as a part."""
        third, tenth = len(self.samples) // 3, max(1, len(self.samples) // 10)
        before = statistics.mean(self.samples[third : third + tenth])
        return statistics.mean(self.samples[-tenth:]) / before - 1


def told(answered: Answered, watched: Watched, capacity: float) -> dict[str, Any]:
    """What became of one load, in figures."""
    latencies = answered.latencies("sentence")
    statuses = Counter(outcome.status for outcome in answered.outcomes)
    retries = [o.retry_after for o in answered.outcomes if o.retry_after is not None]
    return {
        "sent_per_second": round(len(answered.outcomes) / answered.sending, 1),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "goodput": round(answered.count(200) / answered.seconds / capacity, 3),
        "p50_ms": round(1000 * percentile(latencies, 0.5), 1),
        "p99_ms": round(1000 * percentile(latencies, 0.99), 1),
        "refusal_p99_ms": round(1000 * percentile(answered.latencies("sentence", 503), 0.99), 1),
        "retry_after_seconds": statistics.median(retries) if retries else None,
        "memory_growth": round(watched.growth(), 4),
        "megabytes": round(watched.samples[-1], 1),
        "server_cpus": round(watched.cpu_seconds / answered.seconds, 2),
        "generator_cpus": round(answered.cpu_seconds / answered.seconds, 3),
    }


if __name__ == "__main__":
    raise SystemExit(main())
