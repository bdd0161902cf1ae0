"""Where tags belong in a translation, by several techniques, against a statistical alignment.

    python benchmarks/alignment.py SOURCE PARALLEL

Takes sentences of a test set, and in each a phrase that a tag could enclose. Translates the
sentences with the starter and asks each technique where the phrase is in the translation. The
reference is what `eflomal` says, trained on the parallel text (TSV, may be gzipped) together with
the translations; it is installed into an environment of its own, with a C compiler at hand.
ADR 0014 quotes `results/alignment.json`.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np

from ai_translate import Translator
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.text.locating import Pair, Word, words_of
from record import write_record

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 3
ALIGN: Final = """
import sys, eflomal
folder = sys.argv[1]
with open(folder + "/source") as source, open(folder + "/target") as target:
    eflomal.Aligner().align(source, target, links_filename_fwd=folder + "/forward",
                            links_filename_rev=folder + "/backward", quiet=True)
"""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A phrase in a sentence, by its words, and what the translations are."""

    sentence: str
    first: int
    last: int
    translation: str
    alone: str

    @property
    def source(self) -> list[Word]:
        """The words of the sentence."""
        return words_of(self.sentence)

    @property
    def target(self) -> list[Word]:
        """The words of its translation."""
        return words_of(self.translation)


def phrases(sentences: Iterable[str], most: int) -> list[tuple[str, int, int]]:
    """Sentences with a phrase of one to three words that begins and ends with longer ones."""
    chance = random.Random(SEED)  # the same every time
    found = []
    for sentence in sentences:
        words = words_of(sentence)
        spoken = [i for i, word in enumerate(words) if word.spoken]
        if not 6 <= len(spoken) <= 20 or re.search(r"[.!?] ", sentence):
            continue
        choices = [
            (i, i + length)
            for length in (1, 2, 3)
            for i in range(len(words) - length + 1)
            if all(word.spoken for word in words[i : i + length])
            and min(len(words[i].form), len(words[i + length - 1].form)) >= 4
        ]
        if choices:
            found.append((sentence, *chance.choice(choices)))
    chance.shuffle(found)
    return found[:most]


def reference(cases: Sequence[Case], parallel: Path) -> list[Range | None]:
    """Where each phrase is by statistical alignment; None where that is torn apart or unsure."""
    python = ROOT / "build/aligner/bin/python"
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "eflomal==2.0.0"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(case.sentence, case.translation) for case in cases]
        with gzip.open(parallel, "rt") as lines:
            rows = (line.rstrip("\n").split("\t") for line in lines)
            pairs += [(row[0], row[1]) for row in rows if row[0].strip() and row[1].strip()]
        for name, side in (("source", 0), ("target", 1)):
            text = "".join(
                " ".join(word.form for word in words_of(pair[side])) + "\n" for pair in pairs
            )
            (Path(folder) / name).write_text(text)
        subprocess.run([python, "-c", ALIGN, folder], check=True)
        forward, backward = (
            [
                {(int(a), int(b)) for a, b in (link.split("-") for link in line.split())}
                for line in (Path(folder) / name).read_text().splitlines()[: len(cases)]
            ]
            for name in ("forward", "backward")
        )
    return [_range(case, f & b, f | b) for case, f, b in zip(cases, forward, backward, strict=True)]


def _range(case: Case, sure: set[Range], likely: set[Range]) -> Range | None:
    inside = set(range(case.first, case.last))
    found = {j for i, j in sure if i in inside} or {j for i, j in likely if i in inside}
    if not found:
        return None
    first, last = min(found), max(found) + 1
    if any(first <= j < last for i, j in sure if i not in inside):
        return None
    return first, last


def by_place(case: Case) -> Range | None:
    """By where it stands in the sentence alone."""
    quick = Pair(case.source, case.target, 10**9)
    return quick.find(case.first, case.last, "", [(0, len(case.target))])


def by_place_and_kin(case: Case) -> Range | None:
    """By words that both languages write alike as well."""
    pair = Pair(case.source, case.target, 1)
    return pair.find(case.first, case.last, "", [(0, len(case.target))])


def ours(case: Case) -> Range | None:
    """By the translation of the phrase alone as well: what markup is placed by."""
    pair = Pair(case.source, case.target, 1)
    return pair.find(case.first, case.last, case.alone, [(0, len(case.target))])


class ByAttention:
    """By the attention that CTranslate2 returns: of the last layer, the mean of its heads."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer(folder, 512)
        self._model = ctranslate2.Translator(str(folder), compute_type="int8")

    def __call__(self, case: Case) -> Range | None:
        """The range of words whose attention is most on the phrase."""
        parts = self._tokenizer.encode(case.sentence)
        if len(parts) != 1:
            return None
        tokens = list(parts[0].tokens)
        [found] = self._model.translate_batch([tokens], beam_size=2, return_attention=True)
        output = found.hypotheses[0]
        attention = np.array(found.attention[0])[: len(output), : len(tokens) - 1]
        source, target = case.source, case.target
        on = [
            source[case.first].start < end and start < source[case.last - 1].end
            for start, end in _spans(case.sentence, tokens[:-1])
        ]
        share = attention[:, on].sum(1) / (attention.sum(1) + 1e-9)
        weights = np.zeros(len(target))
        for (start, end), value in zip(_spans(case.translation, output), share, strict=True):
            for j, word in enumerate(target):
                if word.start < end and start < word.end:
                    weights[j] += value - 0.5
        return max(
            ((i, j) for i in range(len(target)) for j in range(i + 1, len(target) + 1)),
            key=lambda one: weights[one[0] : one[1]].sum(),
            default=None,
        )


def _spans(text: str, tokens: Sequence[str]) -> list[Range]:
    found, at = [], 0
    for token in tokens:
        word = token.replace("▁", " ").strip()
        start = text.find(word, at)
        if start >= 0:
            at = start + len(word)
        found.append((max(start, 0), at))
    return found


def score(
    technique: Callable[[Case], Range | None], cases: Sequence[Case], wanted: Sequence[Range]
) -> dict[str, float]:
    """How often it finds just the range of the reference, and how much they overlap (F1)."""
    same = overlap = 0.0
    for case, right in zip(cases, wanted, strict=True):
        found = technique(case) or (0, 0)
        common = max(0, min(found[1], right[1]) - max(found[0], right[0]))
        same += found == right
        overlap += 2 * common / (found[1] - found[0] + right[1] - right[0])
    return {"exact": round(same / len(cases), 3), "overlap": round(overlap / len(cases), 3)}


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("parallel", type=Path)
    parser.add_argument("--phrases", type=int, default=1500)
    arguments = parser.parse_args()
    chosen = phrases(arguments.source.read_text().splitlines(), arguments.phrases)
    with Translator.open(ROOT / ".models", ROOT / "models.lock") as translator:
        [engine] = translator.engines
        whole = _texts(translator, [sentence for sentence, _, _ in chosen])
        parts = [
            sentence[words_of(sentence)[first].start : words_of(sentence)[last - 1].end]
            for sentence, first, last in chosen
        ]
        alone = _texts(translator, parts)
        digest, folder = engine.artifact.digest, engine.artifact.path
    cases = [
        Case(*one, translation, part)
        for one, translation, part in zip(chosen, whole, alone, strict=True)
    ]
    ranges = reference(cases, arguments.parallel)
    sure = [(case, right) for case, right in zip(cases, ranges, strict=True) if right is not None]
    figures: dict[str, Any] = {"phrases": len(sure)}
    for name, technique in (
        ("place", by_place),
        ("attention", ByAttention(folder)),
        ("place_and_kin", by_place_and_kin),
        ("place_kin_and_phrase", ours),
    ):
        figures[name] = score(technique, [c for c, _ in sure], [right for _, right in sure])
        print(name, figures[name])
    write_record("alignment", figures, models={"starter-en-fr": digest})
    return 0


def _texts(translator: Translator, sentences: Sequence[str]) -> list[str]:
    return [getattr(one, "text", "") for one in translator.translate_batch(sentences)]


if __name__ == "__main__":
    sys.exit(main())
