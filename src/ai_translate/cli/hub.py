"""`ai-translate hub`: whether the Hub, or what stands in its place, does what we need."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from ai_translate.errors import InvalidRequest
from ai_translate.settings import Settings, load_settings

if TYPE_CHECKING:
    from ai_translate.languages import LanguagePair
    from ai_translate.supply.conformance import Subject, Verdict

_MODEL: Final = "Helsinki-NLP/opus-mt-en-fr"
_SENTENCES: Final = {
    "ar": "أين المحطة؟",
    "de": "Wo ist der Bahnhof?",
    "en": "Where is the station?",
    "es": "¿Dónde está la estación?",
    "fr": "Où est la gare ?",
    "it": "Dov'è la stazione?",
    "ja": "駅はどこですか。",
    "nl": "Waar is het station?",
    "pl": "Gdzie jest dworzec?",
    "pt": "Onde fica a estação?",
    "ru": "Где находится вокзал?",
    "uk": "Де знаходиться вокзал?",
    "zh": "车站在哪里？",
}
# A word of many languages, for those without a sentence here.
_ANY: Final = "OK"


@click.group()
def hub() -> None:
    """Look at the Hub, or at the Artifactory repository in its place."""


@hub.command()
@click.argument("model", default=_MODEL)
@click.option("--revision", default="main", show_default=True, help="Branch or commit of MODEL.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--write", is_flag=True, help="Upload a small file to MODEL, too. It stays there.")
def check(model: str, revision: str, as_json: bool, write: bool) -> None:
    """Check what HF_ENDPOINT does, item by item, with MODEL as the example.

    MODEL is Helsinki-NLP/opus-mt-en-fr by default. It is fetched, converted and made to translate
    a sentence in a temporary folder, which is removed. Exits with 1 if an item failed.
    """
    from ai_translate.cli.hub_report import report_for  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.conformance import (  # noqa: PLC0415  # the same
        Check,
        Conformance,
        Subject,
    )
    from ai_translate.supply.hub.endpoint import (  # noqa: PLC0415  # the same
        Endpoint,
        check_repo,
        check_revision,
    )

    try:
        check_repo(model)
        check_revision(revision)
    except InvalidRequest as error:
        raise click.UsageError(str(error)) from error
    settings = load_settings()
    report = report_for(sys.stdout, as_json=as_json)
    with _terminable(), tempfile.TemporaryDirectory(prefix="ai-translate-check-") as folder:
        subject = Subject(
            Endpoint.of(settings), model, revision, Path(folder), write, progress=report
        )
        translation = Check(
            "translation",
            "one sentence",
            ("conversion",),
            lambda checked: _translated(checked, settings),
        )
        conformance = Conformance(subject, more=[translation])
        report.begin(subject, [check.title for check in conformance.checks])
        for result in conformance.results():
            report.show(result)
    sys.exit(0 if report.end(subject) else 1)


def _translated(subject: Subject, settings: Settings) -> Verdict:
    """Loads the converted model and translates a sentence of its own language."""
    from ai_translate.engine.pipeline import CTranslate2Engine  # noqa: PLC0415  # heavy
    from ai_translate.errors import SupplyError  # noqa: PLC0415  # with the others
    from ai_translate.supply.conformance import Verdict  # noqa: PLC0415  # the same
    from ai_translate.translator import Translator  # noqa: PLC0415  # the same

    artifact = subject.artifact
    if artifact is None:
        raise SupplyError("There is no model to translate with.")
    pair, sentence = _example(artifact.manifest.pairs)
    with Translator([CTranslate2Engine(subject.repo, artifact, device=settings.device)]) as opened:
        found = opened.translate(sentence, pair.source, pair.target)
    told = f"{pair}: {sentence!r} is {found.text!r}."
    if found.warnings and sentence != _ANY:
        return Verdict(
            "note",
            f"{told} {found.warnings[0].message}",
            "The model works, but says odd things: prefer another for this direction.",
        )
    return Verdict("ok", told)


def _example(pairs: tuple[LanguagePair, ...]) -> tuple[LanguagePair, str]:
    """A direction of the model and something to translate in it."""
    for pair in pairs:
        sentence = _SENTENCES.get(pair.source.partition("-")[0])
        if sentence:
            return pair, sentence
    return pairs[0], _ANY


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets signals that end the process end the block as an exception does: it cleans up."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
