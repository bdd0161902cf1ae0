"""What the lock says of a model's quality, in words and in JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_translate.supply.locked_evaluation import LockedEvaluation

__all__ = ["lost", "quality_fields", "quality_rows"]


def lost(found: LockedEvaluation) -> str:
    """In one line, for whoever has just asked."""
    return f"chrF {found.chrf:.2f}, {found.chrf_loss:.2f} lost against float32"


def quality_rows(found: LockedEvaluation | None) -> list[tuple[str, str]]:
    """Rows of a table; none where nobody asked."""
    if found is None:
        return []
    against = "a reference" if found.against == "reference" else "what float32 translates"
    return [
        ("quality", f"chrF {found.chrf:.2f}, BLEU {found.bleu:.2f} against {against}"),
        ("of float32", f"chrF {found.chrf_float32:.2f}, BLEU {found.bleu_float32:.2f}"),
        ("tried on", f"{found.sentences} sentences, {found.pair}, beam {found.beam_size}"),
    ]


def quality_fields(found: LockedEvaluation | None) -> dict[str, Any] | None:
    """The fields as the lock has them, and chrF lost."""
    if found is None:
        return None
    pair = f"{found.pair.source}:{found.pair.target}"
    return {**asdict(found), "pair": pair, "chrf_loss": found.chrf_loss}
