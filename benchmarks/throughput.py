"""How many sentences a second, how soon each, and how much of that the service costs.

    python benchmarks/throughput.py [--opus] [--rounds 3] [--seconds 10]

Everything in one run translates the same sentences in the same order: CTranslate2 alone at the
best of its settings, the same given 64 at a time, our library, and our server over HTTP: one
sentence a request (wrk with 1, 8, 64 and 256 connections) and 1,000 a request. No sentence comes
twice, and every measurement starts a server of its own, so that a cache helps only where the
figure says so. Every figure is the median of the rounds; every ratio is taken within its round.

With `--opus` the model is a random one of the size of OPUS-MT and the results go to
`results/throughput-opus.json`, otherwise it is the starter and they go to
`results/throughput.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions
from ai_translate.settings import Settings
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from ai_translate.translator import Translation, Translator
from load import drive, require_wrk
from offline import Offline, Rate, Threads
from random_model import make
from record import write_record
from rounds import BATCH, Batches, Round, printed, summarized
from sentences import sentences
from services import Service, our_service

ROOT: Final = Path(__file__).parents[1]
BEAM: Final = 2
CONNECTIONS: Final = (1, 8, 64, 256)
FED: Final = 64
WARM_CONNECTIONS: Final = 64
_WARM_UP: Final = "Good morning, everybody."


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and how much of it is measured.

    Attributes:
        name: Its name in the lock.
        folder: Where `models.lock` and `.models` are.
        count: Sentences of the offline limit.
        tried: Sentences that each setting of CTranslate2 is tried with.
        alone: Sentences that are translated one by one.
        batches: Batches of 1,000 over HTTP.
        max_length: Tokens of every translation, where the model does not end them itself.
    """

    name: str
    folder: Path
    count: int
    tried: int
    alone: int
    batches: int
    max_length: int | None = None

    @property
    def fields(self) -> dict[str, object]:
        """What every request says beside its text."""
        length = {} if self.max_length is None else {"max_length": self.max_length}
        return {"beam_size": BEAM, **length}

    @property
    def artifact(self) -> Artifact:
        """The model, verified."""
        locked = Lock.read(self.folder / "models.lock").get(self.name)
        return Store(self.folder / ".models").open(locked.artifact)


def measure(
    subject: Subject, offline: Offline, best: Threads, given: Sequence[str], seconds: int
) -> Round:
    """One round."""
    before = offline.rate(best, subject.count)
    fed = offline.rate(best, subject.count, fed=FED)
    library = measure_library(subject, given[: subject.count])
    alone_ms, alone_cpu_ms = offline.single(subject.alone)
    bodies = [{"text": text, **subject.fields} for text in given]
    single = {}
    for connections in CONNECTIONS:
        with server(subject) as service:
            single[connections] = drive(
                service, "/translate", bodies, connections=connections, seconds=seconds
            )
    with server(subject) as service:
        batch = measure_batches(subject, service, given)
        known = bodies[: BATCH * subject.batches]
        cached = None
        if batch.warm:
            cached = drive(
                service,
                "/translate",
                known,
                connections=WARM_CONNECTIONS,
                seconds=seconds,
                repeat=True,
            )
    after = offline.rate(best, subject.count)
    limit = Rate(
        (before.sentences_per_second + after.sentences_per_second) / 2,
        (before.cpu_ms + after.cpu_ms) / 2,
    )
    return Round(limit, fed, library, single, cached, batch, alone_ms, alone_cpu_ms)


@contextlib.contextmanager
def server(subject: Subject) -> Iterator[Service]:
    """Our server with its default settings, after a few translations of a sentence of its own."""
    # Everybody may wait: here it is how much is done that counts.
    with our_service(subject.folder, {"AIT_MAX_WAIT": "3600"}) as service:
        for _ in range(4):
            service.post("/translate", {"text": _WARM_UP, **subject.fields})
        yield service


def measure_library(subject: Subject, given: Sequence[str]) -> Rate:
    """Our library, given everything at once."""
    options = DecodingOptions(beam_size=BEAM, max_target_tokens=subject.max_length)
    with Translator.open(subject.folder / ".models", subject.folder / "models.lock") as translator:
        translator.translate(_WARM_UP, options=options)
        started, processor = time.perf_counter(), time.process_time()
        found = translator.translate_batch(given, options=options)
        seconds = time.perf_counter() - started
        cpu = time.process_time() - processor
    if not all(isinstance(translation, Translation) for translation in found):
        raise SystemExit("the library failed on some sentences")
    return Rate(len(given) / seconds, 1000 * cpu / len(given))


def measure_batches(subject: Subject, service: Service, given: Sequence[str]) -> Batches:
    """Batches over HTTP: all of them once, and if the server has a cache, all of them again."""
    starts = range(0, BATCH * subject.batches, BATCH)
    bodies = [{"texts": given[at : at + BATCH], **subject.fields} for at in starts]
    cold = post_batches(service, bodies)
    return Batches(cold, post_batches(service, bodies) if has_cache() else None)


def post_batches(service: Service, bodies: Sequence[dict[str, object]]) -> Rate:
    """How fast batches are answered, one after the other."""
    count = BATCH * len(bodies)
    started, processor = time.perf_counter(), service.cpu_seconds()
    for body in bodies:
        answer = service.post("/translate/batch", body)
        if any("error" in item for item in answer["translations"]):
            raise SystemExit("the server failed on some texts of a batch")
    seconds = time.perf_counter() - started
    return Rate(count / seconds, 1000 * (service.cpu_seconds() - processor) / count)


def has_cache() -> bool:
    """Whether this version keeps translations of earlier sentences."""
    return "cache_bytes" in Settings.model_fields


def main() -> int:
    """Measures, prints a table, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--opus", action="store_true", help="a random model of opus-mt's size")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, help="of each load  [default: 10; 20 with --opus]")
    arguments = parser.parse_args()
    require_wrk()
    seconds = arguments.seconds or (20 if arguments.opus else 10)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.opus:
            locked = make(Path(folder), ROOT / "starter/en-fr")
            subject = Subject(locked.name, Path(folder), 1000, 200, 100, 1, max_length=20)
        else:
            subject = Subject("starter-en-fr", ROOT, 4000, 1000, 500, 3)
        figures = run(subject, arguments.rounds, seconds)
        digests = {subject.name: subject.artifact.digest}
    name = "throughput-opus" if arguments.opus else "throughput"
    write_record(name, figures, models=digests)
    return 0


def run(subject: Subject, rounds: int, seconds: int) -> dict[str, Any]:
    """All rounds."""
    most = 2000 * seconds
    given = sentences(max(most, subject.count, BATCH * subject.batches))
    offline = Offline(
        subject.artifact, given[: subject.count], beam=BEAM, max_length=subject.max_length
    )
    best, tried = offline.best_setting(subject.tried)
    print(f"{subject.name}: best setting alone: {best}", flush=True)
    measured = []
    for number in range(1, rounds + 1):
        measured.append(measure(subject, offline, best, given, seconds))
        print(f"round {number}\n{printed(summarized(measured[-1:]))}\n", flush=True)
    figures = summarized(measured)
    print(f"median of {rounds}\n{printed(figures)}")
    return {
        "beam": BEAM,
        "max_length": subject.max_length,
        "seconds": seconds,
        "rounds": rounds,
        "words_in_a_sentence": statistics.mean(len(s.split()) for s in given[: subject.count]),
        "best_setting_alone": asdict(best),
        "settings_tried": tried,
        **figures,
    }


if __name__ == "__main__":
    sys.exit(main())
