"""chrF and BLEU."""

from __future__ import annotations

import sys

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from ai_translate.errors import ConfigurationError
from ai_translate.evaluation.scores import Metrics, Scores

OUTPUT = ["Où est la gare ?", "Il fait froid ici ce soir."]
REFERENCE = ["Où est la gare ?", "Il fait très froid ici ce soir."]


def test_scores_are_those_of_sacrebleu() -> None:
    """With its defaults, to two digits; equal texts have 100."""
    scorer = Metrics().scorer("fr")
    chrf, bleu = CHRF(), BLEU()
    assert scorer.of(OUTPUT, REFERENCE) == Scores(
        round(chrf.corpus_score(OUTPUT, [REFERENCE]).score, 2),
        round(bleu.corpus_score(OUTPUT, [REFERENCE]).score, 2),
    )
    assert scorer.signatures == (str(chrf.get_signature()), str(bleu.get_signature()))
    assert scorer.of(REFERENCE, REFERENCE) == Scores(100.0, 100.0)


@pytest.mark.parametrize(
    ("target", "tokenizer"),
    [
        ("fr", "13a"),
        ("ko", "13a"),
        ("zh-Hant", "zh"),
        ("yue", "zh"),
        ("ja", "char"),
        ("th", "char"),
    ],
)
def test_words_are_found_as_the_language_has_them(target: str, tokenizer: str) -> None:
    """A language without spaces would otherwise be one word a sentence."""
    _, bleu = Metrics().scorer(target).signatures
    assert f"|tok:{tokenizer}|" in bleu


def test_without_sacrebleu_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is installed without it."""
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.bleu", None)
    with pytest.raises(ConfigurationError) as caught:
        Metrics()
    assert "ai-translate[evaluate]" in caught.value.hint
