"""`ai-translate models add`."""

from __future__ import annotations

import re
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ai_translate.artifact import QUANTIZATIONS
from ai_translate.cli.models.evaluating import begun, parsed_pair, sample_options
from ai_translate.cli.models.opening import Opened, opened
from ai_translate.cli.models.quality import lost
from ai_translate.errors import AITranslateError, ConfigurationError
from ai_translate.languages import LanguagePair, normalize

if TYPE_CHECKING:
    from ai_translate.supply.adding import Judge

_LONGEST_NAME = 100


@click.command()
@click.argument("source", metavar="SOURCE[@REVISION]")
@click.option("--name", help="Name in the lock.  [default: that of the folder or repository]")
@click.option(
    "--quantization",
    type=click.Choice(QUANTIZATIONS),
    help="Type of the stored weights.  [default: int8]",
)
@click.option("--pair", "pairs", multiple=True, help="A direction such as en:fr; repeatable.")
@click.option(
    "--languages", help="All directions between these, such as en,fr,de; beside those of --pair."
)
@click.option(
    "--licence",
    default="",
    help="SPDX identifier of the model's licence.  [default: as its card on the Hub says]",
)
@click.option("--part-tokens", type=int, help="Break sentences of more tokens than this.")
@click.option(
    "--evaluate",
    "text",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Record in the lock how well these sentences, one a line, are translated.",
)
@sample_options
def add(  # noqa: PLR0913, PLR0917  # click gives each option by name
    source: str,
    name: str | None,
    quantization: str | None,
    pairs: tuple[str, ...],
    languages: str | None,
    licence: str,
    part_tokens: int | None,
    text: Path | None,
    reference: Path | None,
    sentences: int | None,
    direction: str | None,
    max_loss: float | None,
) -> None:
    """Convert a Hugging Face model, store it, and write it into the lock.

    SOURCE is a folder, or else ORGANISATION/NAME on the Hub that HF_ENDPOINT names: what exists as
    a folder is taken as one. REVISION is a branch or a commit of the Hub, by default main; the
    commit that it names now is locked. A model whose name is in the lock is replaced, which
    `rollback` takes back. A version that `push` has published is stored without conversion.

    With --evaluate it is compared with itself in float32, as `evaluate` does; where more than
    --max-loss is lost, neither lock nor store changes.
    """
    if text is None and (reference, sentences, direction, max_loss) != (None, None, None, None):
        raise click.UsageError("--reference, --sentences, --direction, --max-loss: of --evaluate.")
    from ai_translate.cli.models.downloading import shown_download  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.adding import (  # noqa: PLC0415  # loads the converter
        add_folder,
        add_from_hub,
    )
    from ai_translate.supply.finished import holds_artifact  # noqa: PLC0415  # the same
    from ai_translate.supply.recipe import Recipe  # noqa: PLC0415  # the same
    from ai_translate.supply.remote.tier import Tier  # noqa: PLC0415  # the same

    place = opened(missing_ok=True)
    tier = Tier.of(place.settings)
    recipe: Recipe | None = None
    if (quantization, pairs, languages, licence, part_tokens) != (None, (), None, "", None):
        recipe = Recipe(
            quantization=quantization or "int8",  # type: ignore[arg-type]  # click admits only these
            pairs=_directions(pairs, languages),
            licence=licence,
            part_tokens=part_tokens,
        )
    path = place.settings.models_lock
    folder = Path(source)
    repo, revision = ("", "") if folder.is_dir() else _on_hub(source)
    name = name or (_name_of(repo) if repo else folder.resolve().name)
    before = {model.name: model.artifact for model in place.lock.models}
    with shown_download(name) as progress:
        judge: Judge | None = None
        if text is not None:
            trial = begun(place, progress, text, reference, sentences, direction)
            judge = partial(trial.of_added, name, max_loss)
        if repo:
            _announce(name, f"{repo}@{revision}", place)
            model = add_from_hub(
                *(path, place.store, place.settings, repo, revision),
                name=name,
                recipe=recipe,
                judge=judge,
                progress=progress,
            )
        else:
            model = add_folder(
                *(path, place.store, folder),
                name=name,
                recipe=recipe,
                judge=judge,
                signed_by=place.settings.require_signature,
            )
    # Nothing is taken from there: what is locked is made here, from bytes that were checked here.
    if tier.address and not holds_artifact(model.files):
        tier.offer(model, place.store.open(model.artifact))
    replaced = before.get(name, model.artifact)
    instead = "" if replaced == model.artifact else f" in place of {replaced[:12]}"
    click.echo(f"{name}: locked as artifact {model.artifact[:12]}{instead}")
    if judge and model.evaluation:
        click.echo(f"{name}: {lost(model.evaluation)}")


def _announce(name: str, what: str, place: Opened) -> None:
    from ai_translate.supply.hub.endpoint import shown  # noqa: PLC0415  # ssl

    where = shown(place.settings.hf_endpoint)
    click.echo(f"{name}: looking up {what} at {where}", err=True)


def _on_hub(source: str) -> tuple[str, str]:
    """Repository and revision, if they have the shape of such."""
    from ai_translate.supply.hub.endpoint import check_repo, check_revision  # noqa: PLC0415  # ssl

    repo, _, revision = source.partition("@")
    revision = revision if "@" in source else "main"
    try:
        check_repo(repo)
    except AITranslateError as error:
        raise ConfigurationError(
            f"{source[:200]!r} is neither a folder nor a model on the Hub.", hint=error.hint
        ) from error
    check_revision(revision)
    return repo, revision


def _name_of(repo: str) -> str:
    """The repository's name without its organisation, as far as it can be a name in the lock."""
    return re.sub(r"^[^A-Za-z0-9]+", "", repo.partition("/")[2])[:_LONGEST_NAME]


def _directions(pairs: tuple[str, ...], languages: str | None) -> tuple[LanguagePair, ...]:
    found = [parsed_pair("--pair", pair) for pair in pairs]
    if languages is not None:
        try:
            tags = list(dict.fromkeys(normalize(tag.strip()) for tag in languages.split(",")))
        except ValueError as error:
            raise ConfigurationError(
                f"--languages: {error}.", hint="Write it as en,fr,de."
            ) from error
        if len(tags) < 2:
            raise ConfigurationError(
                "--languages: one language makes no direction.", hint="Write it as en,fr,de."
            )
        found += [LanguagePair(*ends) for ends in permutations(tags, 2)]
    return tuple(dict.fromkeys(found))
