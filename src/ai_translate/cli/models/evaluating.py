"""`ai-translate models evaluate`, and what `add` shares with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ai_translate.artifact import QUANTIZATIONS
from ai_translate.cli.models.opening import Opened, opened
from ai_translate.cli.sizes import human_size
from ai_translate.cli.table import aligned
from ai_translate.errors import ConfigurationError
from ai_translate.languages import LanguagePair

if TYPE_CHECKING:
    from ai_translate.evaluation.result import Evaluation
    from ai_translate.evaluation.trial import Trial
    from ai_translate.supply.hub.progress import Progress

__all__ = ["begun", "evaluate", "parsed_pair", "sample_options"]

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def sample_options(command: _F) -> _F:
    """The options of what evaluates, beside the one that names the sentences."""
    for option in reversed(
        (
            click.option(
                "--reference", type=_FILE, help="Translations of the sentences, line by line."
            ),
            click.option(
                "--sentences", type=click.IntRange(1), help="Translate so many, the first ones."
            ),
            click.option(
                "--direction", help="Direction of the sentences, if the model has several."
            ),
            click.option(
                "--max-loss",
                type=click.FloatRange(0, 100),
                metavar="CHRF",
                help="Fail if more chrF than this is lost against float32.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("name")
@click.option("--text", type=_FILE, required=True, help="Sentences to translate, one a line.")
@sample_options
@click.option(
    "--quantization",
    "quantizations",
    multiple=True,
    type=click.Choice(QUANTIZATIONS),
    help="Try this one beside the locked one; repeatable.",
)
@click.option("--all", "try_all", is_flag=True, help="Try every quantization.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def evaluate(
    name: str,
    text: Path,
    reference: Path | None,
    sentences: int | None,
    direction: str | None,
    max_loss: float | None,
    quantizations: tuple[str, ...],
    try_all: bool,
    as_json: bool,
) -> None:
    """Compare the model NAME of the lock with itself in float32.

    Tells chrF and BLEU, speed and size of each quantization. Without --reference the scores are
    against what float32 translates. What is made for it goes again; a model of the Hub whose files
    are no longer there is fetched from its locked commit. Exits with 1 if the locked quantization
    loses more than --max-loss.
    """
    from ai_translate.cli.models.downloading import (  # noqa: PLC0415  # keeps `--help` quick
        shown_download,
    )

    place = opened()
    model = place.lock.get(name)
    with shown_download(name) as progress:
        trial = begun(place, progress, text, reference, sentences, direction)
        found = trial.of_locked(
            model,
            place.settings.models_lock,
            QUANTIZATIONS if try_all else quantizations,  # type: ignore[arg-type]  # click admits only these
        )
    if as_json:
        click.echo(json.dumps(_fields(found), ensure_ascii=False, indent=2))
    else:
        click.echo(_shown(found))
    if max_loss is not None:
        found.refuse_loss_over(max_loss)


def begun(
    place: Opened,
    progress: Progress,
    text: Path,
    reference: Path | None,
    sentences: int | None,
    direction: str | None,
) -> Trial:
    """A trial, whose files are read and whose metrics are there before any model is looked at.

    Raises:
        InvalidRequest: The files are none that models can be tried on.
        ConfigurationError: The direction is none, or sacrebleu is missing.
    """
    from ai_translate.evaluation.sample import Sample  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.evaluation.scores import Metrics  # noqa: PLC0415  # the same
    from ai_translate.evaluation.trial import Trial  # noqa: PLC0415  # the same

    return Trial(
        sample=Sample.read(text, reference, sentences),
        metrics=Metrics(),
        store=place.store,
        settings=place.settings,
        progress=progress,
        direction=None if direction is None else parsed_pair("--direction", direction),
    )


def parsed_pair(option: str, text: str) -> LanguagePair:
    """What an option names, as `en:fr`.

    Raises:
        ConfigurationError: It is no pair.
    """
    try:
        return LanguagePair.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}.", hint="Write it as en:fr.") from error


def _shown(found: Evaluation) -> str:
    """A table, and what its figures are."""
    rows = [
        (
            one.quantization + (" (locked)" if one.quantization == found.locked else ""),
            f"{one.scores.chrf:.2f}",
            f"{one.chrf_loss:.2f}",
            f"{one.scores.bleu:.2f}",
            f"{one.sentences_per_second:.0f}/s",
            f"{one.speed_ratio:.2f}",
            human_size(one.size),
            f"{one.size_ratio:.2f}",
        )
        for one in found.measured
    ]
    head = ("weights", "chrF", "lost", "BLEU", "speed", "ratio", "size", "ratio")
    against = (
        "a reference"
        if found.against == "reference"
        else "what float32 translates, for there is no --reference: they tell how near to that "
        "each one comes, not how good it is"
    )
    return (
        f"{aligned(head, *rows)}\n\n"
        f"{found.model}, {found.pair}: {found.sentences} sentences, beam {found.beam_size}.\n"
        f"Scores are against {against}.\n"
        f"Speeds are medians of {found.rounds} rounds in which all took turns. "
        f"Batches at once: {found.inter_threads}, threads in each: {found.intra_threads}."
    )


def _fields(found: Evaluation) -> dict[str, Any]:
    """The evaluation as docs/models.md describes it."""
    fields = asdict(found)
    measured = fields.pop("measured")
    chrf, bleu = found.signatures
    return {
        **fields,
        "pair": f"{found.pair.source}:{found.pair.target}",
        "signatures": {"chrf": chrf, "bleu": bleu},
        "quantizations": [
            {
                "quantization": one.pop("quantization"),
                **one.pop("scores"),
                **one,
                "sentences_per_second": round(one["sentences_per_second"], 1),
                "speed_ratio": round(one["speed_ratio"], 3),
                "size_ratio": round(one["size_ratio"], 3),
            }
            for one in measured
        ],
    }
