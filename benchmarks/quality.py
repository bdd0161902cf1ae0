"""What beam width and quantization cost in quality, and what they cost in time.

    python benchmarks/quality.py NAME=SOURCE:REFERENCE …

Each argument names a test set: two files with a sentence a line. Converts the starter at float32
and int8, translates every set at beam 1, 2 and 4 with each, and writes BLEU and chrF (sacrebleu),
sentences a second, and ratios. ADR 0005 and the model card quote `results/quality.json`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from ai_translate.artifact import Quantization
from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.work import finish
from ai_translate.errors import AITranslateError
from ai_translate.evaluation.sample import Sample
from ai_translate.evaluation.scores import Metrics
from ai_translate.languages import LanguagePair
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.store import Store
from record import write_record

ROOT: Final = Path(__file__).parents[1]
PAIR: Final = LanguagePair("en", "fr")
BEAMS: Final = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class TestSet:
    """Sentences and their reference translations."""

    name: str
    source: Sequence[str]
    reference: Sequence[str]

    @classmethod
    def parse(cls, argument: str) -> TestSet:
        """Reads `NAME=SOURCE:REFERENCE`."""
        name, _, paths = argument.partition("=")
        source, reference = map(Path, paths.split(":"))
        try:
            sample = Sample.read(source, reference)
        except AITranslateError as error:
            raise SystemExit(f"{name}: {error}") from error
        assert sample.references is not None
        return cls(name, sample.sentences, sample.references)


def measure(engine: Engine, beam: int, test: TestSet) -> dict[str, Any]:
    """Scores and speed of one setting on one set."""
    started, processor = time.perf_counter(), time.process_time()
    options = DecodingOptions(beam_size=beam)
    outcomes = finish(engine.translate(test.source, PAIR, options, cached=False))
    found = [outcome for outcome in outcomes if isinstance(outcome, ScoredSentence)]
    assert len(found) == len(outcomes), "the model failed"
    seconds = time.perf_counter() - started
    cpu_seconds = time.process_time() - processor
    scorer = Metrics().scorer(PAIR.target)
    output = [sentence.best.text for sentence in found]
    scores = scorer.of(output, test.reference)
    return {
        "bleu": scores.bleu,
        "chrf": scores.chrf,
        "signatures": list(reversed(scorer.signatures)),
        "sentences_per_second": round(len(output) / seconds, 1),
        "cpu_ms_per_sentence": round(1000 * cpu_seconds / len(output), 3),
        "cut_short": sum(sentence.truncated for sentence in found),
    }


def main() -> int:
    """Measures every setting on every set and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="+", type=TestSet.parse, metavar="NAME=SOURCE:REFERENCE")
    sets: list[TestSet] = parser.parse_args().sets
    figures: dict[str, Any] = {test.name: {"sentences": len(test.source)} for test in sets}
    digests: dict[str, str] = {}
    locked = Lock.read(ROOT / "models.lock").get("starter-en-fr")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        quantizations: tuple[Quantization, ...] = ("float32", "int8")
        for quantization in quantizations:
            recipe = replace(Recipe.of(locked), quantization=quantization)
            artifact = store.add(partial(recipe.convert, ROOT / str(locked.source)))
            digests[quantization] = artifact.digest
            engine = CTranslate2Engine("starter-en-fr", artifact)
            for beam, test in itertools.product(BEAMS, sets):
                result = measure(engine, beam, test)
                figures[test.name][f"{quantization}, beam {beam}"] = result
                print(
                    f"{test.name:10} {quantization:8} beam {beam}: BLEU {result['bleu']:5.1f} "
                    f"chrF {result['chrf']:5.1f}  {result['sentences_per_second']:7.1f}/s  "
                    f"{result['cpu_ms_per_sentence']:.2f} ms CPU",
                    flush=True,
                )
            engine.close()
    for test in sets:
        results = figures[test.name]
        results["chrf_loss_of_int8"] = {
            f"beam {beam}": round(
                results[f"float32, beam {beam}"]["chrf"] - results[f"int8, beam {beam}"]["chrf"], 2
            )
            for beam in BEAMS
        }
        print(f"{test.name}: chrF lost by int8: {results['chrf_loss_of_int8']}")
    write_record("quality", figures, models=digests)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(main())
