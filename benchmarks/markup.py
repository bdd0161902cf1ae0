"""What tags and placeholders cost, in quality and in time, and whether they come back.

    python benchmarks/markup.py SOURCE REFERENCE

Makes sentences of a test set into HTML: phrases of them get tags, names and numbers that source
and reference share become placeholders. Translates them with the starter, looks whether every tag
and placeholder is there once and well-formed, and holds two translations against the reference by
chrF: of the sentence as it was, and of the marked one without its marks. Then translates pages of
real shape, made of the same sentences, and the same sentences as plain text, in turn.
ADR 0014 quotes `results/markup.json`; where the tags stand is in `alignment.py`.
"""

from __future__ import annotations

import argparse
import html
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from ai_translate import Translator
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.evaluation.sample import Sample
from ai_translate.evaluation.scores import Metrics
from ai_translate.text.locating import words_of
from ai_translate.text.protect import protected_spans
from record import write_record

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 20
NAMES: Final = ("b", "i", "em", "strong", "a", "span", "mark", "u")
PLACEHOLDERS: Final = ("{name}", "%s", "{{user.name}}", "${who}", "%1$s", "%(person)s")
SHARED: Final = re.compile(r"\b(?:Tom|Mary|Boston|Australia|Algeria|Ziri|Sami|Paris)\b")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence as HTML, and what it was made of."""

    plain: str
    reference: str
    marked: str
    placeholder: str
    value: str


def cases_of(sources: Sequence[str], references: Sequence[str], most: int) -> list[Case]:
    """Sentences with one or two tagged phrases, and a placeholder where there is a name."""
    chance = random.Random(SEED)  # the same every time
    found = []
    for source, reference in zip(sources, references, strict=True):
        words = words_of(source)
        if protected_spans(source) or not 5 <= len(words) <= 30 or re.search("[.!?] ", source):
            continue
        names = [name for name in SHARED.findall(source) if reference.count(name) == 1]
        value = names[0] if len(names) == 1 and source.count(names[0]) == 1 else ""
        placeholder = chance.choice(PLACEHOLDERS) if value else ""
        found.append(
            Case(source, reference, _marked(source, chance, value, placeholder), placeholder, value)
        )
    chance.shuffle(found)
    return found[:most]


def _marked(source: str, chance: random.Random, value: str, placeholder: str) -> str:
    words = [word for word in words_of(source) if word.spoken]
    parts, at = [], 0
    first = chance.randrange(len(words))
    for number, begin in enumerate((first, first + chance.randint(4, 8)), start=1):
        if begin >= len(words):
            break
        last = words[min(begin + chance.randint(0, 2), len(words) - 1)]
        name = chance.choice(NAMES)
        inside = html.escape(source[words[begin].start : last.end], quote=False)
        parts += [html.escape(source[at : words[begin].start], quote=False)]
        parts += [f'<{name} id="{number}">{inside}</{name}>']
        at = last.end
    text = "".join([*parts, html.escape(source[at:], quote=False)])
    return f"<p>{text.replace(value, placeholder, 1) if value else text}</p>"


def whole(case: Case, found: str) -> tuple[bool, bool]:
    """Whether all placeholders are intact, and whether it is well-formed with the same tags."""
    intact = not case.placeholder or found.count(case.placeholder) == 1
    try:
        tree = ET.fromstring(found)
    except ET.ParseError:
        return intact, False
    before = Counter((one.tag, one.get("id")) for one in ET.fromstring(case.marked).iter())
    return intact, Counter((one.tag, one.get("id")) for one in tree.iter()) == before


def pages_of(sentences: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Pages of forty sentences: a menu, headings, paragraphs, lists, a table, a script."""
    for start in range(0, len(sentences) - 39, 40):
        rest = iter(sentences[start : start + 40])

        def some(count: int, rest: Iterator[str] = rest) -> str:
            return "\n    ".join(_phrased(next(rest), chance) for _ in range(count))

        menu = "".join(f'<li><a href="/{i}">{some(1)}</a></li>\n' for i in range(4))
        rows = "".join(f"<tr><td>{some(1)}</td><td>{i * 7}</td></tr>\n" for i in range(4))
        items = "".join(f"<li>{some(1)}</li>\n" for _ in range(6))
        blocks = "".join(
            f"<h2>{some(1)}</h2>\n  <p class='text'>\n    {some(4)}</p>\n" for _ in range(5)
        )
        yield (
            f"<!DOCTYPE html><html lang=en><head><title>{some(1)}</title><style>p{{}}</style>"
            f"<script>if (a < b) run();</script></head><body><nav><ul>{menu}</ul></nav>{blocks}"
            f"<ul>{items}</ul><table>{rows}</table></body></html>"
        )


def _phrased(sentence: str, chance: random.Random) -> str:
    """One sentence in four has a link or something in bold, as in articles."""
    if chance.random() < 0.25:
        return _marked(sentence, chance, "", "")[3:-4]
    return html.escape(sentence, quote=False)


def throughput(translator: Translator, sentences: Sequence[str], rounds: int) -> dict[str, float]:
    """Source tokens a second of pages, and of the same sentences as plain text, in turn."""
    chance = random.Random(SEED)
    pages = list(pages_of(sentences, chance))
    plain = ["\n".join(sentences[i * 40 : i * 40 + 40]) for i in range(len(pages))]
    [engine] = translator.engines
    tokenizer = Tokenizer(engine.artifact.path, 512)
    tokens = sum(
        len(part.tokens) for s in sentences[: len(pages) * 40] for part in tokenizer.encode(s)
    )
    seconds: dict[str, list[float]] = {"text": [], "html": []}
    for _ in range(rounds):
        for syntax, texts in (("text", plain), ("html", pages)):
            begin = time.perf_counter()
            if syntax == "text":
                translator.translate_batch(texts, cached=False)
            else:
                translator.translate_batch(texts, syntax="html", cached=False)
            seconds[syntax].append(time.perf_counter() - begin)
    rates = {syntax: tokens / statistics.median(taken) for syntax, taken in seconds.items()}
    ratio = statistics.median(a / b for a, b in zip(seconds["text"], seconds["html"], strict=True))
    return {
        "pages": len(pages),
        "text_tokens_per_second": round(rates["text"]),
        "html_tokens_per_second": round(rates["html"]),
        "html_of_text": round(ratio, 3),
    }


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sample = Sample.read(arguments.source, arguments.reference)
    assert sample.references is not None
    cases = cases_of(sample.sentences, sample.references, arguments.sentences)
    with Translator.open(ROOT / ".models", ROOT / "models.lock") as translator:
        [engine] = translator.engines
        plain = _texts(translator.translate_batch([case.plain for case in cases]))
        found = _texts(translator.translate_batch([case.marked for case in cases], syntax="html"))
        speed = throughput(translator, [case.plain for case in cases], arguments.rounds)
        digest = engine.artifact.digest
    kept = [whole(case, text) for case, text in zip(cases, found, strict=True)]
    bare = [
        html.unescape(re.sub("<[^>]*>", "", text)).replace(case.placeholder or "\0", case.value)
        for case, text in zip(cases, found, strict=True)
    ]
    scorer = Metrics().scorer("fr")
    references = [case.reference for case in cases]
    before, after = scorer.of(plain, references).chrf, scorer.of(bare, references).chrf
    figures: dict[str, Any] = {
        "sentences": len(cases),
        "tags": sum(case.marked.count(" id=") for case in cases),
        "with_placeholders": sum(bool(case.placeholder) for case in cases),
        "placeholders_intact": sum(intact for intact, _ in kept),
        "well_formed": sum(formed for _, formed in kept),
        "chrf_without_marks": before,
        "chrf_with_marks": after,
        "chrf_loss": round(before - after, 2),
        **speed,
    }
    for name, value in figures.items():
        print(name, value)
    write_record("markup", figures, models={"starter-en-fr": digest})
    return 0


def _texts(outcomes: Sequence[object]) -> list[str]:
    texts = [getattr(outcome, "text", None) for outcome in outcomes]
    assert all(isinstance(text, str) for text in texts)
    return [str(text) for text in texts]


if __name__ == "__main__":
    sys.exit(main())
