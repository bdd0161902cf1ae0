"""What becomes of placeholders, and what they cost in quality.

    python benchmarks/placeholders.py SOURCE REFERENCE

Makes sentences with placeholders of a test set: a name or a number that source and reference
share becomes a placeholder of some form. Translates them with the starter, and holds two
translations against the reference by chrF: of the sentence as it was, and of the one with a
placeholder, with the name or number put in its place again. Beside it stands how often each word
survives as a stand-in.
ADR 0013 quotes `results/placeholders.json`.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ai_translate import Translator
from ai_translate.evaluation.sample import Sample
from ai_translate.evaluation.scores import Metrics
from ai_translate.text.protect import protected_spans
from record import write_record

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 20
NAME: Final = re.compile(r"\b(?:Tom|Mary|Boston|Australia|Algeria|Ziri|Sami|Paris)\b")
NUMBER: Final = re.compile(r"(?<![\d.,:-])\b\d{1,4}\b(?![\d.,:%-])")
NAMES: Final = ("{name}", "%s", "{{user.name}}", "${who}", "%1$s", "%(person)s", ":name", "@ada")
COUNTS: Final = ("{count}", "%d", "{n, plural, one {#} other {#}}", "%(total)d", "{{count}}")
WORDS: Final = (
    *("Tom", "Boston", "Tokyo", "Chicago", "Kyoto", "Paris", "25", "60", "20", "100", "80", "15"),
    *("X", "X1", "⟦0⟧", "__1__", "NASA", "7319"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with a placeholder, and the one that it was made of."""

    plain: str
    reference: str
    value: str
    placeholder: str

    @property
    def sentence(self) -> str:
        """With the placeholder."""
        return self.plain.replace(self.value, self.placeholder, 1)


def cases_of(sources: Sequence[str], references: Sequence[str], most: int) -> list[Case]:
    """Sentences with placeholders, of all forms, in an order left to chance."""
    chance = random.Random(SEED)  # the same every time
    found = []
    for source, reference in zip(sources, references, strict=True):
        if protected_spans(source):
            continue
        for form, placeholders in ((NAME, NAMES), (NUMBER, COUNTS)):
            values = form.findall(source)
            if len(values) == 1 and reference.count(values[0]) == source.count(values[0]) == 1:
                found.append(Case(source, reference, values[0], chance.choice(placeholders)))
    chance.shuffle(found)
    return found[:most]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--sentences", type=int, default=1000)
    arguments = parser.parse_args()
    sample = Sample.read(arguments.source, arguments.reference)
    assert sample.references is not None
    cases = cases_of(sample.sentences, sample.references, arguments.sentences)
    with Translator.open(ROOT / ".models", ROOT / "models.lock") as translator:
        [engine] = translator.engines
        plain = [_text(one) for one in translator.translate_batch([c.plain for c in cases])]
        outcomes = translator.translate_batch([c.sentence for c in cases])
        given = [_text(one) for one in outcomes]
        around = sum(
            any(warning.code == "pieces" for warning in getattr(one, "warnings", ()))
            for one in outcomes
        )
        survival = {word: _survival(translator, word, cases) for word in WORDS}
        digest = engine.artifact.digest
    intact = sum(
        Counter(_parts(text)) == Counter(_parts(case.sentence))
        for case, text in zip(cases, given, strict=True)
    )
    scorer = Metrics().scorer("fr")
    references = [case.reference for case in cases]
    filled = [t.replace(c.placeholder, c.value) for c, t in zip(cases, given, strict=True)]
    before, after = scorer.of(plain, references).chrf, scorer.of(filled, references).chrf
    figures: dict[str, Any] = {
        "sentences": len(cases),
        "intact": intact,
        "translated_around": around,
        "chrf_without_placeholders": before,
        "chrf_with_placeholders": after,
        "chrf_loss": round(before - after, 2),
        "stand_ins_that_survive": survival,
    }
    for name, value in figures.items():
        print(name, value)
    write_record("placeholders", figures, models={"starter-en-fr": digest})
    return 0


def _survival(translator: Translator, word: str, cases: Sequence[Case]) -> float:
    """How often a word in place of a name or a number is in the translation just once."""
    texts = [case.plain.replace(case.value, word, 1) for case in cases]
    form = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    asked = [text for text in texts if len(form.findall(text)) == 1]
    found = translator.translate_batch(asked)
    return round(sum(len(form.findall(_text(one))) == 1 for one in found) / len(asked), 3)


def _parts(text: str) -> list[str]:
    return [text[span.start : span.end] for span in protected_spans(text)]


def _text(outcome: object) -> str:
    text = getattr(outcome, "text", None)
    assert isinstance(text, str), outcome
    return text


if __name__ == "__main__":
    sys.exit(main())
