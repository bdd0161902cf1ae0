from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_translate.text.detect import UNDETERMINED, Detected, Detector
from support.unwritable import run_without_files

DATA = Path(__file__).parents[3] / "benchmarks" / "data"
DETECTOR = Detector()  # loads its model once for all tests


def samples(name: str) -> list[tuple[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(language, text) for language, text in (line.split("\t") for line in lines)]


def test_short_sentences_are_recognised() -> None:
    """At least 30 languages are told from short sentences in 8 of 10 cases, all of them in 95%."""
    right: dict[str, list[bool]] = defaultdict(list)
    for language, text in samples("detection.tsv"):
        right[language].append(DETECTOR.detect(text).language == language)
    results = [one for answers in right.values() for one in answers]
    assert sum(results) / len(results) >= 0.95
    assert sum(sum(one) / len(one) >= 0.8 for one in right.values()) >= 30


def test_greetings_are_mostly_recognised() -> None:
    """One or two words are told in 3 of 4 cases."""
    words = samples("detection-words.tsv")
    right = sum(DETECTOR.detect(text).language == language for language, text in words)
    assert right / len(words) >= 0.75


def test_candidates_decide_among_themselves() -> None:
    """With candidates given, related languages are told apart and nothing else is answered."""
    candidates = ("en", "fr", "de", "es", "it", "pt", "nl")
    chosen = [one for one in samples("detection.tsv") if one[0] in candidates]
    found = [DETECTOR.detect(text, candidates).language for _, text in chosen]
    assert set(found) <= set(candidates)
    right = sum(language == answer for (language, _), answer in zip(chosen, found, strict=True))
    assert right / len(chosen) >= 0.98


@given(st.text(), st.sets(st.sampled_from(["en", "fr", "pt-BR", "zh-Hant", "nb", "mi", "xx"])))
@settings(deadline=None)  # the first text loads the model
def test_candidates_are_respected_for_any_text(text: str, candidates: set[str]) -> None:
    """Whatever the text, the answer is a candidate or undetermined."""
    assert DETECTOR.detect(text, candidates).language in candidates | {UNDETERMINED}


@given(st.text(st.characters(codec=None)))
@settings(deadline=None)  # the same
def test_any_text_has_an_answer(text: str) -> None:
    """No text raises; confidence is a probability, and zero exactly when undetermined."""
    found = DETECTOR.detect(text)
    assert 0.0 <= found.confidence <= 1.0
    assert (found.language == UNDETERMINED) == (found.confidence == 0.0)


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "\n\r\n", "42", "3,14 %", "?!", "😀", "\ud800", "\x00", "\ufeff", "a@b.example"],
        "https://www.exemple.fr/bonjour",
        "https://a.example https://b.example\n" * 200,
    ],
)
def test_text_without_words_is_undetermined(text: str) -> None:
    """Numbers, signs, emoji and addresses are in no language, also with candidates."""
    assert DETECTOR.detect(text) == Detected(UNDETERMINED, 0.0)
    assert DETECTOR.detect(text, ["en", "fr"]) == Detected(UNDETERMINED, 0.0)


def test_candidates_that_the_model_does_not_know_leave_it_undetermined() -> None:
    """Without a candidate that could be right, no other language is answered."""
    assert DETECTOR.detect("Good morning", []).language == UNDETERMINED
    assert DETECTOR.detect("Good morning", ["mi"]).language == UNDETERMINED


def test_tags_come_back_as_they_were_given() -> None:
    """A candidate with a region or script stands for its language and is answered as it is."""
    assert DETECTOR.detect("Olá, tudo bem com você?", ["es", "pt-BR"]).language == "pt-BR"
    assert DETECTOR.detect("火车站在哪里？", ["ja", "zh-Hans"]).language == "zh-Hans"
    assert DETECTOR.detect("Jeg forstår ikke dette ordet.", ["en", "no"]).language == "no"
    assert DETECTOR.detect("Jeg forstår ikke dette ordet.", ["en", "nb"]).language == "nb"


def test_items_of_a_mixed_batch_are_told_alone() -> None:
    """Each text has its own language, whatever came before (LibreTranslate #779)."""
    texts = ["Où est la gare ?", "Where is the station?", "Wo ist der Bahnhof?", "Où est la gare ?"]
    assert [DETECTOR.detect(one).language for one in texts] == ["fr", "en", "de", "fr"]


def test_addresses_do_not_mislead() -> None:
    """An address does not outvote the words around it."""
    text = "https://www.example.com/the-good-news-of-the-day Où est la gare, s'il vous plaît ?"
    assert DETECTOR.detect(text).language == "fr"


def test_capitals_do_not_mislead() -> None:
    """A text in capitals is the same language."""
    assert DETECTOR.detect("OÙ EST LA GARE, S'IL VOUS PLAÎT ?").language == "fr"


def test_words_behind_numbers_are_found() -> None:
    """A text that begins with a long table of numbers is told by its words."""
    text = "12.50\t13.75\n" * 5000 + "Guten Morgen, wie geht es dir heute?"
    assert DETECTOR.detect(text).language == "de"


def test_more_text_is_more_confidence() -> None:
    """One word is less sure than a sentence, and a sentence is quite sure."""
    word = DETECTOR.detect("Bonjour")
    sentence = DETECTOR.detect("Bonjour, pouvez-vous me dire où se trouve la gare ?")
    assert word.confidence < sentence.confidence
    assert sentence.confidence > 0.9


def test_first_texts_from_many_threads_agree() -> None:
    """Threads that meet while the model loads all get the right answer."""
    detector = Detector()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(detector.detect, ["Où est la gare ?", "Wo ist der Bahnhof?"] * 16))
    assert [one.language for one in found] == ["fr", "de"] * 16


def test_nothing_needs_to_be_written() -> None:
    """Where no file system takes a byte, as in a read-only container, detection works."""
    done = run_without_files(
        """
import tempfile
from ai_translate.text.detect import Detector
try:
    tempfile.TemporaryFile()
except OSError:
    print("no temporary folder")
print(Detector().detect("Où est la gare ?").language)
"""
    )
    assert (done.stdout, done.stderr) == ("no temporary folder\nfr\n", "")
