"""Prints the keys of what CI may keep from one run to the next, as NAME=VALUE lines.

    python tooling/ci_cache_keys.py [--root FOLDER]

`pip`, `pip-reference` and `pip-mirror` are for what pip downloads for the environments of the
Makefile, `models` is for `.models/store`. A key changes when what would be kept may be of no use,
and at no other time: comments, order and layout of the lock files do not count, nor what a model
is called and where it lies. It needs nothing but Python, since it runs before anything is
installed.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import re
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any, Final

__all__ = ["keys"]

ROOT: Final = Path(__file__).parents[1]
_ENVIRONMENTS: Final = {
    "pip": ("requirements", "requirements-models", "requirements-dev", "requirements-build"),
    "pip-reference": ("requirements-reference", "requirements-build"),
    "pip-mirror": ("requirements-mirror", "requirements-build"),
}
# What no artifact is made from. All else counts, also what the lock may come to hold.
_NO_INPUTS: Final = frozenset(
    {"name", "folder", "repo", "revision", "commit", "evaluation", "earlier"}
)
_CONVERTER: Final = Path("src/ai_translate/supply/converter.py")


def main() -> int:
    """Prints a line for each key."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    for name, key in keys(parser.parse_args().root).items():
        print(f"{name}={key}")
    return 0


def keys(root: Path) -> dict[str, str]:
    """The keys of a checkout by their names.

    Raises:
        OSError: A lock file is missing.
        ValueError: One is malformed.
    """
    found = {
        name: f"{name}-{_tag()}-{_hashed(_pinned(root, files))}"
        for name, files in _ENVIRONMENTS.items()
    }
    return {**found, "models": f"models-{_hashed(_conversions(root))}"}


def _tag() -> str:
    """What wheels are chosen by beside the lock: interpreter and machine."""
    return f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"


def _pinned(root: Path, files: tuple[str, ...]) -> list[str]:
    """Every requirement of some files, once, whichever of them names it."""
    lines = [line for name in files for line in _requirements(root / f"{name}.txt")]
    return sorted(set(lines))


def _requirements(path: Path) -> list[str]:
    """The lines of a file of pip's format, each in one form: see pip's own documentation of it."""
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    lines = [re.sub(r"(^|\s)#.*", "", line).split() for line in text.splitlines()]
    return [_normal(words) for words in lines if words]


def _normal(words: list[str]) -> str:
    hashes = sorted({word for word in words if word.startswith("--hash=")})
    first, *others = [word for word in words if not word.startswith("--hash=")]
    if not first.startswith("-"):
        name = re.match(r"[A-Za-z0-9._-]+", first)
        if name is None:
            raise ValueError(f"{first!r} is no requirement.")
        # PEP 503
        first = re.sub(r"[-_.]+", "-", name[0]).lower() + first[name.end() :]
    return " ".join([first, *others, *hashes])


def _conversions(root: Path) -> dict[str, Any]:
    """All that the artifacts of the lock are made from, and by what."""
    lock = tomllib.loads((root / "models.lock").read_text(encoding="utf-8"))
    models = [_inputs(model) for model in lock.get("model", [])]
    pins = {line.partition(" ")[0] for line in _requirements(root / "requirements-models.txt")}
    return {
        "models": sorted({json.dumps(model, sort_keys=True) for model in models}),
        "ctranslate2": sorted(pin for pin in pins if pin.startswith("ctranslate2=")),
        "mapping": _revision(root / _CONVERTER),
    }


def _inputs(model: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in model.items() if name not in _NO_INPUTS}
    return {**fields, "pairs": sorted(fields.get("pairs", []))}


def _revision(path: Path) -> str:
    """The REVISION of our own mapping, without running anything."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "REVISION":
            return ast.unparse(node.value) if node.value else ""
    raise ValueError(f"{path} names no REVISION.")


def _hashed(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


if __name__ == "__main__":
    sys.exit(main())
