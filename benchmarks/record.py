"""Where figures go: one JSON file for each script, with what is needed to repeat it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

__all__ = ["RESULTS", "write_record"]

RESULTS: Final = Path(__file__).parent / "results"
_PACKAGES: Final = ("ctranslate2", "sentencepiece", "numpy", "fastapi", "uvicorn")


def write_record(name: str, figures: dict[str, Any], *, models: dict[str, str]) -> None:
    """Writes `results/NAME.json`.

    Args:
        name: The script's name.
        figures: What was measured.
        models: Artifact digests by model.
    """
    record = {
        "machine": {
            "cpu": _cpu_model(),
            "cpus": len(os.sched_getaffinity(0)),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
        },
        "commit": _commit(),
        "packages": {package: version(package) for package in _PACKAGES},
        "models": models,
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "CPU part")):
            return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str:
    """The commit that was measured; `+` says that the tree had changes beside it."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "none"
