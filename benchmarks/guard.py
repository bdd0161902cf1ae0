"""What does the guard find, what does a second decoding mend, and what is touched without need?

    python benchmarks/guard.py [--sentences FILE [--references FILE]] [--unjudged FILE]

The provoking set, `data/provoking.en.txt`, is ours: sentences on which small models degenerate.
`data/provoking.labels.tsv` judges the starter's translations of it, by hand and without regard
to what the guard says: sentence, translation, and one of the kinds of `KINDS`. Another processor
may round otherwise and translate some sentences otherwise; those count as unjudged, and
`--unjudged` writes them for judging.

A file of good sentences, such as a test set, shows what the guard touches in ordinary use; with
its human translations, on which every doubt is false. Such files are never copied: data/
guard.false.txt keeps digests of the doubts about the starter's translations of the Tatoeba test
set that were found false when all of them were read.

Writes `results/guard.json`. ADR 0007 quotes it.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import ctranslate2
from sacrebleu.metrics.chrf import CHRF

from ai_translate.engine import guard
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.languages import LanguagePair
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.store import Store
from record import write_record

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(__file__).parent / "data"
PAIR: Final = LanguagePair("en", "fr")

# How a translation was judged. The first is good enough: whole, and made of French words, though
# perhaps the wrong ones. The second is bad in a way that no check here looks for: invented words
# or another matter altogether. The others are what the guard is for.
KINDS: Final = ("fair", "nonsense", "repetition", "echo", "length", "numbers")
DEGENERATE: Final = frozenset(KINDS[2:])

FIRST: Final = {"beam_size": 2}
# What a suspect can be decoded with once more; every hypothesis that comes back is a candidate.
AGAIN: Final[dict[str, dict[str, Any]]] = {
    "next hypothesis of beam 2": {"num_hypotheses": 2},
    "repetition penalty 1.1": {"repetition_penalty": 1.1},
    "repetition penalty 1.2": {"repetition_penalty": 1.2},
    "repetition penalty 1.3": {"repetition_penalty": 1.3},
    "repetition penalty 1.5": {"repetition_penalty": 1.5},
    "no trigram twice": {"no_repeat_ngram_size": 3},
    "beam 4, four hypotheses": {"beam_size": 4, "num_hypotheses": 4},
    "beam 4, four hypotheses, repetition penalty 1.2": {
        "beam_size": 4, "num_hypotheses": 4, "repetition_penalty": 1.2,
    },
    "beam 4, four hypotheses, no trigram twice": {
        "beam_size": 4, "num_hypotheses": 4, "no_repeat_ngram_size": 3,
    },
    "beam 4, four hypotheses, no trigram twice, repetition penalty 1.1": {
        "beam_size": 4, "num_hypotheses": 4, "no_repeat_ngram_size": 3, "repetition_penalty": 1.1,
    },
}  # fmt: skip
# The one that the engine uses.
CHOSEN: Final = "beam 4, four hypotheses, no trigram twice"


class Candidate(NamedTuple):
    """One translation and what the guard says of it."""

    text: str
    suspicions: tuple[guard.Suspicion, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The starter below the engine's protocol, which has no such settings."""

    tokenizer: Tokenizer
    translator: ctranslate2.Translator

    def candidates(
        self, sentences: Sequence[str], settings: dict[str, Any]
    ) -> list[list[Candidate]]:
        """Hypotheses for each sentence, best first.

        No sentence depends on its neighbours: those of a batch have the same length and limit.
        """
        by_length: dict[int, list[int]] = defaultdict(list)
        tokens = [self.tokenizer.encode(sentence)[0].tokens for sentence in sentences]
        for index, sequence in enumerate(tokens):
            by_length[len(sequence)].append(index)
        found: list[list[Candidate]] = [[] for _ in sentences]
        for length, indices in by_length.items():
            results = self.translator.translate_batch(
                [tokens[index] for index in indices],
                **(FIRST | settings),
                max_decoding_length=2 * length + 16,
                max_input_length=0,
                max_batch_size=1024,
                batch_type="tokens",
                disable_unk=True,
            )
            for index, result in zip(indices, results, strict=True):
                for hypothesis in result.hypotheses:
                    text = self.tokenizer.decode(hypothesis)
                    suspicions = guard.examine(
                        sentences[index], text, length, len(hypothesis) + 1, PAIR
                    )
                    found[index].append(Candidate(text, suspicions))
        return found


def kept(first: Candidate, again: Iterable[Candidate]) -> Candidate:
    """What the engine answers with."""
    candidates = [first, *again]
    return candidates[guard.best([candidate.suspicions for candidate in candidates])]


def provoke(model: Model, unjudged: Path | None) -> dict[str, Any]:
    """Figures on the provoking set."""
    sentences = _lines(DATA / "provoking.en.txt")
    labels = {
        (sentence, text): kind
        for sentence, text, kind in (
            line.split("\t") for line in _lines(DATA / "provoking.labels.tsv") if line
        )
    }
    missing: dict[tuple[str, str], None] = {}

    def judged(sentence: str, text: str) -> str:
        if (sentence, text) not in labels:
            missing[sentence, text] = None
        return labels.get((sentence, text), "unjudged")

    firsts = [candidates[0] for candidates in model.candidates(sentences, {})]
    without = [judged(s, first.text) for s, first in zip(sentences, firsts, strict=True)]
    suspects = [index for index, first in enumerate(firsts) if first.suspicions]
    figures: dict[str, Any] = {
        "sentences": len(sentences),
        "without guard": _counted(without),
        "suspected": _counted(without[index] for index in suspects),
        "not suspected": _counted(
            kind for kind, first in zip(without, firsts, strict=True) if not first.suspicions
        ),
        "again": {},
    }
    for name, settings in AGAIN.items():
        again = model.candidates([sentences[index] for index in suspects], settings)
        answers = [kept(firsts[i], more) for i, more in zip(suspects, again, strict=True)]
        clear = [(i, a.text) for i, a in zip(suspects, answers, strict=True) if not a.suspicions]
        figures["again"][name] = {
            "with a warning": len(suspects) - len(clear),
            "without doubt": _counted(judged(sentences[i], text) for i, text in clear),
        }
    figures["degenerate without a mark"] = {
        "without guard": figures["without guard"]["degenerate"],
        "with guard": figures["not suspected"]["degenerate"]
        + figures["again"][CHOSEN]["without doubt"]["degenerate"],
    }
    if unjudged is not None:
        lines = (f"{sentence}\t{text}\t?\n" for sentence, text in missing)
        unjudged.write_text("".join(lines), encoding="utf-8")
    return figures


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    counts = Counter(kinds)
    degenerate = sum(counts[kind] for kind in DEGENERATE)
    ordered = {kind: counts[kind] for kind in (*KINDS, "unjudged") if counts[kind]}
    return {"all": counts.total(), "degenerate": degenerate, **ordered}


def touch(model: Model, sentences: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Figures on sentences of ordinary use. References may be empty."""
    firsts = [candidates[0] for candidates in model.candidates(sentences, {})]
    suspects = [index for index, first in enumerate(firsts) if first.suspicions]
    again = model.candidates([sentences[i] for i in suspects], AGAIN[CHOSEN])
    answers = {i: kept(firsts[i], more) for i, more in zip(suspects, again, strict=True)}
    found_false = set(_lines(DATA / "guard.false.txt"))
    false = sum(_digest(sentences[i], firsts[i].text) in found_false for i in suspects)
    figures: dict[str, Any] = {
        "sentences": len(sentences),
        "suspected": len(suspects),
        "by code": Counter(s.code for i in suspects for s in firsts[i].suspicions),
        "suspected, found fair by hand": false,
        "wrongly touched, percent": round(100 * false / len(sentences), 3),
        "without doubt after decoding again": sum(not a.suspicions for a in answers.values()),
        "microseconds a sentence": _cost(sentences, [first.text for first in firsts]),
    }
    if references:
        doubts = [
            guard.examine(source, reference, tokens := _tokens(model, source), tokens, PAIR)
            for source, reference in zip(sentences, references, strict=True)
        ]
        figures["human translations doubted, length aside"] = sum(map(bool, doubts))
        chosen = [references[i] for i in suspects]
        before = CHRF().corpus_score([firsts[i].text for i in suspects], [chosen])
        after = CHRF().corpus_score([answers[i].text for i in suspects], [chosen])
        figures["chrF of suspects"] = {
            "decoded once": round(before.score, 2),
            "decoded again": round(after.score, 2),
        }
    return figures


def _tokens(model: Model, sentence: str) -> int:
    return len(model.tokenizer.encode(sentence)[0].tokens)


def _cost(sentences: Sequence[str], texts: Sequence[str]) -> float:
    """Processor time to examine one translation, the best of five rounds."""
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for sentence, text in zip(sentences, texts, strict=True):
            guard.examine(sentence, text, 10, 10, PAIR)
        rounds.append(time.process_time() - start)
    return round(1e6 * min(rounds) / len(sentences), 1)


def _digest(sentence: str, text: str) -> str:
    return hashlib.sha256(f"{sentence}\t{text}".encode()).hexdigest()[:16]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def main() -> None:
    """Measures, prints the figures, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, help="sentences of ordinary use, one a line")
    parser.add_argument("--references", type=Path, help="their human translations")
    parser.add_argument("--unjudged", type=Path, help="where to write what labels lack")
    parser.add_argument("--models", type=Path, default=ROOT / ".models")
    arguments = parser.parse_args()
    [locked] = Lock.read(ROOT / "models.lock").models
    artifact = Store(arguments.models).open(locked.artifact)
    model = Model(
        Tokenizer(artifact.path, artifact.manifest.positions),
        ctranslate2.Translator(str(artifact.path), inter_threads=2, intra_threads=1),
    )
    figures: dict[str, Any] = {
        "chosen": CHOSEN,
        "settings": AGAIN,
        "provoking": provoke(model, arguments.unjudged),
    }
    if arguments.sentences:
        references = _lines(arguments.references) if arguments.references else []
        figures["ordinary"] = touch(model, _lines(arguments.sentences), references)
    write_record("guard", figures, models={locked.name: artifact.digest})
    _show(figures)


def _show(figures: dict[str, Any], indent: int = 0) -> None:
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
            print(f"{'':{indent}}{name}")
            _show(value, indent + 2)
        else:
            print(f"{'':{indent}}{name}: {value}")


if __name__ == "__main__":
    main()
