"""Brings a model into the store and into the lock, from a folder or from the Hub."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from ai_translate.artifact import Artifact
from ai_translate.config import SupplySettings
from ai_translate.errors import BadFile, ConfigurationError, UnsupportedModel
from ai_translate.supply.adding_finished import add_finished
from ai_translate.supply.checkpoint import WEIGHT_FILES
from ai_translate.supply.directions import choose_directions
from ai_translate.supply.fetching import Fetching
from ai_translate.supply.finished import holds_artifact
from ai_translate.supply.hf_files import read_model_files
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.metadata import resolve
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_model import check_name
from ai_translate.supply.lockfile import Lock, LockedModel
from ai_translate.supply.needed import SUPPORTED, needed_files
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.signatures import refuse_unsigned
from ai_translate.supply.small_files import read_json
from ai_translate.supply.snapshots import held_snapshot
from ai_translate.supply.sources import FolderSource, HubSource, Source
from ai_translate.supply.store import Store

__all__ = ["Judge", "add_folder", "add_from_hub"]

_CONFIG: Final = "config.json"


Judge: TypeAlias = Callable[[Path, Recipe, Artifact], LockedEvaluation]
"""Is given the source's folder, how it was converted and what came of it, and tells how well that
translates. What it raises refuses the model."""


def add_folder(
    lock: Path,
    store: Store,
    folder: Path,
    *,
    name: str,
    recipe: Recipe | None = None,
    judge: Judge | None = None,
    signed_by: str | None = None,
) -> LockedModel:
    """Converts the model in a folder, stores it, and writes it into the lock.

    Args:
        lock: The lock's path; it is made if it is not there.
        store: Where the artifact comes to lie.
        folder: A model in Hugging Face format, below the lock's folder.
        name: What to call the model; one of that name is replaced.
        recipe: How to convert it.
        judge: Finds out how well it translates, for the lock.
        signed_by: As AIT_REQUIRE_SIGNATURE; where it has keys, nothing is converted here.

    Raises:
        SupplyError: The model cannot be read, converted or stored, or the judge refuses it. Lock
            and store are as before.
        ConfigurationError: The recipe asks for what the model does not have.
    """
    _prepare(lock, name)
    refuse_unsigned(name, signed_by)
    source = os.path.relpath(folder, lock.parent)
    if source.startswith(".."):
        raise BadFile(
            f"{folder} is not below {lock.parent}, where the lock is.",
            hint="Copy it there: a lock names folders relative to itself.",
        )
    recipe = recipe or Recipe()
    return _converted(lock, store, folder, name, FolderSource(source), recipe, judge)


def add_from_hub(
    lock: Path,
    store: Store,
    settings: SupplySettings,
    repo: str,
    revision: str = "main",
    *,
    name: str,
    recipe: Recipe | None = None,
    judge: Judge | None = None,
    progress: Progress | None = None,
) -> LockedModel:
    """Fetches a model, converts it, stores it, and writes it into the lock.

    Small files come first: a model that cannot be converted, or not as the recipe says, is refused
    before its weights are fetched. What was fetched stays for the next attempt. A version that
    `publish` has put there is converted already: it is stored as it is, with what it says of its
    quality.

    Args:
        lock: The lock's path; it is made if it is not there.
        store: Where the artifact comes to lie.
        settings: Whose signature is wanted, which endpoint to ask, and where downloads lie.
        repo: ORGANISATION/NAME.
        revision: A branch or a commit.
        name: What to call the model; one of that name is replaced.
        recipe: How to convert it; None lets us choose, and must stand for a version that is
            converted already. Without a licence the one of the model's card is taken.
        judge: Finds out how well it translates, for the lock; likewise.
        progress: Is told how far downloads are; `total` begins anew for small files and weights.

    Raises:
        HubError: The endpoint does not give the model.
        NotSigned: AIT_REQUIRE_SIGNATURE wants it to be signed.
        UnsupportedModel: The model is of a kind that we do not convert.
        SupplyError: It cannot be read, converted or stored, or the judge refuses it. Lock and store
            are as before.
        InvalidRequest: A name is none that Artifactory would take.
        ConfigurationError: The recipe asks for what the model does not have.
    """
    _prepare(lock, name)
    progress = progress or Silent()
    endpoint = Endpoint.of(settings)
    resolved = resolve(endpoint, repo, revision)
    source = HubSource(repo, revision, resolved.commit)
    with held_snapshot(settings, repo, resolved.commit) as folder:
        progress.note(f"Files of {repo} come to lie in {folder}.")
        fetching = Fetching(endpoint, resolved, folder, progress)
        if holds_artifact(fetching.files):
            if recipe is not None or judge is not None:
                raise ConfigurationError(
                    f"{repo} at {revision} is converted already.",
                    hint="Add it without options that say how to convert it or to evaluate it.",
                )
            return add_finished(
                *(lock, store, fetching),
                name=name,
                source=source,
                signed_by=settings.require_signature,
            )
        refuse_unsigned(name, settings.require_signature)
        recipe = recipe or Recipe()
        _fetch(fetching, recipe)
        recipe = replace(recipe, licence=recipe.licence or resolved.licence)
        return _converted(lock, store, folder, name, source, recipe, judge)


def _prepare(lock: Path, name: str) -> None:
    """Finds out before any work whether its result could be locked."""
    check_name(name)
    with Lock.alone(lock, missing_ok=True):
        pass


def _fetch(fetching: Fetching, recipe: Recipe) -> None:
    files, folder = fetching.files, fetching.folder
    if _CONFIG not in files:
        raise UnsupportedModel(
            f"{fetching.resolved.repo} at {fetching.resolved.commit} has no {_CONFIG}.",
            hint=f"We convert {SUPPORTED}.",
        )
    fetching.fetch([_CONFIG])
    needed = needed_files(read_json(folder / _CONFIG), files)
    fetching.fetch(name for name in needed if name not in WEIGHT_FILES)
    choose_directions(read_model_files(folder, files).content, recipe.pairs)
    fetching.fetch(needed)


def _converted(
    lock: Path,
    store: Store,
    folder: Path,
    name: str,
    source: Source,
    recipe: Recipe,
    judge: Judge | None,
) -> LockedModel:
    with store.adding(partial(recipe.convert, folder)) as artifact:
        model = LockedModel(
            name=name,
            source=source,
            pairs=artifact.manifest.pairs,
            licence=recipe.licence,
            quantization=recipe.quantization,
            part_tokens=artifact.manifest.part_tokens,
            files=artifact.manifest.sources,
            artifact=artifact.digest,
            evaluation=judge(folder, recipe, artifact) if judge else None,
        )
        locked = Lock.changed(lock, lambda now: now.with_model(model))
    return locked.get(name)
