"""Pages of real shape: outside of what is translated, they stay as they were."""

from __future__ import annotations

import difflib
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import html5lib
import pytest

from ai_translate import Translator
from ai_translate.text.markup.sentences import split_markup
from support.fake_engine import FakeEngine

PAGES = sorted((Path(__file__).parents[3] / "data/pages").glob("*.html"))
SOUND = [page for page in PAGES if page.name != "forum.html"]
TAG = re.compile(r"<[^<>]*>")


def test_there_are_pages() -> None:
    """Tests that go over them have something to do."""
    assert len(PAGES) >= 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_that_is_not_translated_stays_byte_for_byte(page: Path) -> None:
    """A model that says what it hears changes nothing, attributes included."""
    source = page.read_text()
    with Translator([FakeEngine(says=str)]) as translator:
        assert translator.translate(source, syntax="html").text == source


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_changes_outside_of_sentences(page: Path) -> None:
    """Layout stands byte for byte between what became of the sentences."""
    source = page.read_text()
    with Translator([FakeEngine(says=_mixed)]) as translator:
        found = translator.translate(source, syntax="html").text
    at = 0
    for segment in split_markup(source, "html", "en"):
        if not segment.translate:
            at = found.index(segment.text, at) + len(segment.text)
    tags = Counter(TAG.findall(source)), Counter(TAG.findall(found))
    assert tags[0] == tags[1], "\n".join(difflib.ndiff(sorted(tags[0]), sorted(tags[1])))


@pytest.mark.parametrize("page", SOUND, ids=lambda page: page.name)
def test_a_page_keeps_its_tree(page: Path) -> None:
    """By a reader that builds trees as browsers do: every element under the same ones."""
    source = page.read_text()
    with Translator([FakeEngine(says=_mixed)]) as translator:
        found = translator.translate(source, syntax="html").text
    assert _tree(found) == _tree(source)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_no_text_never_reaches_a_model(page: Path) -> None:
    """Neither scripts, styles, code and comments nor what is marked."""
    model = FakeEngine(says=str)
    with Translator([model]) as translator:
        translator.translate(page.read_text(), syntax="html")
    asked = " ".join(sentence for call in model.calls for sentence in call)
    for word in ("window", "innerWidth", "color", "as is", "serve", "ToolBox", "readers"):
        assert word not in asked
    assert not re.search("[\U000f0000-\U000ffffd]", asked)


def _mixed(sentence: str) -> str:
    """The same words in another order."""
    words = sentence.split()
    random.Random(sentence).shuffle(words)
    return " ".join(words)


def _tree(source: str) -> Counter[tuple[str, ...]]:
    """Every element with its attributes, and those that it is in."""
    found: Counter[tuple[str, ...]] = Counter()
    waiting: list[tuple[Any, tuple[str, ...]]] = [
        (html5lib.parse(source, namespaceHTMLElements=False), ())
    ]
    while waiting:
        element, above = waiting.pop()
        path = (*above, f"{element.tag} {sorted(element.attrib.items())}")
        found[path] += 1
        waiting += [(child, path) for child in element]
    return found
