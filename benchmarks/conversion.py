"""What a conversion costs beside CTranslate2's own converter, which needs torch and transformers.

    python benchmarks/conversion.py [--rounds 5]

A random Marian model of opus-mt's size, as `model.safetensors` in float16 and as
`pytorch_model.bin` in float32, which is how OPUS-MT models lie on the Hub. Each conversion is a
fresh process, imports included: ours in this environment, theirs in `.venv-reference`, in turn.
Both store int8, and both have one thread: on shared virtual CPUs a second makes torch slower.

Peak memory is the process's VmHWM: the `ru_maxrss` of a child also counts its parent's memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from record import write_record

ROOT: Final = Path(__file__).parents[1]
REFERENCE: Final = ROOT / ".venv-reference/bin/python"
_SMALL: Final = ("config.json", "vocab.json", "tokenizer_config.json", "source.spm", "target.spm")

# Apart, so that the memory that making takes is not this process's.
_MAKE: Final = """
import sys
from pathlib import Path
import random_model
random_model.make(Path(sys.argv[1]), Path(sys.argv[2]))
"""
_WIDEN: Final = """
import sys, torch
from safetensors.torch import load_file
tensors = load_file(sys.argv[1])
torch.save({name: tensor.float() for name, tensor in tensors.items()}, sys.argv[2])
"""
_OURS: Final = """
import sys
from pathlib import Path
from ai_translate.supply.convert import convert
convert(Path(sys.argv[1]), Path(sys.argv[2]), quantization="int8")
"""
_THEIRS: Final = """
import sys
from ctranslate2.converters import TransformersConverter
converter = TransformersConverter(sys.argv[1], copy_files=["source.spm", "target.spm"])
converter.convert(sys.argv[2], quantization="int8", force=True)
"""
_PEAK: Final = """
import json, time
lines = open("/proc/self/status").read().splitlines()
peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
print(json.dumps({"peak_kb": peak, "ended": time.monotonic()}))
"""


class Cost(NamedTuple):
    """Of one process: seconds from its start to its last line, and its peak memory in MB."""

    seconds: float
    peak_mb: float


def converted(python: Path, script: str, folder: Path, out: Path) -> Cost:
    """Converts in a fresh process."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    command = [str(python), "-c", script + _PEAK, str(folder), str(out)]
    # The clock is one for all processes. Leaving is not counted.
    started = time.monotonic()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Cost(told["ended"] - started, told["peak_kb"] / 1024)


def make_models(folder: Path) -> dict[str, Path]:
    """The model in both forms."""
    project = folder / "project"
    project.mkdir()
    subprocess.run(
        [sys.executable, "-c", _MAKE, str(project), str(ROOT / "starter/en-fr")],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")},
    )
    safetensors = project / "random-opus"
    pickled = folder / "pickled"
    pickled.mkdir()
    for name in _SMALL:
        shutil.copyfile(safetensors / name, pickled / name)
    weights = (safetensors / "model.safetensors", pickled / "pytorch_model.bin")
    subprocess.run([str(REFERENCE), "-c", _WIDEN, *map(str, weights)], check=True)
    return {"model.safetensors, float16": safetensors, "pytorch_model.bin, float32": pickled}


def measure(model: Path, scratch: Path, rounds: int) -> dict[str, Any]:
    """Both conversions in turn, and the ratios within each round."""
    found = []
    for number in range(rounds):
        both = {}
        order = [("ours", Path(sys.executable), _OURS), ("theirs", REFERENCE, _THEIRS)]
        for name, python, script in order if number % 2 else order[::-1]:
            both[name] = converted(python, script, model, scratch / name)
        found.append((both["ours"], both["theirs"]))

    return {
        "ours": _median([ours for ours, _ in found]),
        "theirs": _median([theirs for _, theirs in found]),
        "ratio": _median([Cost(o.seconds / t.seconds, o.peak_mb / t.peak_mb) for o, t in found]),
        "worst_ratio": {
            "seconds": round(max(o.seconds / t.seconds for o, t in found), 3),
            "peak_mb": round(max(o.peak_mb / t.peak_mb for o, t in found), 3),
        },
    }


def _median(costs: Sequence[Cost]) -> dict[str, float]:
    return {
        "seconds": round(statistics.median(cost.seconds for cost in costs), 3),
        "peak_mb": round(statistics.median(cost.peak_mb for cost in costs), 3),
    }


def main() -> int:
    """Measures and prints medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if find_spec("torch") is not None:
        parser.error("run it in an environment without torch: ctranslate2 would import it")
    if not REFERENCE.exists():
        parser.error("run `make test-reference` first: it makes .venv-reference")
    with tempfile.TemporaryDirectory() as scratch:
        models = make_models(Path(scratch))
        figures: dict[str, Any] = {
            name: measure(model, Path(scratch), arguments.rounds) for name, model in models.items()
        }
    figures["rounds"] = arguments.rounds
    print(json.dumps(figures, indent=1))
    write_record("conversion", figures, models={})
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
