"""`ai-translate models`: what is locked, what is stored, and how it gets there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ai_translate.artifact import QUANTIZATIONS
from ai_translate.config import load_settings
from ai_translate.errors import ConfigurationError, SupplyError
from ai_translate.languages import LanguagePair

if TYPE_CHECKING:
    from ai_translate.supply.lockfile import Lock
    from ai_translate.supply.store import Store


@click.group()
def models() -> None:
    """List, add and verify models."""


@models.command("list")
def list_models() -> None:
    """List the models of the lock and whether the store has them."""
    lock, store = _lock_and_store()
    stored = set(store.digests())
    for model in lock.models:
        pairs = ",".join(str(pair) for pair in model.pairs)
        state = "stored" if model.artifact in stored else "missing"
        click.echo(f"{model.name}\t{pairs}\t{model.quantization}\t{model.artifact[:12]}\t{state}")


@models.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--name", help="Name in the lock.  [default: the folder's name]")
@click.option(
    "--quantization",
    type=click.Choice(QUANTIZATIONS),
    default="int8",
    show_default=True,
    help="Type of the stored weights.",
)
@click.option("--pair", "pairs", multiple=True, help="A direction such as en:fr; repeatable.")
@click.option("--licence", default="", help="SPDX identifier of the model's licence.")
@click.option("--part-tokens", type=int, help="Break sentences of more tokens than this.")
def add(
    folder: Path,
    name: str | None,
    quantization: str,
    pairs: tuple[str, ...],
    licence: str,
    part_tokens: int | None,
) -> None:
    """Convert the Hugging Face model in FOLDER, store it, and write it into the lock."""
    from ai_translate.supply.pull import lock_folder  # noqa: PLC0415  # loads the converter

    lock, store = _lock_and_store(missing_ok=True)
    model = lock_folder(
        lock,
        store,
        folder,
        name=name or folder.resolve().name,
        quantization=quantization,  # type: ignore[arg-type]  # click admits only these
        pairs=[_pair(pair) for pair in pairs],
        licence=licence,
        part_tokens=part_tokens,
    )
    click.echo(f"{model.name}: locked as artifact {model.artifact[:12]}")


@models.command()
@click.argument("names", nargs=-1)
def pull(names: tuple[str, ...]) -> None:
    """Bring the store to what the lock says: all models, or those of NAMES."""
    lock, store = _lock_and_store()
    stored = set(store.digests())
    for model in lock.chosen(names):
        if model.artifact in stored and not _damaged(store, model.artifact):
            click.echo(f"{model.name}: in place", err=True)
            continue
        from ai_translate.supply.pull import pull as make  # noqa: PLC0415  # loads the converter

        make(model, lock, store)
        click.echo(f"{model.name}: made artifact {model.artifact[:12]}", err=True)


@models.command()
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Hash every stored byte again and hold it against the lock."""
    lock, store = _lock_and_store()
    for model in lock.chosen(names):
        store.open(model.artifact)
        click.echo(f"{model.name}: verified {model.artifact[:12]}")


def _lock_and_store(*, missing_ok: bool = False) -> tuple[Lock, Store]:
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.store import Store  # noqa: PLC0415  # the same

    settings = load_settings()
    return Lock.read(settings.models_lock, missing_ok=missing_ok), Store(settings.models_dir)


def _damaged(store: Store, digest: str) -> bool:
    try:
        store.open(digest)
    except SupplyError:
        return True
    return False


def _pair(text: str) -> LanguagePair:
    try:
        return LanguagePair.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"--pair: {error}.", hint="Write it as en:fr.") from error
