"""Brings the store to what the lock says of a model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ai_translate.artifact import Artifact, Manifest
from ai_translate.config import Settings
from ai_translate.errors import SupplyError
from ai_translate.supply.finished import holds_artifact, take
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.locked_source import locked_source
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.store import Store

__all__ = ["pull"]


def pull(
    model: LockedModel,
    lock: Path,
    store: Store,
    settings: Settings,
    progress: Progress | None = None,
) -> Artifact:
    """The artifact of a locked model: the one in the store, or else made from its source.

    Files of the Hub that are not there yet are fetched from the locked commit; nothing else is
    asked. Where they are an artifact, it is copied and nothing is converted. If several processes
    want the same artifact, one makes it and the others find it.

    Args:
        model: What the lock says.
        lock: The lock's path, to which folders are relative.
        store: Where the artifact lies or comes to lie.
        settings: Whose signature is wanted, which endpoint to ask, and where downloads lie.
        progress: Is told how far downloads are.

    Raises:
        HubError: The endpoint does not give a file.
        NotSigned: AIT_REQUIRE_SIGNATURE wants it to be signed.
        IntegrityError: A source file, or what came of it, is not what the lock says.
        SupplyError: The source cannot be read or converted, or the store cannot be written.
    """
    require_signature(model, settings.require_signature)
    progress = progress or Silent()

    def waiting() -> None:
        progress.note(f"Another process is making {model.name}: waiting for it.")

    with store.turn(model.artifact, waiting):
        with contextlib.suppress(SupplyError):
            return store.open(model.artifact)
        with locked_source(model, lock, settings, progress) as folder:
            return store.add(_build(model, folder), expected=model.artifact)


def _build(model: LockedModel, folder: Path) -> Callable[[Path], Manifest]:
    if holds_artifact(model.files):
        return partial(take, folder)
    from ai_translate.supply.recipe import Recipe  # noqa: PLC0415  # loads the converter

    return partial(Recipe.of(model).convert, folder)
