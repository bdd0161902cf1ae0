"""How often terms of a glossary are honoured, and what that does to quality.

    python benchmarks/glossaries.py SOURCE REFERENCE

Looks in a test set for sentences with one of some common nouns whose reference has a translation
of it that the model does not choose: there a glossary that asks for this one is right. Translates
them in each of the ways that `ai_translate.terms` knows, alone and together, and holds what comes
out against the reference by chrF; a sentence that a way cannot do stays as the model has it.
`docs/glossaries.md` quotes `results/glossaries.json`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ai_translate import Translator
from ai_translate.evaluation.sample import Sample
from ai_translate.evaluation.scores import Metrics
from ai_translate.languages import LanguagePair
from ai_translate.text.glossary import Glossary, cased, words
from ai_translate.text.protect import Span, protected_spans
from ai_translate.text.renderings import heard_in, rendering_in
from ai_translate.text.stand_ins import masked
from record import write_record

ROOT: Final = Path(__file__).parents[1]
PAIR: Final = LanguagePair("en", "fr")
NOUNS: Final = """
accident accident|answer réponse|baby bébé|bag sac cartable bagage|bicycle vélo bicyclette
boss patron chef|box boîte caisse|boy garçon gars|car auto automobile|cat chat
chair chaise fauteuil|child enfant gosse|coat manteau|company entreprise société compagnie
computer ordinateur|country pays campagne|cup tasse|dictionary dictionnaire|doctor médecin docteur
dog chien|dress robe|error erreur faute|film film|friend ami amie copain|garden jardin
girl fille fillette|glass verre|hat chapeau|help aide secours|house demeure domicile logement
husband mari époux|idea idée|job emploi boulot travail poste|journey voyage trajet|kitchen cuisine
language langue langage|lawyer avocat avocate|letter lettre|meal repas|mistake erreur faute
money argent fric|movie film|newspaper journal|number numéro nombre|party fête soirée
phone téléphone portable|picture image photo tableau|place endroit place lieu|plan plan projet
plane avion|police police|problem problème souci|question question|road route chemin
room chambre pièce salle|sea mer|shirt chemise|shop magasin boutique|store magasin boutique
story histoire récit conte|street rue|teacher enseignant professeur instituteur maître|town ville
train train|trip voyage excursion|umbrella parapluie|wallet portefeuille|war guerre
weather temps météo|wife femme épouse|word mot parole|work travail œuvre boulot
"""
PROBES: Final = {
    "alone": ("{0}",),
    "with a full stop": ("{0}.",),
    "twice": ("{0}, {0}.",),
    "all three": ("{0}", "{0}.", "{0}, {0}."),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with a term, what the term is to become, and the reference, which has it."""

    sentence: str
    reference: str
    source: str
    target: str
    own: str = ""


def cases_of(sample: Sample) -> list[Case]:
    """Sentences with just one such noun whose reference has one of its translations."""
    assert sample.references is not None
    nouns = dict.fromkeys(re.split(r"[|\n]", NOUNS.strip()))
    return [
        Case(sentence, reference, source, target)
        for sentence, reference in zip(sample.sentences, sample.references, strict=True)
        if not protected_spans(sentence)
        for source, *targets in map(str.split, nouns)
        if _count(source, sentence) == 1
        for target in targets
        if _count(target, reference)
    ]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("reference", type=Path)
    arguments = parser.parse_args()
    cases = cases_of(Sample.read(arguments.source, arguments.reference))
    scorer = Metrics().scorer("fr")
    with Translator.open(ROOT / ".models", ROOT / "models.lock") as translator:
        [engine] = translator.engines

        def told(texts: Sequence[str]) -> list[str]:
            return [_text(one) for one in translator.translate_batch(texts)]

        own = told([case.sentence for case in cases])
        already = sum(_count(case.target, text) > 0 for case, text in zip(cases, own, strict=True))
        cases = [
            Case(case.sentence, case.reference, case.source, case.target, text)
            for case, text in zip(cases, own, strict=True)
            if not _count(case.target, text)
        ]
        references = [case.reference for case in cases]

        def figures(found: Sequence[str | None]) -> dict[str, float]:
            whole = [text or case.own for text, case in zip(found, cases, strict=True)]
            return {
                "honoured": round(sum(text is not None for text in found) / len(cases), 3),
                "chrf": scorer.of(whole, references).chrf,
            }

        ways: dict[str, Any] = {"none": figures([None] * len(cases))}
        for attempt, name in enumerate(("in the source", "stand-in, a name", "stand-in, a number")):
            ways[name] = figures(_stood_in(cases, attempt, told))
        for name, forms in PROBES.items():
            ways[f"replaced, term {name}"] = figures(_replaced(cases, forms, told))
        ways["all together"] = figures(
            [
                text if _count(case.target, text) else None
                for case, text in zip(cases, _honoured(cases, translator), strict=True)
            ]
        )
        digest = engine.artifact.digest
    record = {"already": already, "sentences": len(cases), "ways": ways}
    for name, value in ways.items():
        print(f"{name:32} {value}")
    print(f"{already} sentences had the term already, {len(cases)} had not.")
    write_record("glossaries", record, models={"starter-en-fr": digest})
    return 0


def _honoured(cases: Sequence[Case], translator: Translator) -> list[str]:
    """As the service does it."""
    found = []
    for case in cases:
        glossary = Glossary.of("one", {PAIR: {case.source: case.target}})
        found.append(translator.translate(case.sentence, glossary=glossary).text)
    return found


def _stood_in(
    cases: Sequence[Case], attempt: int, told: Callable[[Sequence[str]], list[str]]
) -> list[str | None]:
    """With another word for the term in the source."""
    seen = []
    for case in cases:
        match = _form(case.source).search(case.sentence)
        assert match is not None
        span = Span(match.start(), match.end(), "term", case.target)
        seen.append(masked(case.sentence, [span], attempt))
    texts = iter(told([one.text for one in seen if one is not None]))
    found = [None if one is None else one.restored(next(texts)) for one in seen]
    return [
        text if text and _count(case.target, text) else None
        for case, text in zip(cases, found, strict=True)
    ]


def _replaced(
    cases: Sequence[Case], forms: Sequence[str], told: Callable[[Sequence[str]], list[str]]
) -> list[str | None]:
    """With what the model calls the term replaced in the translation."""
    nouns = sorted({case.source for case in cases})
    said = iter(told([form.format(noun) for noun in nouns for form in forms]))
    heard = {noun: heard_in([next(said) for _ in forms]) for noun in nouns}
    found: list[str | None] = []
    for case in cases:
        place = rendering_in(list(words(case.own)), heard[case.source])
        if place is None:
            found.append(None)
        else:
            start, end = place
            put = cased(case.target, case.own[start:end])
            found.append(case.own[:start] + put + case.own[end:])
    return found


def _form(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _count(word: str, text: str) -> int:
    return len(_form(word).findall(text))


def _text(outcome: object) -> str:
    text = getattr(outcome, "text", None)
    assert isinstance(text, str), outcome
    return text


if __name__ == "__main__":
    sys.exit(main())
