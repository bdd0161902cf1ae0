"""Our server beside two others, with the same weights, the same beam and the same sentences.

    python benchmarks/rivals.py [--rounds 3] [--seconds 12]

One is a service as it is often written, FastAPI around transformers; the other is LibreTranslate
from PyPI, given our converted model as a package of Argos Translate. Each runs with its defaults
and with the threads that suit it best, alone, under 32 connections of wrk. Their environments are
made in `.venv-rivals/` from hash-locked requirements, unless another interpreter is given.
Results go to `results/rivals.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Artifact
from ai_translate.engine.cpus import usable_cpus
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from load import Load, drive, require_wrk
from record import write_record
from sentences import sentences
from services import Service, free_port, our_service, serving

ROOT: Final = Path(__file__).parents[1]
SERVICES: Final = Path(__file__).parent / "rival_services"
ENVIRONMENTS: Final = ROOT / ".venv-rivals"
MODEL: Final = "starter-en-fr"
BEAM: Final = 2
CONNECTIONS: Final = 32
_SAMPLE: Final = "Where is the station?"
# Nothing listens there: whoever tries to reach the network fails at once.
_NOWHERE: Final = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to serve the model.

    Attributes:
        name: What the table calls it.
        path: Where to post.
        text: Name of the field that holds the text.
        answer: Name of the field that holds the translation.
        fields: What every request says beside the text.
        python: The interpreter of its environment; None is our own server.
        arguments: What it is run with; `{port}` is replaced.
        probe: What answers when it is ready.
        environment: Its settings.
    """

    name: str
    path: str
    text: str
    answer: str
    fields: Mapping[str, object]
    python: Path | None = None
    arguments: Sequence[str] = ()
    probe: str = "/"
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one rival in one round."""

    load: Load
    peak_mb: float
    seconds_to_ready: float
    sample: str


def main() -> int:
    """Measures, prints a table, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--plain", type=Path, help="interpreter with torch, transformers, FastAPI")
    parser.add_argument("--libretranslate", type=Path, help="interpreter with LibreTranslate")
    arguments = parser.parse_args()
    require_wrk()
    plain = arguments.plain or environment("plain")
    libretranslate = arguments.libretranslate or environment("libretranslate")
    locked = Lock.read(ROOT / "models.lock").get(MODEL)
    artifact = Store(ROOT / ".models").open(locked.artifact)
    given = sentences(2000 * arguments.seconds)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        install_argos(artifact, home)
        rivals = [
            ours(),
            *plain_services(plain, ROOT / str(locked.source)),
            *libretranslates(libretranslate),
        ]
        results: dict[str, list[Result]] = {rival.name: [] for rival in rivals}
        for _ in range(arguments.rounds):
            for rival in rivals:
                result = measure(rival, home, given, arguments.seconds)
                results[rival.name].append(result)
                print(described(rival.name, result), flush=True)
    figures = {
        "connections": CONNECTIONS,
        "beam": BEAM,
        "seconds": arguments.seconds,
        "rounds": arguments.rounds,
        "versions": {"plain": versions(plain), "libretranslate": versions(libretranslate)},
        "services": summarized(results),
    }
    print(json.dumps(figures["services"], indent=1, ensure_ascii=False))
    write_record("rivals", figures, models={locked.name: locked.artifact})
    return 0


def ours() -> Rival:
    """Our server with its defaults."""
    fields = {"beam_size": BEAM}
    return Rival("AI Translate", "/translate", "text", "translated_text", fields)


def plain_services(python: Path, model: Path) -> list[Rival]:
    """FastAPI and transformers, with torch's default threads and with one for each request."""
    arguments = ["-m", "uvicorn", "plain_service:app", "--port", "{port}", "--log-level", "warning"]
    settings = {"MODEL": str(model), "BEAMS": str(BEAM), "HF_HUB_OFFLINE": "1"}
    return [
        Rival(
            name,
            *("/translate", "text", "translated_text", {}),
            *(python, arguments),
            environment={**settings, **more},
        )
        for name, more in (
            ("FastAPI + transformers", {}),
            ("FastAPI + transformers, one thread each", {"OMP_NUM_THREADS": "1"}),
        )
    ]


def libretranslates(python: Path) -> list[Rival]:
    """LibreTranslate with its defaults but for our beam, and with the threads that suit it."""
    arguments = ["libretranslate_service.py", "--host", "127.0.0.1", "--port", "{port}"]
    tuned = {
        "OMP_NUM_THREADS": "1",
        "ARGOS_INTRA_THREADS": "1",
        "ARGOS_INTER_THREADS": str(usable_cpus()),
    }
    fields = {"source": "en", "target": "fr"}
    beam = {"ARGOS_BEAM_SIZE": str(BEAM)}
    return [
        Rival(
            name,
            *("/translate", "q", "translatedText", fields),
            *(python, [*arguments, *more], "/languages"),
            environment={**beam, **settings},
        )
        for name, settings, more in (
            ("LibreTranslate", {}, ()),
            ("LibreTranslate, best threads", tuned, ("--threads", str(CONNECTIONS))),
        )
    ]


def measure(rival: Rival, home: Path, given: Sequence[str], seconds: int) -> Result:
    """One load of one rival."""
    with started(rival, home) as service:
        for _ in range(4):
            answer = service.post(rival.path, {rival.text: _SAMPLE, **rival.fields})
        bodies = [{rival.text: text, **rival.fields} for text in given]
        load = drive(service, rival.path, bodies, connections=CONNECTIONS, seconds=seconds)
        return Result(
            load, service.peak_megabytes(), service.seconds_to_ready, answer[rival.answer]
        )


@contextlib.contextmanager
def started(rival: Rival, home: Path) -> Iterator[Service]:
    """The rival's server. It is told of no network."""
    if rival.python is None:
        with our_service(ROOT) as service:
            yield service
        return
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE),
        "PYTHONPATH": str(SERVICES),
        **(rival.environment or {}),
    }
    arguments = [argument.format(port=port) for argument in rival.arguments]
    if arguments[0].endswith(".py"):
        arguments[0] = str(SERVICES / arguments[0])
    with serving(
        [str(rival.python), *arguments],
        port,
        rival.probe,
        folder=home,
        environment=environment,
        log=home / "service.log",
    ) as service:
        yield service


def install_argos(artifact: Artifact, home: Path) -> None:
    """Our artifact as packages of Argos Translate.

    Argos leaves the end token of the source to the model's configuration. With fewer than two
    packages it would go looking for more, so there is one for the other direction, never used.
    """
    for source, target in (("en", "fr"), ("fr", "en")):
        package = home / f".local/share/argos-translate/packages/{source}_{target}"
        shutil.copytree(artifact.path, package / "model")
        shutil.copyfile(artifact.path / "source.spm", package / "sentencepiece.model")
        config = json.loads((artifact.path / "config.json").read_bytes())
        config["add_source_eos"] = True
        (package / "model/config.json").write_text(json.dumps(config))
        names = {"en": "English", "fr": "French"}
        metadata = {
            "package_version": "1.0",
            "argos_version": "1.0",
            "from_code": source,
            "from_name": names[source],
            "to_code": target,
            "to_name": names[target],
        }
        (package / "metadata.json").write_text(json.dumps(metadata))


def environment(name: str) -> Path:
    """The interpreter of a rival's environment, which is made if it is not there."""
    folder = ENVIRONMENTS / name
    python = folder / "bin/python"
    done = folder / ".installed"
    if not done.exists():
        requirements = SERVICES / f"requirements-{name}.txt"
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        done.touch()
    return python


def versions(python: Path) -> dict[str, str]:
    """What is installed in an environment, of that which matters."""
    script = (
        "import json, importlib.metadata as m; print(json.dumps({d.name: d.version"
        " for d in m.distributions()}))"
    )
    done = subprocess.run([str(python), "-c", script], capture_output=True, check=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    wanted = ("fastapi", "uvicorn", "torch", "transformers", "libretranslate", "ctranslate2")
    return {name: found[name] for name in wanted if name in found}


def summarized(results: Mapping[str, Sequence[Result]]) -> dict[str, Any]:
    """Medians over the rounds, and how many times as fast ours is, taken within each round."""
    ours_by_round = [r.load.requests_per_second for r in next(iter(results.values()))]
    summary = {}
    for name, found in results.items():
        loads = [asdict(result.load) for result in found]
        rates = [result.load.requests_per_second for result in found]
        summary[name] = {
            **{key: statistics.median(load[key] for load in loads) for key in loads[0]},
            "peak_mb": statistics.median(result.peak_mb for result in found),
            "seconds_to_ready": statistics.median(result.seconds_to_ready for result in found),
            "ours_is_times_as_fast": statistics.median(
                our / rate for our, rate in zip(ours_by_round, rates, strict=True)
            ),
            "sample": found[0].sample,
        }
    return summary


def described(name: str, result: Result) -> str:
    """A line for people."""
    load = result.load
    return (
        f"{name:40} {load.requests_per_second:7.1f}/s  p50 {load.p50_ms:7.0f} ms  "
        f"p99 {load.p99_ms:7.0f} ms  {load.cpu_ms:6.1f} ms CPU  {result.peak_mb:5.0f} MB  "
        f"{result.sample!r}"
    )


if __name__ == "__main__":
    sys.exit(main())
