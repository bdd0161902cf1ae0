"""How long the image takes to build, how large it is and how soon it is ready, beside a plain one.

    PYTHONPATH=tests python benchmarks/building.py [--rounds 3] [--wheels FOLDER]

Each round has an engine of its own with empty caches, and a copy of what the image is built of.
The plain image (`benchmarks/plain_image`) holds FastAPI, transformers and torch for CPUs, and
downloads the starter when it starts; both have the same base. Everything is on this machine but
the packages. A registry and the counterpart of Artifactory listen on loopback. Needs root; see
`tooling/engine/install.sh`. Writes `results/building.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.lockfile import Lock
from containers import seconds_to_ready
from image_contents import megabytes, parts, saved_layers
from our_builds import FIRST, OurBuilds
from plain_builds import MODEL, PlainBuilds
from record import write_record
from support.artifactory import Artifactory
from support.engine import BASE, Engine
from support.registry import Registry

ROOT: Final = Path(__file__).parents[1]
STARTER: Final = ROOT / "starter/en-fr"


def main() -> int:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="of builds of ours, and of starts")
    parser.add_argument(
        "--wheels",
        type=Path,
        # pip's own name for it: where this machine has it, packages come from there.
        default=os.environ.get("PIP_FIND_LINKS"),
        help="folder with torch for CPUs; without one it comes from PyTorch's own index",
    )
    given = parser.parse_args()
    figures: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 2), "rounds": given.rounds}
    figures["ours"] = ours(given.rounds)
    figures["plain"] = plain(given.rounds, given.wheels)
    figures["size_ratio"] = figures["ours"]["megabytes"] / figures["plain"]["megabytes"]
    print(json.dumps(figures, indent=1))
    lock = Lock.read(ROOT / "models.lock")
    write_record("building", figures, models={m.name: m.artifact for m in lock.models})
    return 0


def ours(rounds: int) -> dict[str, Any]:
    """Times of our builds, what the image holds, and how soon it is ready."""
    with new_folder() as folder, Registry(folder / "registry") as registry:
        builds = OurBuilds(registry.host)
        for number in range(rounds):
            with new_engine() as engine:
                builds.measure(engine, folder / f"checkout-{number}")
                if number == 0:
                    figures = contents(engine, FIRST, folder)
                    options = ["--read-only", "--user=12345:12345", "--cap-drop=ALL"]
                    starts = [
                        seconds_to_ready(
                            *(engine, FIRST, folder),
                            probe="/readyz",
                            options=options,
                            environment={"AIT_PORT": "{port}"},
                        )
                        for _ in range(rounds)
                    ]
            for kind, edit in (("fresh_runner", False), ("fresh_runner_edited", True)):
                with new_engine() as engine:
                    builds.measure_fresh(kind, engine, folder / f"{kind}-{number}", edit=edit)
    return figures | {"builds": builds.figures()} | start_figures(starts)


def plain(rounds: int, wheels: Path | None) -> dict[str, Any]:
    """The same of the plain image, of which each build is made once."""
    with new_folder() as folder, new_engine() as engine, Artifactory(anonymous=True) as hub:
        hub.local("models")
        hub.add_model("models", MODEL, {path.name: path for path in STARTER.iterdir()})
        builds = PlainBuilds(folder / "context", wheels)
        image = builds.measure(engine)
        starts = [
            seconds_to_ready(
                *(engine, image, folder),
                probe="/",
                environment={"HF_ENDPOINT": hub.endpoint("models")},
                command=["uvicorn", "plain_service:app", "--port", "{port}"],
            )
            for _ in range(rounds)
        ]
        # Its second layer makes an environment with pip, which the usual base image has.
        figures = contents(engine, image, folder, above=1)
    return figures | {"builds": builds.figures()} | start_figures(starts)


def contents(engine: Engine, image: str, folder: Path, *, above: int = 0) -> dict[str, Any]:
    """Sizes of an image beyond its base, which is some layers more than the engine's base."""
    layers = saved_layers(engine, image, folder)
    own = len(engine.diff_ids(BASE)) + above
    bytecode = sum(
        size for one in layers[own:] for path, size in one.files.items() if path.endswith(".pyc")
    )
    return {
        "base_megabytes": round(megabytes(layers[:own]), 1),
        "megabytes": round(megabytes(layers[own:]), 1),
        "compressed_megabytes": round(sum(one.compressed for one in layers[own:]) / 1e6, 1),
        "bytecode_megabytes": round(bytecode / 1e6, 1),
        "parts": {name: round(size, 2) for name, size in parts(layers[own:]).items()},
    }


def start_figures(starts: list[float]) -> dict[str, Any]:
    """Median of starts, and all of them."""
    return {
        "seconds_to_ready": round(statistics.median(starts), 2),
        "starts": [round(seconds, 2) for seconds in starts],
    }


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A folder of a short name, which the path of a socket needs."""
    with tempfile.TemporaryDirectory(prefix="building-") as name:
        yield Path(name)


@contextlib.contextmanager
def new_engine() -> Iterator[Engine]:
    """An engine that has the base image and nothing else."""
    with new_folder() as folder, Engine(folder) as engine:
        yield engine.with_base()


if __name__ == "__main__":
    sys.exit(main())
