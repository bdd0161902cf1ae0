"""What the lock remembers of a model's quality: how much its quantization lost, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from ai_translate.languages import LanguagePair
from ai_translate.supply.lock_fields import PairField, Sha256Field, Strict, toml

__all__ = [
    "Against",
    "EvaluationEntry",
    "LockedEvaluation",
    "evaluation_entry_of",
    "evaluation_fields",
]

Against = Literal["reference", "float32"]
"""What translations are held against: those of people, or the model's own with whole weights."""


@dataclass(frozen=True, slots=True)
class LockedEvaluation:
    """How well a model translated a text when it was locked. How fast is the machine's affair.

    Attributes:
        pair: The direction that was tried.
        text_sha256: Of the file with the sentences.
        reference_sha256: Of the file with their translations, if there was one.
        against: What the scores are against.
        sentences: How many were translated, from the first on.
        beam_size: Beam width.
        chrf: chrF, 0 to 100.
        bleu: BLEU, 0 to 100.
        chrf_float32: chrF of the same model in float32.
        bleu_float32: The same for BLEU.
        signatures: How sacrebleu computed chrF and BLEU, with its version.
    """

    pair: LanguagePair
    text_sha256: str
    reference_sha256: str | None
    against: Against
    sentences: int
    beam_size: int
    chrf: float
    bleu: float
    chrf_float32: float
    bleu_float32: float
    signatures: tuple[str, str]

    @property
    def chrf_loss(self) -> float:
        """What the quantization loses of chrF, rounded as scores are; negative where it gains."""
        return round(self.chrf_float32 - self.chrf, 2)


class EvaluationEntry(Strict):
    """The fields of `[model.evaluation]`."""

    pair: PairField
    text_sha256: Sha256Field
    reference_sha256: Sha256Field | None = None
    against: Against
    sentences: int = Field(ge=1)
    beam_size: int = Field(ge=1)
    chrf: float = Field(ge=0, le=100)
    bleu: float = Field(ge=0, le=100)
    chrf_float32: float = Field(ge=0, le=100)
    bleu_float32: float = Field(ge=0, le=100)
    signatures: list[str] = Field(min_length=2, max_length=2)

    @model_validator(mode="after")
    def _one_reference(self) -> Self:
        if (self.reference_sha256 is not None) != (self.against == "reference"):
            raise ValueError("reference_sha256 stands where against is 'reference', and only there")
        return self

    def to_evaluation(self) -> LockedEvaluation:
        """The value of it."""
        chrf, bleu = self.signatures
        return LockedEvaluation(
            pair=self.pair,
            text_sha256=self.text_sha256,
            reference_sha256=self.reference_sha256,
            against=self.against,
            sentences=self.sentences,
            beam_size=self.beam_size,
            chrf=self.chrf,
            bleu=self.bleu,
            chrf_float32=self.chrf_float32,
            bleu_float32=self.bleu_float32,
            signatures=(chrf, bleu),
        )


def evaluation_fields(found: LockedEvaluation) -> dict[str, Any]:
    """An evaluation as `EvaluationEntry` reads it; what is not there is left out."""
    fields = {
        "pair": f"{found.pair.source}:{found.pair.target}",
        "text_sha256": found.text_sha256,
        "reference_sha256": found.reference_sha256,
        "against": found.against,
        "sentences": found.sentences,
        "beam_size": found.beam_size,
        "chrf": float(found.chrf),
        "bleu": float(found.bleu),
        "chrf_float32": float(found.chrf_float32),
        "bleu_float32": float(found.bleu_float32),
        "signatures": list(found.signatures),
    }
    return {name: value for name, value in fields.items() if value is not None}


def evaluation_entry_of(found: LockedEvaluation, *, table: str = "model") -> str:
    """An evaluation as it stands in the lock below its model, in TOML."""
    lines = [f"{name} = {toml(value)}" for name, value in evaluation_fields(found).items()]
    return "\n".join(["", f"[{table}.evaluation]", *lines]) + "\n"
