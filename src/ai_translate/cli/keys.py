"""`ai-translate keys`: who may ask a server with AIT_AUTH=keys."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from ai_translate.cli.table import aligned
from ai_translate.errors import ConfigurationError
from ai_translate.settings import load_settings

if TYPE_CHECKING:
    from ai_translate.state.keys import Key, Keys

__all__ = ["keys"]

# As `Access` has them, which would load SQLite for `--help`; a test holds them against it.
ACCESS: Final = ("translate", "glossaries", "metrics", "admin")

_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST: Final = 100 * 365 * 86_400


class _Span(click.ParamType[float]):
    """A time such as 90d, in seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds of what was given."""
        found = _SPAN.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no time such as 90d, 12h or 4w.", param, ctx)
        seconds = int(found[1]) * _SECONDS[found[2]]
        if seconds > _LONGEST:
            self.fail(f"{value} is more than 100 years: leave it out for no end.", param, ctx)
        return float(seconds)


@click.group()
def keys() -> None:
    """Make, list and revoke the keys that a server with AIT_AUTH=keys asks for."""


@keys.command()
@click.argument("name")
@click.option(
    "--access",
    type=click.Choice(ACCESS),
    multiple=True,
    default=["translate"],
    show_default=True,
    help="What it is for; may be given several times, and admin is everything.",
)
@click.option(
    "--expires", type=_Span(), help="For how long it counts, such as 90d or 12h.  [default: ever]"
)
@click.option(
    "--requests-per-minute",
    type=click.IntRange(min=1, max=10**12),
    help="Most requests in a minute.",
)
@click.option(
    "--characters-per-month",
    type=click.IntRange(min=1, max=10**12),
    help="Most characters in a month.",
)
def create(
    name: str,
    access: tuple[str, ...],
    expires: float | None,
    requests_per_minute: int | None,
    characters_per_month: int | None,
) -> None:
    """Make a key for NAME and print it, this once."""
    from ai_translate.state.keys import Access  # noqa: PLC0415  # keeps `--help` quick

    with _opened() as kept:
        made = kept.create(
            name,
            {Access(one) for one in access},
            seconds=expires,
            requests_per_minute=requests_per_minute,
            characters_per_month=characters_per_month,
        )
    until = _moment(made.key.expires) or "it is revoked"
    click.echo(
        f"Key {made.key.identifier} for {made.key.name} ({', '.join(sorted(made.key.access))}) "
        f"counts until {until}. It is shown only now:",
        err=True,
    )
    click.echo(made.text)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_keys(as_json: bool) -> None:
    """Show every key, what it is for and when it was last used."""
    with _opened() as kept:
        found = [_told(key) for key in kept.all()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found:
        head = [name.replace("_", " ") for name in found[0]]
        click.echo(aligned(head, *([_cell(value) for value in one.values()] for one in found)))
    else:
        click.echo("There is no key. `ai-translate keys create NAME` makes one.")


@keys.command()
@click.argument("identifier", metavar="ID")
def revoke(identifier: str) -> None:
    """Make a key count no more, by its ID or by the key itself."""
    with _opened() as kept:
        key = kept.revoke(identifier)
    click.echo(f"{key.identifier} ({key.name}): revoked; servers see it within a second.")


@contextmanager
def _opened() -> Iterator[Keys]:
    """The keys of AIT_STATE_DIR.

    Raises:
        ConfigurationError: It is not named, or cannot be used.
    """
    from ai_translate.state.database import Database  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.state.keys import Keys  # noqa: PLC0415  # the same

    folder = load_settings().state_dir
    if folder is None:
        raise ConfigurationError(
            "There is no AIT_STATE_DIR in which keys are kept.",
            hint="Set AIT_STATE_DIR to the folder that the server has as its own.",
        )
    database = Database.open(folder)
    try:
        yield Keys(database)
    finally:
        database.close()


def _told(key: Key) -> dict[str, Any]:
    """What people and programs are told of a key."""
    state = "active"
    if key.revoked is not None:
        state = "revoked"
    elif key.expires is not None and key.expires <= time.time():
        state = "expired"
    return {
        "id": key.identifier,
        "name": key.name,
        "state": state,
        "access": sorted(key.access),
        "created": _moment(key.created),
        "expires": _moment(key.expires),
        "last_used": _moment(key.used),
        "requests_per_minute": key.requests_per_minute,
        "characters_per_month": key.characters_per_month,
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return "-" if value is None else str(value)
