"""The card of a version, for people who meet it in Artifactory."""

from __future__ import annotations

import json
import re
from typing import Final

from ai_translate.artifact import Manifest
from ai_translate.languages import name_of
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.provenance import Provenance
from ai_translate.supply.publish.places import Named

__all__ = ["CARD_NAME", "card"]

CARD_NAME: Final = "README.md"
# As the Hub names licences; what is none of these it wants under another field.
_IDENTIFIER: Final = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_SHOWN: Final = 20


def card(manifest: Manifest, provenance: Provenance, version: Named) -> bytes:
    """Front matter as the Hub reads it, and what there is to know of an artifact.

    The same artifact, provenance and names give the same bytes.
    """
    title = version.repo.partition("/")[2]
    what = (
        f"Translates {_directions(manifest)}. Converted for CTranslate2 and published by AI "
        "Translate; nothing is left to convert."
    )
    use = f"```console\n$ ai-translate models add {version.repo}@{version.version}\n```"
    trust = (
        f"The sha256 of `manifest.json` is the artifact's digest, {manifest.digest}; it has the "
        "hash of every other file. A revision's name can be given to something else: trust the "
        "digest."
    )
    table = _table(manifest, provenance)
    parts = [_front_matter(manifest), f"# {title}", what, table, use, trust]
    return ("\n\n".join(parts) + "\n").encode()


def _front_matter(manifest: Manifest) -> str:
    tags = sorted({tag for pair in manifest.pairs for tag in (pair.source, pair.target)})
    lines = ["---", f"language: {_yaml(tags)}", *_licence(manifest.licence)]
    lines += ["library_name: ctranslate2", "pipeline_tag: translation", 'tags: ["ai-translate"]']
    return "\n".join([*lines, "---"])


def _licence(licence: str) -> list[str]:
    if not licence:
        return []
    if _IDENTIFIER.fullmatch(licence):
        return [f"license: {_yaml(licence)}"]
    return ["license: other", f"license_name: {_yaml(licence)}"]


def _yaml(value: str | list[str]) -> str:
    # What JSON writes YAML 1.2 reads.
    return json.dumps(value, ensure_ascii=True)


def _directions(manifest: Manifest) -> str:
    pairs = [f"{name_of(pair.source)} into {name_of(pair.target)}" for pair in manifest.pairs]
    if len(pairs) > _SHOWN:
        return f"{', '.join(pairs[:_SHOWN])} and {len(pairs) - _SHOWN} more directions"
    return ", ".join(pairs)


def _table(manifest: Manifest, provenance: Provenance) -> str:
    versions = ", ".join(f"{name} {text}" for name, text in sorted(manifest.converter.items()))
    rows = [
        ("made from", str(provenance.source)),
        ("kind", manifest.architecture),
        ("weights", manifest.quantization),
        ("licence", manifest.licence or "not named"),
        ("made with", versions),
        *_quality(provenance.evaluation),
    ]
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {_cell(text)} |" for name, text in rows)]
    )


def _quality(found: LockedEvaluation | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    against = "a reference" if found.against == "reference" else "what float32 translates"
    return [
        ("chrF", f"{found.chrf:.2f} ({found.chrf_float32:.2f} in float32), against {against}"),
        ("BLEU", f"{found.bleu:.2f} ({found.bleu_float32:.2f} in float32)"),
        ("tried on", f"{found.sentences} sentences, {found.pair}, beam {found.beam_size}"),
    ]


def _cell(text: str) -> str:
    """A stranger's words in a cell: of one line, and of no markup."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return re.sub(r"([\\|`*_<>\[\]])", r"\\\1", line)
