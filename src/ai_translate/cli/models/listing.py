"""`ai-translate models list` and `info`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ai_translate.artifact import Artifact
from ai_translate.cli.models.opening import Opened, opened
from ai_translate.cli.models.quality import quality_fields, quality_rows
from ai_translate.cli.sizes import human_size
from ai_translate.cli.table import aligned
from ai_translate.errors import SupplyError
from ai_translate.languages import LanguagePair

if TYPE_CHECKING:
    from ai_translate.supply.lockfile import LockedModel

_MANY = 6
_SHOWN = 3


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, with every pair.")
def list_models(as_json: bool) -> None:
    """List the models of the lock and whether the store has them."""
    place = opened()
    stored = set(place.store.digests())
    if as_json:
        models = [
            {**_fields(model), "stored": model.artifact in stored} for model in place.lock.models
        ]
        click.echo(json.dumps(models, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            model.name,
            _shortened(model.pairs),
            model.quantization,
            model.artifact[:12],
            "stored" if model.artifact in stored else "missing",
            str(model.source),
        )
        for model in place.lock.models
    ]
    click.echo(aligned(("name", "pairs", "weights", "artifact", "state", "source"), *rows))


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def info(name: str, as_json: bool) -> None:
    """Tell everything about the model NAME of the lock."""
    place = opened()
    model = place.lock.get(name)
    artifact = _stored(place, model.artifact)
    if as_json:
        fields = {
            **_fields(model),
            "evaluation": quality_fields(model.evaluation),
            "files": _files(model),
            "stored": _stored_fields(artifact),
        }
        click.echo(json.dumps(fields, ensure_ascii=False, indent=2))
        return
    rows = [
        ("name", model.name),
        ("source", str(model.source)),
        *((k, v) for k, v in _source(model).items() if k == "commit"),
        ("pairs", ", ".join(map(str, model.pairs))),
        ("licence", model.licence or "not named"),
        ("weights", model.quantization),
        ("part tokens", str(model.part_tokens)),
        ("artifact", model.artifact),
        *quality_rows(model.evaluation),
    ]
    if artifact is None:
        rows.append(("stored", f"no: run `ai-translate models pull {model.name}`"))
    else:
        manifest = artifact.manifest
        versions = ", ".join(f"{k} {v}" for k, v in sorted(manifest.converter.items()))
        rows += [
            ("stored", f"{artifact.path} ({human_size(artifact.size)})"),
            ("kind", f"{manifest.architecture}, {manifest.positions} positions"),
            ("made with", versions),
        ]
    click.echo(aligned(*rows))
    click.echo("\nfiles of the source")
    for file, entry in sorted(model.files.items()):
        click.echo(f"  {file}  {entry.size} bytes  sha256 {entry.sha256}")


def _stored(place: Opened, digest: str) -> Artifact | None:
    """The artifact by its manifest alone; `verify` is what hashes the rest."""
    try:
        return Artifact.open(place.store.folder / digest)
    except SupplyError:
        return None


def _shortened(pairs: Sequence[LanguagePair]) -> str:
    """All pairs, or some and how many there are."""
    if len(pairs) <= _MANY:
        return ",".join(map(str, pairs))
    return f"{','.join(map(str, pairs[:_SHOWN]))},… ({len(pairs)} pairs)"


def _fields(model: LockedModel) -> dict[str, Any]:
    return {
        "name": model.name,
        **_source(model),
        "pairs": [f"{pair.source}:{pair.target}" for pair in model.pairs],
        "licence": model.licence,
        "quantization": model.quantization,
        "part_tokens": model.part_tokens,
        "artifact": model.artifact,
    }


def _source(model: LockedModel) -> dict[str, str]:
    """The fields of the source as the lock has them."""
    return asdict(model.source)


def _files(model: LockedModel) -> dict[str, dict[str, int | str]]:
    return {
        name: {"size": entry.size, "sha256": entry.sha256} for name, entry in model.files.items()
    }


def _stored_fields(artifact: Artifact | None) -> dict[str, Any] | None:
    if artifact is None:
        return None
    manifest = artifact.manifest
    return {
        "path": str(artifact.path),
        "size": artifact.size,
        "architecture": manifest.architecture,
        "positions": manifest.positions,
        "converter": manifest.converter,
    }
