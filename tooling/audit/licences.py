"""Under which licences that comes which is installed beside the service."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from audit.outcome import Outcome, Verdict
from audit.requirements import Pinned, pinned

__all__ = ["audited", "is_allowed", "licence_of"]

# Each lets us pass the package on with the service without asking anything of who runs it.
_ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
# What packages say that do not say it as SPDX does.
_SPOKEN: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_UNKNOWN: Final = "unknown"


def audited(root: Path, out: Path) -> Outcome:
    """Writes `licences.md`, and looks for licences that nobody has allowed yet."""
    packages = [package for package in pinned(root) if package.wanted]
    licences = {package: _looked_up(package) for package in packages}
    rows = [f"| {name} | {version} | {said} |" for (name, version, _), said in licences.items()]
    table = ["| package | version | licence |", "|---|---|---|", *rows]
    (out / "licences.md").write_text("\n".join(table) + "\n", encoding="utf-8")
    refused = [
        f"{package.name} {package.version}: {said}"
        for package, said in licences.items()
        if not is_allowed(said)
    ]
    if refused or not packages:
        return Outcome(
            "Licences",
            Verdict.FOUND,
            f"{len(refused)} of {len(packages)} packages have one that is not allowed; if it may "
            "be, tooling/audit/licences.py is the place to say so.",
            tuple(refused),
        )
    return Outcome(
        "Licences",
        Verdict.CLEAN,
        f"{len(packages)} packages, listed in {out.name}/licences.md as each declares it.",
    )


def is_allowed(expression: str) -> bool:
    """Whether a licence, or one that can be chosen, is allowed; of SPDX's AND all must be."""
    if "(" in expression:
        return False  # none that we know is so involved: somebody should read it
    return any(
        all(name.strip() in _ALLOWED for name in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )


def licence_of(package: Distribution) -> str:
    """What a package declares, as SPDX calls it where it can be told."""
    told = package.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    classifiers = [
        classifier.rpartition(" :: ")[2]
        for classifier in told.get_all("Classifier") or []
        if classifier.startswith("License :: OSI Approved :: ")
    ]
    spoken = sorted({_SPOKEN.get(classifier, classifier) for classifier in classifiers})
    if spoken:
        return " AND ".join(spoken)
    words = " ".join(told.get_all("License") or []).strip()
    # Some packages put the whole text here.
    return _SPOKEN.get(words, words) if 0 < len(words) < 60 and "\n" not in words else _UNKNOWN


def _looked_up(package: Pinned) -> str:
    try:
        return licence_of(distribution(package.name))
    except PackageNotFoundError:
        return f"{_UNKNOWN}: it is not installed here"
