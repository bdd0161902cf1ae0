"""What an evaluation found."""

from __future__ import annotations

from dataclasses import dataclass

from ai_translate.artifact import Quantization
from ai_translate.errors import QualityLost
from ai_translate.evaluation.scores import Scores
from ai_translate.languages import LanguagePair
from ai_translate.supply.locked_evaluation import Against, LockedEvaluation

__all__ = ["BASE", "Evaluation", "Measured"]

BASE: Quantization = "float32"
"""What the others are held against."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantization of a model.

    Attributes:
        quantization: Type of the stored weights.
        artifact: Digest of the artifact.
        scores: chrF and BLEU of what it translated.
        chrf_loss: chrF that float32 has more; negative where it has less.
        cut_short: Translations that stopped at the limit of length.
        sentences_per_second: Speed, median of the rounds.
        speed_ratio: Speed against float32, median of the ratios in each round.
        size: Bytes of the artifact.
        size_ratio: The same against float32.
    """

    quantization: Quantization
    artifact: str
    scores: Scores
    chrf_loss: float
    cut_short: int
    sentences_per_second: float
    speed_ratio: float
    size: int
    size_ratio: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Some quantizations of a model on a text.

    Attributes:
        model: What the model is called.
        locked: The quantization that is, or is about to be, locked.
        pair: The direction.
        against: What the scores are against: a reference, or what float32 translates.
        text_sha256: Of the file with the sentences.
        reference_sha256: Of the file with the references, if there was one.
        sentences: How many there were.
        beam_size: Beam width.
        inter_threads: Batches at once, for all quantizations the same.
        intra_threads: Threads in each.
        rounds: In how many rounds they took turns.
        signatures: How chrF and BLEU were computed.
        measured: float32 first, then the others.
    """

    model: str
    locked: Quantization
    pair: LanguagePair
    against: Against
    text_sha256: str
    reference_sha256: str | None
    sentences: int
    beam_size: int
    inter_threads: int
    intra_threads: int
    rounds: int
    signatures: tuple[str, str]
    measured: tuple[Measured, ...]

    def get(self, quantization: Quantization) -> Measured:
        """What was found of a quantization.

        Raises:
            KeyError: It was not among them.
        """
        return {one.quantization: one for one in self.measured}[quantization]

    def refuse_loss_over(self, most: float) -> None:
        """Refuses a locked quantization that loses more chrF than that.

        Raises:
            QualityLost: It does.
        """
        loss = self.get(self.locked).chrf_loss
        if loss > most:
            raise QualityLost(
                f"{self.model} loses {loss:.2f} chrF in {self.locked} against {BASE}, "
                f"more than {most:g}.",
                hint="Choose another --quantization.",
            )

    def for_lock(self) -> LockedEvaluation:
        """What the lock remembers of the locked quantization."""
        found, base = self.get(self.locked).scores, self.get(BASE).scores
        return LockedEvaluation(
            pair=self.pair,
            text_sha256=self.text_sha256,
            reference_sha256=self.reference_sha256,
            against=self.against,
            sentences=self.sentences,
            beam_size=self.beam_size,
            chrf=found.chrf,
            bleu=found.bleu,
            chrf_float32=base.chrf,
            bleu_float32=base.bleu,
            signatures=self.signatures,
        )
