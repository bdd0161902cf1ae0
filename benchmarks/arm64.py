"""Builds the image for arm64 where there is no such machine, and translates a sentence with it.

    PYTHONPATH=tests python benchmarks/arm64.py

Programs of arm64 run by qemu, so that times say what emulation costs and nothing of such machines.
The models' and the application's stages run on this machine; what is emulated is pip in the stage
of dependencies, and the service. Needs root; see `tooling/engine/install.sh` and `emulation.sh`.
Writes `results/arm64.json`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ai_translate.supply.lockfile import Lock
from record import write_record
from support.checkout import Checkout
from support.engine import BASE, Engine
from support.registry import Registry

ROOT: Final = Path(__file__).parents[1]
ARCHIVE: Final = ROOT / ".engine/base-arm64.tar"
PLATFORM: Final = "linux/arm64"
IMAGE: Final = "ai-translate:arm64"
SENTENCE: Final = "Where is the station?"
EXPECTED: Final = "gare"


def main() -> int:
    """Builds, translates, writes the record."""
    figures: dict[str, Any] = {}

    def timed(name: str, do: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = do()
        figures[name] = round(time.perf_counter() - began, 1)
        print(f"{name}: {figures[name]} s", flush=True)
        return found

    if not ARCHIVE.exists():
        ARCHIVE.parent.mkdir(exist_ok=True)
        script = ROOT / "tooling/engine/base_image.sh"
        timed("base_image_seconds", lambda: subprocess.run([script, ARCHIVE, "arm64"], check=True))
    with (
        tempfile.TemporaryDirectory(prefix="engine-") as place,
        tempfile.TemporaryDirectory(prefix="registry-") as kept,
        tempfile.TemporaryDirectory() as work,
        Engine(Path(place)) as engine,
        Registry(Path(kept)) as registry,
    ):
        base = of_both(engine.with_base(), registry)
        checkout = Checkout.of_project(Path(work) / "checkout")
        timed(
            "build_seconds",
            lambda: engine.solve(
                checkout.folder,
                *(f"--build-arg=BASE_IMAGE={base}", f"--platform={PLATFORM}"),
                *("--load", f"--tag={IMAGE}"),
            ),
        )
        run = ("run", "--rm", "--read-only", "--network=none", f"--platform={PLATFORM}")
        machine = engine.docker(*run, "--entrypoint=uname", IMAGE, "-m").stdout.strip()
        translate = (*run, "--env=OMP_NUM_THREADS=1", IMAGE, "translate", SENTENCE)
        said = timed("translate_seconds", lambda: engine.docker(*translate)).stdout.strip()
    figures |= {"machine": machine, "sentence": SENTENCE, "translation": said}
    print(figures)
    if machine != "aarch64" or EXPECTED not in said:
        print("This is no translation by an image of arm64.", file=sys.stderr)
        return 1
    write_record(
        "arm64",
        figures,
        models={m.name: m.artifact for m in Lock.read(ROOT / "models.lock").models},
    )
    return 0


def of_both(engine: Engine, registry: Registry) -> str:
    """One base image of both architectures, as a public registry has them; its name."""
    other = "ai-translate-base:arm64"
    engine.docker("import", f"--platform={PLATFORM}", ARCHIVE, other)
    both = f"{registry.host}/base:both"
    parts = {f"{registry.host}/base:amd64": BASE, f"{registry.host}/base:arm64": other}
    for name, image in parts.items():
        engine.docker("tag", image, name)
        engine.docker("push", "--quiet", name)
    engine.docker("buildx", "imagetools", "create", f"--tag={both}", *parts)
    return both


if __name__ == "__main__":
    sys.exit(main())
