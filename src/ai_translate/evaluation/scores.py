"""chrF and BLEU, as sacrebleu computes them. The only module that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ai_translate.errors import ConfigurationError

__all__ = ["Metrics", "Scorer", "Scores"]

# Languages that are written without spaces: BLEU counts their characters, as it does Chinese ones.
_CHARACTERS: Final = frozenset({"bo", "dz", "ja", "km", "lo", "my", "th"})
_CHINESE: Final = frozenset({"zh", "yue"})


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a whole text, 0 to 100, rounded to two digits after the point."""

    chrf: float
    bleu: float


class Metrics:
    """chrF and BLEU, for texts of any language.

    Raises:
        ConfigurationError: sacrebleu is not installed.
    """

    def __init__(self) -> None:
        try:
            from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415  # an extra
            from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415  # the same
        except ImportError as error:
            raise ConfigurationError(
                "Scores are computed by sacrebleu, which is not installed.",
                hint="Run `pip install 'ai-translate[evaluate]'`.",
            ) from error
        self._bleu: Any = BLEU
        self._chrf: Any = CHRF

    def scorer(self, target: str) -> Scorer:
        """What scores texts in a language: BLEU counts words, and needs to find them."""
        # `force` only keeps a warning away.
        return Scorer(self._chrf(), self._bleu(tokenize=_tokenizer(target), force=True))


class Scorer:
    """Scores texts in one language, with one reference. `Metrics` makes it.

    Args:
        chrf: sacrebleu's metric.
        bleu: The same.
    """

    def __init__(self, chrf: Any, bleu: Any) -> None:
        self._chrf, self._bleu = chrf, bleu
        # Signatures tell of references, of which there must have been some.
        self.of(["."], ["."])

    @property
    def signatures(self) -> tuple[str, str]:
        """How chrF and BLEU are computed, with sacrebleu's version, in its words."""
        return str(self._chrf.get_signature()), str(self._bleu.get_signature())

    def of(self, translations: Sequence[str], references: Sequence[str]) -> Scores:
        """The scores of translations, against one reference for each."""
        return Scores(
            round(self._chrf.corpus_score(translations, [references]).score, 2),
            round(self._bleu.corpus_score(translations, [references]).score, 2),
        )


def _tokenizer(target: str) -> str:
    """What sacrebleu calls the way to take a sentence to words."""
    language = target.partition("-")[0]
    if language in _CHINESE:
        return "zh"
    return "char" if language in _CHARACTERS else "13a"
