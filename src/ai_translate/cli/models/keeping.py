"""`ai-translate models outdated`, `remove` and `gc`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from ai_translate.cli.models.opening import Opened, opened
from ai_translate.cli.sizes import human_size
from ai_translate.cli.table import aligned


@dataclass(frozen=True, slots=True)
class _Standing:
    """A model of the Hub, the commit that is locked, and the one that its revision names now."""

    name: str
    repo: str
    revision: str
    commit: str
    current: str

    @property
    def outdated(self) -> bool:
        return self.commit != self.current


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def outdated(as_json: bool) -> None:
    """Ask the Hub which models have a newer commit. Exits with 1 if one has.

    A model's revision is what was asked for when it was added, such as main; one that was added by
    its commit never changes. Nothing is fetched: `add` locks what is newer.
    """
    found = list(_standings(opened()))
    if as_json:
        rows = [{**asdict(one), "outdated": one.outdated} for one in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif found:
        head = ("name", "repository", "revision", "locked", "now", "state")
        click.echo(aligned(head, *map(_row, found)))
    else:
        click.echo("No model of the lock comes from the Hub.")
    sys.exit(1 if any(one.outdated for one in found) else 0)


@click.command()
@click.argument("names", nargs=-1, required=True)
def remove(names: tuple[str, ...]) -> None:
    """Take the models NAMES out of the lock. `gc` frees their disk."""
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # keeps `--help` quick

    place = opened()
    Lock.changed(place.lock.path, lambda now: now.without(names))
    for name in dict.fromkeys(names):
        click.echo(f"{name}: no longer locked")
    click.echo("Run `ai-translate models gc` to free their disk.", err=True)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
def gc(dry_run: bool) -> None:
    """Remove what the lock does not name from the models folder.

    That is artifacts, downloads in its hub folder, and what conversions and downloads left that
    ended early. What a process works with, what was not made by these commands, and every cache
    elsewhere stays.
    """
    from ai_translate.supply.collecting import collect  # noqa: PLC0415  # keeps `--help` quick

    settings = opened().settings
    found = collect(settings.models_lock, settings.models_dir, dry_run=dry_run)
    for garbage in found:
        click.echo(f"{garbage.path}: {garbage.why}, {human_size(garbage.size)}", err=True)
    size = sum(garbage.size for garbage in found)
    verb = "would be freed" if dry_run else "freed"
    click.echo(f"{size} bytes {verb}.")


def _standings(place: Opened) -> Iterator[_Standing]:
    from ai_translate.supply.hub.endpoint import Endpoint  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.hub.metadata import current_commit  # noqa: PLC0415  # the same
    from ai_translate.supply.sources import HubSource  # noqa: PLC0415  # the same

    for model in place.lock.models:
        source = model.source
        if isinstance(source, HubSource):
            fields = (source.repo, source.revision, source.commit)
            if source.revision == source.commit:
                yield _Standing(model.name, *fields, source.commit)
            else:
                endpoint = Endpoint.of(place.settings)
                now = current_commit(endpoint, source.repo, source.revision)
                yield _Standing(model.name, *fields, now)


def _row(one: _Standing) -> tuple[str, ...]:
    state = "outdated" if one.outdated else "current"
    return (one.name, one.repo, one.revision[:12], one.commit[:12], one.current[:12], state)
