"""`ai-translate models bundle` and `unbundle`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ai_translate.cli.models.opening import Opened, opened
from ai_translate.cli.sizes import human_size
from ai_translate.cli.table import aligned
from ai_translate.errors import ConfigurationError

if TYPE_CHECKING:
    from ai_translate.supply.bundle.reading import Contents

_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("out", type=_PATH)
@click.argument("names", nargs=-1)
def bundle(out: Path, names: tuple[str, ...]) -> None:
    """Write models and their entries in the lock into the file OUT: all, or those of NAMES.

    For a place that no network reaches. It is a tar archive that begins with a listing of its
    files and their hashes; the same models give the same bytes. What lies at OUT is replaced when
    the bundle is whole.
    """
    from ai_translate.supply.bundle.writing import write_bundle  # noqa: PLC0415  # keeps `--help` quick

    place = opened()
    models = place.lock.chosen(names)
    if not models:
        raise ConfigurationError(
            f"{place.lock.path} has no model to bundle.", hint="Add one: `ai-translate models add`."
        )
    written = write_bundle(models, place.store, out)
    count = f"{len(models)} model{'s' if len(models) > 1 else ''}"
    click.echo(f"{out}: {count}, {human_size(written.size)}", err=True)
    click.echo(f"{written.sha256}  {out}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--list", "only_list", is_flag=True, help="Only tell what is in it.")
@click.option(
    "--replace",
    is_flag=True,
    help="Let its models take the place of other artifacts of their names in the lock.",
)
def unbundle(file: Path, only_list: bool, replace: bool) -> None:
    """Bring the models of FILE into the store and into the lock.

    Every file is held against the listing before it is stored, and nobody is asked. If this is
    interrupted, or FILE has not come whole, running it again goes on with what is missing. A later
    `pull` finds everything in place.
    """
    from ai_translate.supply.bundle.reading import (  # noqa: PLC0415  # keeps `--help` quick
        read_contents,
        unbundle,
    )

    place = opened(missing_ok=True)
    if only_list:
        click.echo(_listed(read_contents(file), place))
        return
    done = unbundle(
        *(file, place.settings.models_lock, place.store),
        replace=replace,
        signed_by=place.settings.require_signature,
        note=lambda text: click.echo(f"{file}: {text}", err=True),
    )
    for model in done.models:
        how = "locked as" if model.name in done.locked else "is locked as"
        click.echo(f"{model.name}: {how} artifact {model.artifact[:12]}")


def _listed(contents: Contents, place: Opened) -> str:
    stored = set(place.store.digests())
    locked = {model.name: model.artifact for model in place.lock.models}
    rows = []
    for model in contents.models:
        files = contents.listing.artifacts[model.artifact].values()
        rows.append(
            (
                model.name,
                model.artifact[:12],
                model.quantization,
                human_size(sum(entry.size for entry in files)),
                "yes" if model.artifact in stored else "no",
                "yes" if locked.get(model.name) == model.artifact else "no",
            )
        )
    return aligned(("name", "artifact", "weights", "size", "stored", "locked"), *rows)
