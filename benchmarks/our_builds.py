"""Builds of our image after each kind of change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from download import await_quiet
from support.checkout import Checkout
from support.engine import Build, Engine
from timed_builds import TimedBuilds

__all__ = ["FIRST", "OurBuilds"]

FIRST: Final = "ai-translate:first"
"""What the image of the first build is called."""

_EDITED: Final = "src/ai_translate/server/native.py"
_OTHER_QUANTIZATION: Final = "int16"
# Nothing listens there: a model from a folder needs no hub.
_NOWHERE: Final = "http://127.0.0.1:9"


@dataclass(frozen=True)
class OurBuilds:
    """Measures builds, and keeps them by what was changed before.

    Attributes:
        registry: Host and port of the registry that new runners take caches from.
    """

    registry: str
    builds: dict[str, list[Build]] = field(default_factory=lambda: defaultdict(list))

    def measure(self, engine: Engine, folder: Path) -> None:
        """A first build, and one after each change, of a new checkout in a folder.

        Args:
            engine: With empty caches.
            folder: It is made.
        """
        checkout = Checkout.of_project(folder)
        self._build("first", engine, checkout)
        self._build("nothing", engine, checkout)
        if "cache_export" not in self.builds:
            to = f"type=registry,ref={self._cache},mode=max,image-manifest=true"
            self._build("cache_export", engine, checkout, f"--cache-to={to}")
        checkout.edit(_EDITED)
        self._build("source", engine, checkout)
        _lock_otherwise(checkout)
        self._build("model", engine, checkout)
        checkout.edit("requirements.txt")
        self._build("dependencies", engine, checkout)

    def measure_fresh(self, kind: str, engine: Engine, folder: Path, *, edit: bool) -> None:
        """A build of a new checkout on an engine that has nothing but the registry's cache."""
        checkout = Checkout.of_project(folder)
        if edit:
            checkout.edit(_EDITED)
        self._build(kind, engine, checkout, f"--cache-from=type=registry,ref={self._cache}")

    def figures(self) -> dict[str, Any]:
        """See `TimedBuilds.figures`, by what was changed."""
        return {kind: TimedBuilds(builds).figures() for kind, builds in self.builds.items()}

    @property
    def _cache(self) -> str:
        return f"{self.registry}/ai-translate:cache"

    def _build(self, kind: str, engine: Engine, checkout: Checkout, *arguments: str) -> None:
        await_quiet(30)
        build = engine.build(checkout.folder, *arguments, image=f"ai-translate:{kind}")
        self.builds[kind].append(build)
        print(f"ours, {kind}: {build.seconds:.2f} s", flush=True)


def _lock_otherwise(checkout: Checkout) -> None:
    """Locks the starter in another quantization."""
    (model,) = checkout.lock.models
    options = ["--name", model.name, "--quantization", _OTHER_QUANTIZATION]
    checkout.add_model(_NOWHERE, str(model.source), *options)
