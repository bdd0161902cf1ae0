"""How long a part of a sentence a model should be given.

    python benchmarks/part_tokens.py NAME=SOURCE:REFERENCE … [--words 14] [--most 600]

A model that was trained on short sentences has positions for long ones and loses them all the
same. Translates the sentences of at least `--words` words of each set, broken at several lengths,
and writes BLEU, chrF and the length against the reference to `results/part_tokens.json`.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any, Final

import sacrebleu

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.work import finish
from ai_translate.languages import LanguagePair
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from quality import TestSet
from record import write_record

ROOT: Final = Path(__file__).parents[1]
LENGTHS: Final = (16, 20, 24, 28, 32, 40, 64, 512)


def measure(artifact: Artifact, length: int, test: TestSet) -> dict[str, float]:
    """Scores of one length on one set. Only the length that the manifest states is changed."""
    manifest = dataclasses.replace(artifact.manifest, part_tokens=length)
    engine = CTranslate2Engine("starter-en-fr", dataclasses.replace(artifact, manifest=manifest))
    work = engine.translate(test.source, LanguagePair("en", "fr"), DecodingOptions())
    found = [outcome for outcome in finish(work) if isinstance(outcome, ScoredSentence)]
    assert len(found) == len(test.source), "the model failed"
    engine.close()
    output = [sentence.best.text for sentence in found]
    return {
        "bleu": round(sacrebleu.corpus_bleu(output, [test.reference]).score, 1),
        "chrf": round(sacrebleu.corpus_chrf(output, [test.reference]).score, 1),
        "length_ratio": round(sum(map(len, output)) / sum(map(len, test.reference)), 2),
    }


def main() -> int:
    """Measures every length on every set and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="+", type=TestSet.parse, metavar="NAME=SOURCE:REFERENCE")
    parser.add_argument("--words", type=int, default=14)
    parser.add_argument("--most", type=int, default=600)
    arguments = parser.parse_args()
    locked = Lock.read(ROOT / "models.lock").get("starter-en-fr")
    artifact = Store(ROOT / ".models").open(locked.artifact)
    figures: dict[str, Any] = {}
    for test in arguments.sets:
        chosen = [i for i, s in enumerate(test.source) if len(s.split()) >= arguments.words]
        chosen = chosen[: arguments.most]
        kept = TestSet(
            test.name, [test.source[i] for i in chosen], [test.reference[i] for i in chosen]
        )
        figures[test.name] = {"sentences": len(chosen)}
        for length in LENGTHS:
            result = measure(artifact, length, kept)
            figures[test.name][str(length)] = result
            print(f"{test.name:10} {length:4}: {result}", flush=True)
    write_record("part_tokens", figures, models={locked.name: locked.artifact})
    return 0


if __name__ == "__main__":
    sys.exit(main())
