"""What each door adds to a request over our own contract, in processor time.

    python benchmarks/door_cost.py [--rounds 7] [--seconds 5]

The same sentence is asked again and again, so that the cache answers and the doors themselves are
what shows. One server answers all of it, and the doors take turns, in the other direction every
other round; our own contract is asked first and last in each, so that what the machine does
meanwhile shows as a difference where there is none. Needs wrk. Figures go to
`results/door_cost.json`.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ai_translate.supply.lockfile import Lock
from load import drive, require_wrk
from record import write_record
from services import Service, our_service

ROOT: Final = Path(__file__).parents[1]
_CONNECTIONS: Final = 16
_SENTENCE: Final = "Where is the station?"


class _Turn(NamedTuple):
    """What is asked: where, and in which words."""

    path: str
    body: Mapping[str, object]


_NATIVE: Final = _Turn("/translate", {"text": _SENTENCE, "source_lang": "en", "target_lang": "fr"})
_DOORS: Final[Mapping[str, _Turn]] = {
    "libretranslate": _Turn(
        "/libretranslate/translate", {"q": _SENTENCE, "source": "en", "target": "fr"}
    ),
    "deepl": _Turn(
        "/deepl/v2/translate", {"text": [_SENTENCE], "source_lang": "EN", "target_lang": "FR"}
    ),
}


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    arguments = parser.parse_args()
    require_wrk()
    costs: dict[str, list[float]] = {name: [] for name in ("native", *_DOORS, "again")}
    with our_service(ROOT) as service:
        for turn in (_NATIVE, *_DOORS.values()):
            _cost(service, turn, seconds=1)
        for number in range(arguments.rounds):
            costs["native"].append(_cost(service, _NATIVE, arguments.seconds))
            doors = list(_DOORS.items())
            for name, turn in doors if number % 2 == 0 else doors[::-1]:
                costs[name].append(_cost(service, turn, arguments.seconds))
            costs["again"].append(_cost(service, _NATIVE, arguments.seconds))
            print(number, {name: round(cost[-1], 4) for name, cost in costs.items()}, flush=True)
    figures = {
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "cpu_ms": {name: round(statistics.median(cost), 4) for name, cost in costs.items()},
        "beyond_native_ms": {name: _beyond(cost, costs) for name, cost in costs.items()},
    }
    print(figures)
    [model] = Lock.read(ROOT / "models.lock").models
    write_record("door_cost", figures, models={model.name: model.artifact})
    return 0


def _cost(service: Service, turn: _Turn, seconds: int) -> float:
    """Milliseconds of processor time of the server for each request."""
    load = drive(
        *(service, turn.path, [turn.body]),
        connections=_CONNECTIONS,
        seconds=seconds,
        repeat=True,
    )
    return load.cpu_ms


def _beyond(cost: list[float], costs: Mapping[str, list[float]]) -> dict[str, float]:
    """What is beyond the mean of both turns of our own contract in the same round.

    For these two it is half of what they differ by, and would be nothing on a quiet machine.
    """
    pairs = zip(costs["native"], costs["again"], strict=True)
    differences = [one - statistics.mean(pair) for one, pair in zip(cost, pairs, strict=True)]
    return {
        "median": round(statistics.median(differences), 4),
        "least": round(min(differences), 4),
        "most": round(max(differences), 4),
    }


if __name__ == "__main__":
    raise SystemExit(main())
