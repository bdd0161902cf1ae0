"""Puts the artifacts of a lock into a folder: what a stage of the image runs.

    python -m ai_translate.supply OUT

It needs the ground and this room alone, not the command line. The lock, the store in which
artifacts are made or found, its second tier, and the endpoint are those of the settings.
`OUT/store/<digest>` of each model is all that comes out; it is readable by all.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ai_translate.artifact import MANIFEST_NAME, Artifact
from ai_translate.config import SupplySettings, read_settings
from ai_translate.errors import AITranslateError
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.pulling import pull
from ai_translate.supply.remote.tier import Tier
from ai_translate.supply.store import Store


class _Lines:
    """Tells of downloads by lines, for the log of a build. See `Progress`."""

    def total(self, size: int) -> None:
        _say(f"fetching {size / 1e6:.1f} MB")

    def advance(self, size: int) -> None:
        """Says nothing: a log is no terminal."""

    def note(self, text: str) -> None:
        _say(text)


def main(out: Path) -> int:
    """Makes, or finds, each artifact and copies it."""
    try:
        settings = read_settings(SupplySettings)
        lock = Lock.read(settings.models_lock)
        store = Store(settings.models_dir)
        tier = Tier.of(settings)
        for model in lock.models:
            artifact = pull(model, lock.path, store, settings, _Lines(), tier).artifact
            _copy(artifact, Store(out).folder / artifact.digest)
            _say(f"{model.name}: artifact {artifact.digest[:12]}")
    except AITranslateError as error:
        _say(f"ai-translate: {error.message}")
        if error.hint:
            _say(f"  {error.hint}")
        return 1
    return 0


def _copy(artifact: Artifact, out: Path) -> None:
    out.mkdir(parents=True)
    for name in (MANIFEST_NAME, *sorted(artifact.manifest.files)):
        shutil.copyfile(artifact.path / name, out / name)
        (out / name).chmod(0o644)
    Artifact.open(out).verify()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m ai_translate.supply OUT")
    sys.exit(main(Path(sys.argv[1])))
