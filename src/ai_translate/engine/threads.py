"""How many batches at once, and how many threads in each, chosen by a short measurement.

On real cores a second thread inside a batch can help; on shared virtual CPUs it made sentences
five to eight times slower, because OpenMP's threads spin while they wait for one that is not
running. No rule tells the two apart, so a model is measured once on each machine, and what was
found is kept beside its artifact.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Artifact
from ai_translate.engine.cpus import usable_cpus
from ai_translate.engine.model import Device, Model
from ai_translate.engine.protocol import DecodingOptions

__all__ = ["ThreadChoice", "choose_threads", "kept_choice", "measure_threads"]

# A setting must beat one thread in each batch by this factor: measurements of a few hundred
# milliseconds on a shared machine differ by less than that from chance.
_CLEARLY: Final = 1.25
_SECONDS: Final = 0.12
_SENTENCES: Final = 8
_TOKENS: Final = 12


@dataclass(frozen=True, slots=True)
class ThreadChoice:
    """How many batches are computed at once (`inter`), with how many threads in each (`intra`).

    `source` tells where it comes from: `setting`, `measured`, `kept` or `rule`.
    """

    inter: int
    intra: int
    source: str


def choose_threads(
    artifact: Artifact, device: Device, inter: int = 0, intra: int = 0, *, name: str = "model"
) -> ThreadChoice:
    """What to load a model with.

    Args:
        artifact: The model.
        device: Only a CPU is measured; a GPU gets one thread.
        inter: Batches at once that the user asked for; 0 leaves it open.
        intra: Threads in a batch that the user asked for; 0 leaves it open.
        name: What to call the model in errors.

    Raises:
        EngineFailure: The model cannot be loaded.
    """
    cpus = usable_cpus()
    if inter or intra:
        return ThreadChoice(inter or max(1, cpus // intra), intra or 1, "setting")
    if cpus == 1 or device != "cpu":
        return ThreadChoice(cpus if device == "cpu" else 1, 1, "rule")
    kept = kept_choice(artifact)
    if kept is not None:
        return kept
    choice = measure_threads(artifact, cpus, name=name)
    _keep(artifact, choice)
    return choice


def measure_threads(artifact: Artifact, cpus: int, *, name: str = "model") -> ThreadChoice:
    """Times a few settings that fill the CPUs and takes the fastest that clearly is.

    What is timed is how many small batches come back in a second when every worker has one.
    """
    splits = [(cpus // intra, intra) for intra in (1, 2, 4, 8, cpus) if intra <= cpus]
    speeds = {split: _speed(artifact, name, *split) for split in dict.fromkeys(splits)}
    best = max(speeds, key=lambda split: speeds[split])
    plain = (cpus, 1)
    chosen = best if speeds[best] > _CLEARLY * speeds[plain] else plain
    return ThreadChoice(*chosen, "measured")


def kept_choice(artifact: Artifact) -> ThreadChoice | None:
    """What was measured for this model on a machine like this one, or None."""
    try:
        kept: dict[str, Any] = json.loads(_path(artifact).read_text(encoding="utf-8"))
        found = kept[_machine()]
        return ThreadChoice(int(found["inter"]), int(found["intra"]), "kept")
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _speed(artifact: Artifact, name: str, inter: int, intra: int) -> float:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # only a first load measures

    model = Model(name, artifact, device="cpu", workers=inter, threads=intra)
    # The end token alone would be a sentence of no words; an unknown piece is translated.
    batch = [["▁", *["<unk>"] * (_TOKENS - 2), "</s>"]] * _SENTENCES
    options = DecodingOptions(beam_size=2, max_target_tokens=_TOKENS)

    def work(until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            model.decode(batch, options)
            done += 1
        return done

    model.decode(batch, options)
    with ThreadPoolExecutor(inter) as pool:
        started = time.perf_counter()
        done = sum(pool.map(work, [started + _SECONDS] * inter))
        seconds = time.perf_counter() - started
    model.close()
    return done / seconds


def _keep(artifact: Artifact, choice: ThreadChoice) -> None:
    """Writes the choice beside the artifact. A read-only store just means measuring again."""
    path = _path(artifact)
    kept: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
    kept[_machine()] = asdict(choice)
    with contextlib.suppress(OSError):
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(kept, stream, indent=1, sort_keys=True)
        Path(aside).replace(path)


def _path(artifact: Artifact) -> Path:
    """Beside the artifact, whose folder holds nothing but what its manifest names."""
    return artifact.path.with_name(f"{artifact.digest}.threads.json")


def _machine() -> str:
    """What the choice depends on: processor, CPUs of the machine, CPUs that may be used."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("model name", "CPU part")):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {os.cpu_count()} CPUs, {usable_cpus()} usable"
