"""Writes what the image has beyond its base, as a bill of materials in the form of CycloneDX 1.6.

    python tooling/sbom.py [--out FILE] [--root FOLDER]

The packages of `requirements.txt` and the models of `models.lock`, each with the hashes that it is
held against. It asks nobody over the network, and of the same files it writes the same bytes. What
the base image has is told by its own maker.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from packaging.markers import Marker

import ai_translate
from ai_translate.artifact import FileHash
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.sources import HubSource

__all__ = ["bill"]

ROOT: Final = Path(__file__).parents[1]
# Where the image runs: see BASE_IMAGE in the Dockerfile.
_IMAGE: Final = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "sys_platform": "linux",
}
_PREFIX: Final = "ai-translate:"


def main() -> int:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build/sbom.json")
    parser.add_argument("--root", type=Path, default=ROOT, help="of another checkout")
    given = parser.parse_args()
    document = bill(given.root)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    partial = given.out.with_name(f"{given.out.name}.partial")
    partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    partial.replace(given.out)
    print(f"written: {given.out}, {len(document['components'])} components")
    return 0


def bill(root: Path) -> dict[str, Any]:
    """The document of a checkout.

    Raises:
        LockError: Its `models.lock` cannot be read.
        OSError: Its `requirements.txt` cannot be read.
    """
    document = _packages(root)
    for component in document["components"]:
        # They name lines of the file, which move.
        del component["description"]
        component["bom-ref"] = component["purl"]
    service = document["metadata"]["component"]
    service["version"] = ai_translate.__version__
    document["components"] += [_model(model) for model in Lock.read(root / "models.lock").models]
    contents = [component["bom-ref"] for component in document["components"]]
    document["dependencies"] = [
        {"ref": service["bom-ref"], "dependsOn": contents},
        *({"ref": content} for content in contents),
    ]
    return document


def _packages(root: Path) -> dict[str, Any]:
    program = Path(sys.executable).with_name("cyclonedx-py")
    done = subprocess.run(
        [
            *(program, "requirements", "--output-reproducible", "--spec-version=1.6"),
            *("--pyproject", root / "pyproject.toml", "-"),
        ],
        input=_installed((root / "requirements.txt").read_text(encoding="utf-8")),
        stdout=subprocess.PIPE,
        # It warns that it cannot tell which package brings which.
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _installed(requirements: str) -> str:
    """The requirements of which the image has something."""
    lines = re.sub(r"\\\n", " ", requirements).splitlines()
    return "\n".join(line for line in lines if _wanted(line))


def _wanted(line: str) -> bool:
    requirement = line.partition(" --hash=")[0].partition(" #")[0]
    marker = requirement.partition(";")[2].strip()
    return not marker or Marker(marker).evaluate(_IMAGE)


def _model(model: LockedModel) -> dict[str, Any]:
    """A model and the files that it is made from."""
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.name}",
        "name": model.name,
        "version": model.artifact,
        "licenses": [{"license": {"name": model.licence}}],
        "components": [_file(model, name, file) for name, file in model.files.items()],
        "properties": [
            {"name": f"{_PREFIX}artifact", "value": model.artifact},
            {"name": f"{_PREFIX}quantization", "value": model.quantization},
        ],
    }
    if isinstance(model.source, HubSource):
        source = model.source
        component["version"] = source.commit
        component["purl"] = f"pkg:huggingface/{source.repo}@{source.commit}"
    return component


def _file(model: LockedModel, name: str, file: FileHash) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": f"model:{model.name}/{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": file.sha256}],
    }


if __name__ == "__main__":
    sys.exit(main())
