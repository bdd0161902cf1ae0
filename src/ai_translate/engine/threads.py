"""How many batches at once, and how many threads in each, chosen by a short measurement.

On real cores a second thread inside a batch can help; on shared virtual CPUs it made sentences
five to eight times slower, because OpenMP's threads spin while they wait for one that is not
running. No rule tells the two apart, so a model is measured once on each machine, and what was
found is kept beside its artifact, or in the state folder where the store is read-only.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Artifact
from ai_translate.engine.cpus import usable_cpus
from ai_translate.engine.model import Device, Model
from ai_translate.engine.protocol import DecodingOptions

__all__ = ["ThreadChoice", "choose_threads", "kept_choice", "measure_threads"]

_log = logging.getLogger(__name__)

# A setting must beat one thread in each batch by this factor: measurements of a few hundred
# milliseconds on a shared machine differ by less than that from chance.
_CLEARLY: Final = 1.25
_SECONDS: Final = 0.12
_SENTENCES: Final = 8
_TOKENS: Final = 12


@dataclass(frozen=True, slots=True)
class ThreadChoice:
    """How many batches are computed at once (`inter`), with how many threads in each (`intra`).

    Attributes:
        inter: Batches at once.
        intra: Threads in each.
        source: Where the choice comes from: `setting`, `measured`, `kept` or `rule`.
        kept_in: The file that keeps it; None for what was not measured, or can be kept nowhere.
    """

    inter: int
    intra: int
    source: str
    kept_in: Path | None = field(default=None, compare=False)


def choose_threads(
    artifact: Artifact,
    device: Device,
    inter: int = 0,
    intra: int = 0,
    *,
    name: str = "model",
    state_dir: Path | None = None,
) -> ThreadChoice:
    """What to load a model with.

    Args:
        artifact: The model.
        device: Only a CPU is measured; a GPU gets one thread.
        inter: Batches at once that the user asked for; 0 leaves it open.
        intra: Threads in a batch that the user asked for; 0 leaves it open.
        name: What to call the model in errors.
        state_dir: Where a measured choice is kept if it cannot be beside the artifact; made if it
            is not there. Where neither can be written, each load measures again.

    Raises:
        EngineFailure: The model cannot be loaded.
    """
    cpus = usable_cpus()
    if inter or intra:
        return ThreadChoice(inter or max(1, cpus // intra), intra or 1, "setting")
    if cpus == 1 or device != "cpu":
        return ThreadChoice(cpus if device == "cpu" else 1, 1, "rule")
    kept = kept_choice(artifact, state_dir)
    if kept is not None:
        return kept
    choice = measure_threads(artifact, cpus, name=name)
    return replace(choice, kept_in=_keep(artifact, state_dir, choice))


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


def kept_choice(artifact: Artifact, state_dir: Path | None = None) -> ThreadChoice | None:
    """What was measured for this model on a machine like this one, or None.

    Args:
        artifact: The model.
        state_dir: Where to look if nothing is kept beside the artifact.
    """
    for path in _places(artifact, state_dir):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found = kept[_machine()]
            return ThreadChoice(int(found["inter"]), int(found["intra"]), "kept", path)
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


def _keep(artifact: Artifact, state_dir: Path | None, choice: ThreadChoice) -> Path | None:
    """Writes the choice to the first place that can be written; None if there is none."""
    for path in _places(artifact, state_dir):
        try:
            _add(path, choice)
        except OSError as error:
            _log.debug("The choice of threads cannot be kept in %s: %s", path.parent, error)
        else:
            return path
    return None


def _add(path: Path, choice: ThreadChoice) -> None:
    """Adds the choice for this machine to those of others."""
    kept: Any = None
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
    kept = kept if isinstance(kept, dict) else {}
    kept[_machine()] = {"inter": choice.inter, "intra": choice.intra}
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            # No secret, and who serves may be another user than who measured.
            os.fchmod(descriptor, 0o644)
            json.dump(kept, stream, indent=1, sort_keys=True)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _places(artifact: Artifact, state_dir: Path | None) -> list[Path]:
    """Where a choice may be kept, the first that can be written first.

    Beside the artifact, whose folder holds nothing but what its manifest names; or in the state.
    """
    name = f"{artifact.digest}.threads.json"
    beside = artifact.path.with_name(name)
    return [beside, state_dir / "threads" / name] if state_dir else [beside]


def _machine() -> str:
    """What the choice depends on: processor, CPUs of the machine, CPUs that may be used."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("model name", "CPU part")):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {os.cpu_count()} CPUs, {usable_cpus()} usable"
