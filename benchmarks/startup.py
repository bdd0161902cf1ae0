"""How soon the service is ready, what importing it costs, and how much memory it takes.

    python benchmarks/startup.py [--rounds 5] [--sentences FILE]

Starts the real server several times and asks `/readyz` until it answers 200; then translates a
file of sentences through it and reads the peak of its resident memory (VmHWM of its process).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.lockfile import Lock
from record import write_record

ROOT: Final = Path(__file__).parents[1]
SENTENCES: Final = ROOT / "tests/data/sentences.en.txt"
_COMMAND: Final = [str(Path(sys.executable).parent / "ai-translate"), "serve", "--port", "0"]
_IMPORT: Final = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"


def start() -> tuple[subprocess.Popen[str], int, float]:
    """Starts a server; its process, its port, and the seconds until it was ready.

    The line that the server prints is its own word; `/readyz` confirms it.
    """
    started = time.perf_counter()
    process = subprocess.Popen(_COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.search(r"http://127\.0\.0\.1:(\d+)", line)
    if match is None:
        raise SystemExit(f"the server did not start: {line!r}")
    port = int(match[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/readyz")
    if connection.getresponse().status != 200:
        raise SystemExit("the server announced itself before it was ready")
    return process, port, time.perf_counter() - started


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a server and waits for it."""
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def load(port: int, sentences: list[str], rounds: int) -> None:
    """Translates sentences one by one and in batches."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json"}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/translate", {"text": sentence}) for sentence in sentences
    ]
    bodies += [("/translate/batch", {"texts": sentences, "beam_size": beam}) for beam in (1, 2, 4)]
    bodies.append(("/translate", {"text": " ".join(sentences * 5)}))
    for path, body in bodies * rounds:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {response.read()[:200]!r}")
        response.read()


def peak_megabytes(pid: int) -> float:
    """Peak resident memory of a process, in MB of 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024 / 1e6


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
        process, port, seconds = start()
        ready.append(seconds)
        load(port, sentences, 3)
        peaks.append(peak_megabytes(process.pid))
        stop(process)
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
