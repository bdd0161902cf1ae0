"""`ai-translate serve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ai_translate.settings import Settings, load_settings

if TYPE_CHECKING:
    from ai_translate.translator import Translator

_SELF_CHECK = "Hello, where is the station?"


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 for any.  [default: 8002]")
def serve(host: str | None, port: int | None) -> None:
    """Serve translations over HTTP.

    Verifies and loads the models of the lock, then prints one line with the address, the models
    and a translated sentence.
    """
    from ai_translate.server.run import serve as run  # noqa: PLC0415  # heavy; only serving needs it

    settings = load_settings(host=host, port=port)
    sys.exit(run(settings, lambda: open_translator(settings), _announce))


def open_translator(settings: Settings) -> Translator:
    """The translator that the settings describe, verified and loaded."""
    from ai_translate.translator import Translator  # noqa: PLC0415  # heavy, see above

    return Translator.open(
        settings.models_dir,
        settings.models_lock,
        device=settings.device,
        inter_threads=settings.inter_threads,
        intra_threads=settings.intra_threads,
        cache_bytes=settings.cache_bytes,
        state_dir=settings.state_dir,
        signed_by=settings.require_signature,
        models_bytes=settings.models_bytes,
    )


def _announce(url: str, translator: Translator) -> None:
    models = ", ".join(
        f"{engine.name} ({', '.join(str(pair) for pair in engine.artifact.manifest.pairs)}, "
        f"{engine.artifact.manifest.quantization})"
        for engine in translator.engines
    )
    pair = translator.pairs[0]
    checked = translator.translate(_SELF_CHECK, pair.source, pair.target)
    click.echo(f"Serving on {url} · {models} · {_SELF_CHECK!r} → {checked.text!r}")
