"""How soon the service is ready, what importing it costs, and how much memory it takes.

    python benchmarks/startup.py [--rounds 5] [--sentences FILE]

Starts the real server several times and asks `/readyz` until it answers 200; then translates a
file of sentences through it and reads the peak of its resident memory (VmHWM of its process).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.lockfile import Lock
from record import write_record
from services import Service, our_service

ROOT: Final = Path(__file__).parents[1]
SENTENCES: Final = ROOT / "tests/data/sentences.en.txt"
_IMPORT: Final = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"


def load(service: Service, sentences: list[str], rounds: int) -> None:
    """Translates sentences one by one and in batches."""
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/translate", {"text": sentence}) for sentence in sentences
    ]
    bodies += [("/translate/batch", {"texts": sentences, "beam_size": beam}) for beam in (1, 2, 4)]
    bodies.append(("/translate", {"text": " ".join(sentences * 5)}))
    for path, body in bodies * rounds:
        service.post(path, body)


def import_seconds(statement: str) -> float:
    """Seconds that an import takes in a fresh interpreter."""
    command = [sys.executable, "-c", _IMPORT.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> int:
    """Measures and prints medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    arguments = parser.parse_args()
    sentences = arguments.sentences.read_text(encoding="utf-8").splitlines()
    ready, peaks = [], []
    for _ in range(arguments.rounds):
        with our_service(ROOT) as service:
            ready.append(service.seconds_to_ready)
            load(service, sentences, 3)
            peaks.append(service.peak_megabytes())
    imports = {
        name: statistics.median(import_seconds(name) for _ in range(arguments.rounds))
        for name in ("ai_translate", "ai_translate.translator")
    }
    figures = {
        "seconds_to_ready": {"median": statistics.median(ready), "worst": max(ready)},
        "import_seconds": imports,
        "peak_resident_mb": max(peaks),
    }
    print(json.dumps(figures, indent=1))
    lock = Lock.read(ROOT / "models.lock")
    write_record("startup", figures, models={m.name: m.artifact for m in lock.models})
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
