"""The way of a model: its files fetched and hashed, and converted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from ai_translate.artifact import Artifact, hash_file
from ai_translate.errors import BadFile, ConfigurationError, SupplyError, UnsupportedModel
from ai_translate.languages import LanguagePair
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.convert import convert
from ai_translate.supply.hub.download import WantedFile, download
from ai_translate.supply.needed import needed_files
from ai_translate.supply.small_files import read_json
from ai_translate.supply.store import Store

__all__ = ["conversion", "files"]

_CONFIG: Final = "config.json"
# For a model that translates between any of its languages, or does not say between which. WMT21
# has no French.
_ASSUMED: Final = (LanguagePair("en", "fr"), LanguagePair("en", "de"))


def files(subject: Subject) -> Verdict:
    """Fetches every needed file as `models add` does, each byte hashed."""
    remote = {file.name: file for file in subject.files if "/" not in file.name}
    folder = subject.folder / "model"
    began = time.monotonic()

    def fetch(*names: str) -> None:
        missing = [name for name in names if name not in remote]
        if missing:
            raise BadFile(
                f"{subject.repo} has no {missing[0]}.",
                hint="Name a model in Hugging Face format by MODEL.",
            )
        wanted = [WantedFile.of(remote[name]) for name in names]
        download(
            *(subject.endpoint, subject.repo, subject.commit, wanted, folder),
            progress=subject.progress,
            backoff=subject.patience,
        )

    fetch(_CONFIG)
    config = read_json(folder / _CONFIG)
    if not isinstance(config, dict):
        raise BadFile(f"{_CONFIG} of {subject.repo} is no JSON object.")
    needed = needed_files(config, remote)
    fetch(*needed)
    spent = max(time.monotonic() - began, 1e-6)
    subject.model = folder
    hashes = {name: hash_file(folder / name) for name in needed}
    size = sum(found.size for found in hashes.values())
    return Verdict(
        "ok",
        f"{len(needed)} files, {size:,} bytes, all as promised; {size / spent / 1e6:.1f} MB/s.",
        details=tuple(f"sha256 {found.sha256}  {name}" for name, found in hashes.items()),
    )


def conversion(subject: Subject) -> Verdict:
    """Converts what was fetched, in the folder of the check."""
    folder = subject.model
    if folder is None:
        raise SupplyError("There is nothing to convert.")
    began = time.monotonic()
    artifact, assumed = _converted(folder, Store(subject.folder))
    subject.artifact = artifact
    spent = time.monotonic() - began
    kind = artifact.manifest.architecture
    return Verdict(
        "ok", f"A {kind} model{assumed}: artifact {artifact.digest[:12]} in {spent:.1f} s."
    )


def _converted(folder: Path, store: Store) -> tuple[Artifact, str]:
    """The artifact, and in words what was assumed of its directions."""
    try:
        return store.add(lambda out: convert(folder, out)), ""
    except UnsupportedModel:
        # Such a model may only want to be told the direction; otherwise this raises the same.
        first, second = _ASSUMED
    try:
        return store.add(lambda out: convert(folder, out, pairs=[first])), f", {first} assumed"
    except ConfigurationError:
        return store.add(lambda out: convert(folder, out, pairs=[second])), f", {second} assumed"
