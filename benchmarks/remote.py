"""How soon does a second runner have its model, if the first has put it into a second tier?

    PYTHONPATH=tests python benchmarks/remote.py [--rounds 7] [--folder FOLDER]

A runner has the lock and nothing else. Without a tier it downloads a model of opus-mt's size from
the counterpart of Artifactory and converts it; with a warm one it takes the artifact from a folder,
from a bucket (moto, a server of S3 that others wrote) or from a repository of the counterpart. All
are on this machine. Each run is `ai-translate models pull` in a process of its own, imports
included, on a disk that has nothing else to do; the ways take turns, and ratios are taken within a
round: of whole processes, and of what both take beyond the start of one that prints the version.
The source is measured in float32, as OPUS-MT is published, and in float16.
Writes `results/remote.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import load_file, save_file

from ai_translate.supply.lockfile import Lock
from download import await_quiet
from random_model import NAME, make
from record import write_record
from support.listening import Listening
from support.s3 import BUCKET, S3

ROOT: Final = Path(__file__).parents[1]
REPO: Final = "bench/random-opus"
_ENDPOINT: Final = re.compile(r"^(http://\S+)$")
_TOKEN: Final = "bench"
_TYPES: Final = {"float32": np.float32, "float16": np.float16}


@dataclass(frozen=True)
class Bench:
    """A lock, the servers around it, and a place for runners.

    Attributes:
        folder: Where runners are made, one after the other.
        lock: The lock that each has.
        common: What each is told.
        tiers: What those with a second tier are told besides, by its kind.
    """

    folder: Path
    lock: Path
    common: Mapping[str, str]
    tiers: Mapping[str, Mapping[str, str]]

    def start(self) -> float:
        """Seconds of a process that prints the version."""
        await_quiet()
        began = time.perf_counter()
        command = [sys.executable, "-m", "ai_translate.cli", "--version"]
        subprocess.run(command, env=self.common, check=True, capture_output=True)
        return time.perf_counter() - began

    def pull(self, told: Mapping[str, str], expected: str) -> float:
        """Seconds until a new runner has the model, which must come in the expected way."""
        runner = self.folder / "runner"
        runner.mkdir()
        shutil.copyfile(self.lock, runner / "models.lock")
        os.sync()
        await_quiet()
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "ai_translate.cli", "models", "pull"],
            cwd=runner,
            env={**self.common, **told},
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - began
        if f"{expected} artifact" not in done.stderr:
            raise RuntimeError(f"The model was not {expected}: {done.stderr}")
        shutil.rmtree(runner)
        return seconds


@contextlib.contextmanager
def benches(folder: Path, source: Path) -> Iterator[Bench]:
    """Servers with a model and empty tiers, for as long as the block."""
    common = {"PATH": os.environ["PATH"], "HF_TOKEN": _TOKEN}
    counterpart = Listening(
        [
            *(sys.executable, "-m", "support.artifactory"),
            *("--model", f"{REPO}={source}", "--write-token", _TOKEN),
        ],
        _ENDPOINT,
        environment={**common, "PYTHONPATH": str(ROOT / "tests")},
        folder=folder,
    )
    lead = folder / "lead"
    lead.mkdir()
    s3 = folder / "s3"
    s3.mkdir()
    tier = {
        "folder": f"file://{folder}/tier",
        "bucket": f"s3://{BUCKET}/tier",
        "repository": "hf://bench/tier",
    }
    with counterpart, S3(s3) as server:
        common["HF_ENDPOINT"] = counterpart.address
        subprocess.run(
            [sys.executable, "-m", "ai_translate.cli", "models", "add", REPO, "--name", NAME],
            cwd=lead,
            env=common,
            check=True,
            capture_output=True,
        )
        tiers = {kind: {"AIT_STORE_REMOTE": address} for kind, address in tier.items()}
        tiers["bucket"] |= server.environment
        yield Bench(folder, lead / "models.lock", common, tiers)


def one_round(bench: Bench) -> dict[str, float]:
    """Seconds of each way, one after the other."""
    found = {"start": bench.start(), "alone": bench.pull({}, "made")}
    return found | {kind: bench.pull(told, "taken") for kind, told in bench.tiers.items()}


def summarized(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Medians of seconds, and of how many times sooner within rounds."""
    kinds = [way for way in rounds[0] if way not in {"start", "alone"}]

    def sooner(kind: str, *, beyond: bool) -> float:
        def ratio(one: dict[str, float]) -> float:
            start = one["start"] if beyond else 0
            return (one["alone"] - start) / (one[kind] - start)

        return round(statistics.median(map(ratio, rounds)), 2)

    return {
        "seconds": {
            way: round(statistics.median(one[way] for one in rounds), 3) for way in rounds[0]
        },
        "times_sooner": {kind: sooner(kind, beyond=False) for kind in kinds},
        "times_sooner_beyond_start": {kind: sooner(kind, beyond=True) for kind in kinds},
    }


def source_of(folder: Path, kind: str) -> Path:
    """A random model whose weights are of a kind, as a repository has it."""
    folder.mkdir()
    make(folder, ROOT / "starter/en-fr")
    source = folder / NAME
    weights = source / "model.safetensors"
    save_file({n: v.astype(_TYPES[kind]) for n, v in load_file(weights).items()}, weights)
    return source


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="on the disk that is measured")
    given = parser.parse_args()
    figures: dict[str, Any] = {"rounds": given.rounds}
    models = {}
    for kind in _TYPES:
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            source = source_of(Path(name) / "source", kind)
            with benches(Path(name), source) as bench:
                [model] = Lock.read(bench.lock).models
                models[f"{NAME}, {kind}"] = model.artifact
                for told in bench.tiers.values():
                    bench.pull(told, "made")
                one_round(bench)
                rounds = [one_round(bench) for _ in range(given.rounds)]
            size = sum(file.size for file in model.files.values())
            figures[kind] = {"source_megabytes": round(size / 1e6, 1), **summarized(rounds)}
            print(kind, figures[kind])
    write_record("remote", figures, models=models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
