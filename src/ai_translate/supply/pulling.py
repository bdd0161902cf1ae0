"""Brings the store to what the lock says of a model."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from ai_translate.artifact import Artifact
from ai_translate.config import SupplySettings
from ai_translate.errors import SupplyError
from ai_translate.supply.finished import holds_artifact, take
from ai_translate.supply.hub.progress import Progress, Silent
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.remote.tier import Tier
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.store import Store

__all__ = ["Origin", "Pulled", "pull"]


class Origin(Enum):
    """How an artifact came into the store."""

    FOUND = "found"
    TAKEN = "taken"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Pulled:
    """The artifact of a locked model, and where it came from.

    Attributes:
        artifact: It is in the store, and verified.
        origin: FOUND if it was there, perhaps because another process has just made it; TAKEN as
            it is, from the second tier or from where it was published; or MADE from its source.
    """

    artifact: Artifact
    origin: Origin


def pull(
    model: LockedModel,
    lock: Path,
    store: Store,
    settings: SupplySettings,
    progress: Progress | None = None,
    tier: Tier | None = None,
) -> Pulled:
    """The artifact of a locked model: in the store, in its second tier, or made from its source.

    Files of the Hub that are not there yet are fetched from the locked commit; nothing else is
    asked. Where they are an artifact, it is copied and nothing is converted, and no second tier is
    asked. If several processes want the same artifact, one makes it and the others find it. What is
    made is put into the second tier.

    Args:
        model: What the lock says.
        lock: The lock's path, to which folders are relative.
        store: Where the artifact lies or comes to lie.
        settings: Whose signature is wanted, which endpoint to ask, and where downloads lie.
        progress: Is told how far downloads are.
        tier: The second tier of the store. That it fails is a warning.

    Raises:
        HubError: The endpoint does not give a file.
        NotSigned: AIT_REQUIRE_SIGNATURE wants it to be signed.
        IntegrityError: A source file, or what came of it, is not what the lock says.
        SupplyError: The source cannot be read or converted, or the store cannot be written.
    """
    require_signature(model, settings.require_signature)
    progress = progress or Silent()
    tier = tier or Tier()

    def waiting() -> None:
        progress.note(f"Another process is making {model.name}: waiting for it.")

    with store.turn(model.artifact, waiting):
        with contextlib.suppress(SupplyError):
            return Pulled(store.open(model.artifact), Origin.FOUND)
        if holds_artifact(model.files):
            return Pulled(_from_source(model, lock, store, settings, progress), Origin.TAKEN)
        if taken := tier.take(model, store, progress):
            return Pulled(taken, Origin.TAKEN)
        with tier.turn(model, waiting) as again:
            if again and (taken := tier.take(model, store, progress)):
                return Pulled(taken, Origin.TAKEN)
            artifact = _from_source(model, lock, store, settings, progress)
            tier.offer(model, artifact)
            return Pulled(artifact, Origin.MADE)


def _from_source(
    model: LockedModel, lock: Path, store: Store, settings: SupplySettings, progress: Progress
) -> Artifact:
    """The artifact that a model's source holds, or is converted to."""
    from ai_translate.supply.locked_source import (  # noqa: PLC0415  # not where a tier has it
        locked_source,
    )

    bring = take if holds_artifact(model.files) else Recipe.of(model).convert
    with locked_source(model, lock, settings, progress) as folder:
        return store.add(partial(bring, folder), expected=model.artifact)
