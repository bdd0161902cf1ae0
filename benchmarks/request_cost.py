"""What keys, limits, metrics and logs cost a request, in processor time.

    python benchmarks/request_cost.py [--rounds 5] [--seconds 5]

The same sentence is asked again and again, so that the cache answers and the service itself is
what shows. Servers take turns, one at a time: one without any of these (`bare_server.py`), one as
it is by default with its requests logged as JSON, one that also asks for a key and counts
requests and characters. Needs wrk. Figures go to `results/request_cost.json`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from ai_translate.supply.lockfile import Lock
from load import drive, require_wrk
from record import write_record
from services import our_service

ROOT: Final = Path(__file__).parents[1]
_BARE: Final = [sys.executable, str(ROOT / "benchmarks/bare_server.py"), "serve", "--port", "0"]
_OURS: Final = [str(Path(sys.executable).parent / "ai-translate"), "serve", "--port", "0"]
_CONNECTIONS: Final = 16
_BODY: Final = {"text": "Where is the station?"}


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    arguments = parser.parse_args()
    require_wrk()
    costs: dict[str, list[float]] = {"bare": [], "default": [], "all": []}
    with tempfile.TemporaryDirectory() as folder:
        key = _key(Path(folder))
        logged = {"AIT_LOG_LEVEL": "info", "AIT_LOG_FORMAT": "json"}
        every = {
            **logged,
            "AIT_AUTH": "keys",
            "AIT_STATE_DIR": folder,
            "AIT_REQUESTS_PER_MINUTE": "1000000000",
            "AIT_CHARACTERS_PER_MONTH": "1000000000000",
        }
        servers = {"bare": (_BARE, {}), "default": (_OURS, logged), "all": (_OURS, every)}
        for number in range(arguments.rounds):
            for name, (command, settings) in servers.items():
                with our_service(ROOT, settings, command) as service:
                    headers = {"X-API-Key": key} if name == "all" else {}
                    for seconds in (1, arguments.seconds):
                        load = drive(
                            *(service, "/translate", [_BODY]),
                            connections=_CONNECTIONS,
                            seconds=seconds,
                            repeat=True,
                            headers=headers,
                        )
                costs[name].append(load.cpu_ms)
            print(number, {name: round(cost[-1], 4) for name, cost in costs.items()}, flush=True)
    beyond = {
        name: statistics.median(a - b for a, b in zip(costs[name], costs["bare"], strict=True))
        for name in ("default", "all")
    }
    figures = {
        "rounds": arguments.rounds,
        "cpu_ms": {name: round(statistics.median(cost), 4) for name, cost in costs.items()},
        "beyond_bare_ms": {name: round(cost, 4) for name, cost in beyond.items()},
    }
    print(figures)
    [model] = Lock.read(ROOT / "models.lock").models
    write_record("request_cost", figures, models={model.name: model.artifact})
    return 0


def _key(state: Path) -> str:
    """A new key, kept in this folder."""
    command = [_OURS[0], "keys", "create", "benchmark"]
    environment = {**os.environ, "AIT_STATE_DIR": str(state)}
    made = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return next(word for word in made.stdout.split() if word.startswith("ait_"))


if __name__ == "__main__":
    raise SystemExit(main())
