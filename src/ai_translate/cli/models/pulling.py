"""`ai-translate models pull` and `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ai_translate.cli.models.opening import Opened, opened
from ai_translate.errors import ModelMissing, SupplyError

if TYPE_CHECKING:
    from ai_translate.supply.lockfile import LockedModel
    from ai_translate.supply.remote.tier import Tier


@click.command()
@click.argument("names", nargs=-1)
def pull(names: tuple[str, ...]) -> None:
    """Bring the store to what the lock says: all models, or those of NAMES.

    What is in place is only verified, and nothing is asked of anybody. What AIT_STORE_REMOTE has is
    taken from there. For a model of the Hub just the locked files are fetched, those that are
    missing.
    """
    from ai_translate.supply.signatures import require_signature  # noqa: PLC0415  # keeps `--help` quick

    place = opened()
    tier: Tier | None = None
    for model in place.lock.chosen(names):
        require_signature(model, place.settings.require_signature)
        if _in_place(place, model):
            click.echo(f"{model.name}: in place", err=True)
            continue
        from ai_translate.cli.models.downloading import (  # noqa: PLC0415  # not where all is in place
            shown_download,
        )
        from ai_translate.supply.pulling import pull as bring  # noqa: PLC0415  # the same
        from ai_translate.supply.remote.tier import Tier  # noqa: PLC0415  # the same

        tier = tier or Tier.of(place.settings)
        with shown_download(model.name) as progress:
            pulled = bring(
                *(model, place.settings.models_lock, place.store, place.settings), progress, tier
            )
        how, digest = pulled.origin.value, pulled.artifact.digest
        click.echo(f"{model.name}: {how} artifact {digest[:12]}", err=True)


@click.command()
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Hash every stored byte again and hold it against the lock.

    With AIT_REQUIRE_SIGNATURE, also look whether it is signed.
    """
    from ai_translate.supply.signatures import require_signature  # noqa: PLC0415  # keeps `--help` quick

    place = opened()
    for model in place.lock.chosen(names):
        require_signature(model, place.settings.require_signature)
        place.store.open(model.artifact)
        click.echo(f"{model.name}: verified {model.artifact[:12]}")


def _in_place(place: Opened, model: LockedModel) -> bool:
    """Whether the store has it. Of damage, which is about to be mended, the user is told."""
    try:
        place.store.open(model.artifact)
    except ModelMissing:
        return False
    except SupplyError as error:
        click.echo(f"{model.name}: {error.message}", err=True)
        return False
    return True
