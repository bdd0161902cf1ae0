"""Shows what caches of this project there are and how much they hold, and removes them.

    python tooling/clean_caches.py [--dry-run] [--models] [--pip]

The local cache of builds (CACHE_DIR), downloads of models and what tools keep can always go: they
are made again when they are wanted. Artifacts of models go with --models, pip's cache with --pip.
The lock, environments and the history of builds are no caches. What the engine keeps is its own:
`docker buildx prune`. Needs no package.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Cache", "caches", "main"]

ROOT: Final = Path(__file__).parents[1]
_TOOLS: Final = (
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"),
)
# Of what `build-optimized.sh` writes, as OCI's image layout has it.
_OF_BUILDS: Final = frozenset({"blobs", "index.json", "oci-layout", "ingest"})


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder that can go.

    Attributes:
        path: Where it is.
        what: What it holds, for people.
    """

    path: Path
    what: str

    @property
    def size(self) -> int:
        """Bytes of its files; one that has several names counts once."""
        found: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.path):
            for name in names:
                try:
                    status = Path(folder, name).lstat()
                except FileNotFoundError:
                    continue
                found[status.st_dev, status.st_ino] = status.st_size
        return sum(found.values())


def caches(root: Path, environment: Mapping[str, str], *, models: bool, pip: bool) -> list[Cache]:
    """The caches that are there.

    Args:
        root: The project's folder.
        environment: Names other places.
        models: Whether artifacts are among them.
        pip: Whether pip's cache is among them.

    Raises:
        ValueError: CACHE_DIR names something else than a cache of builds.
    """
    candidates = [*_of_builds(environment), *_of_models(root, environment, models=models)]
    candidates += [Cache(root / name, "what a tool remembers") for name in _TOOLS]
    candidates += [
        Cache(path, "compiled Python")
        for top in ("src", "tests", "tooling", "benchmarks")
        for path in sorted((root / top).rglob("__pycache__"))
    ]
    if pip and (folder := _pips()) is not None:
        candidates.append(Cache(folder, "what pip has downloaded"))
    return [cache for cache in candidates if cache.path.is_dir() and not cache.path.is_symlink()]


def main() -> int:
    """Shows, and removes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dry-run", action="store_true", help="only show")
    parser.add_argument("--models", action="store_true", help="artifacts of models, too")
    parser.add_argument("--pip", action="store_true", help="pip's cache, too")
    given = parser.parse_args()
    try:
        found = caches(ROOT, os.environ, models=given.models, pip=given.pip)
    except ValueError as error:
        print(f"clean-caches: {error}", file=sys.stderr)
        return 1
    sizes = {cache: cache.size for cache in found}
    for cache, size in sizes.items():
        print(f"{_shown(size):>9}  {cache.path}  ({cache.what})")
    print(f"{_shown(sum(sizes.values())):>9}  in all")
    if given.dry_run:
        return 0
    failed = [cache for cache in found if not _removed(cache.path)]
    print("Removed." if not failed else f"{len(failed)} could not be removed.", flush=True)
    return 1 if failed else 0


def _of_builds(environment: Mapping[str, str]) -> Iterator[Cache]:
    path = Path(
        environment.get("CACHE_DIR") or "/tmp/.buildx-cache"
    )  # as build-optimized.sh has it
    for folder, what in ((path, "local cache of builds"), *_left_by_builds(path)):
        if not folder.is_dir():
            continue
        others = {entry.name for entry in folder.iterdir()} - _OF_BUILDS
        if others:
            raise ValueError(
                f"CACHE_DIR={path} is no cache of builds: {min(others)} is in {folder}. "
                "Nothing was removed."
            )
        yield Cache(folder, what)


def _left_by_builds(path: Path) -> Iterator[tuple[Path, str]]:
    """What was being written beside the cache by builds that were killed; not by one that runs."""
    name = re.compile(re.escape(path.name) + r"\.new\.(\d+)(\.old)?")
    for folder in sorted(path.parent.glob("*")):
        found = name.fullmatch(folder.name)
        if found and not Path("/proc", found[1]).exists():
            yield folder, "left by a build that was killed"


def _of_models(root: Path, environment: Mapping[str, str], *, models: bool) -> Iterator[Cache]:
    folder = root / (environment.get("AIT_MODELS_DIR") or ".models")
    yield Cache(folder / "hub", "downloads of models")
    if models:
        yield Cache(folder / "store", "artifacts of models; `make models` makes them again")


def _pips() -> Path | None:
    command = [sys.executable, "-m", "pip", "cache", "dir"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.returncode == 0 and done.stdout.strip() else None


def _removed(path: Path) -> bool:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return True
    except OSError as error:
        print(f"clean-caches: {error.filename}: {error.strerror}", file=sys.stderr)
        return False
    return True


def _shown(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


if __name__ == "__main__":
    sys.exit(main())
