"""`ai-translate translate`."""

from __future__ import annotations

import json
import sys

import click

from ai_translate.cli.serve import open_translator
from ai_translate.config import load_settings


@click.command()
@click.argument("text", nargs=-1)
@click.option("-s", "--from", "source", default="en", show_default=True, help="Source language.")
@click.option("-t", "--to", "target", default="fr", show_default=True, help="Target language.")
@click.option("--beam-size", type=click.IntRange(1, 16), help="Beam width; 1 is fastest.")
@click.option("--json", "as_json", is_flag=True, help="Print confidence and warnings too, as JSON.")
def translate(
    text: tuple[str, ...], source: str, target: str, beam_size: int | None, as_json: bool
) -> None:
    """Translate TEXT, or standard input when there is none.

    Several words need no quotes. Standard input is one text: its layout survives.
    """
    from ai_translate.engine import DecodingOptions  # noqa: PLC0415  # heavy; only this needs it

    settings = load_settings()
    given = " ".join(text) if text else sys.stdin.buffer.read().decode("utf-8", "replace")
    options = DecodingOptions(beam_size=beam_size or settings.beam_size)
    with open_translator(settings) as translator:
        result = translator.translate(given, source, target, options)
    if as_json:
        fields = {
            "original_text": given,
            "translated_text": result.text,
            "source_lang": result.source,
            "target_lang": result.target,
            "confidence": round(result.confidence, 4),
            "model": result.model,
            "warnings": [warning.message for warning in result.warnings],
        }
        click.echo(json.dumps(fields, ensure_ascii=False, indent=2))
        return
    click.echo(result.text, nl=bool(text))
    for warning in result.warnings:
        click.echo(f"warning: {warning.message} ({warning.sentence[:60]})", err=True)
