"""Whatever the translation is, tags come back whole."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate import Translator
from ai_translate.text.markup.marks import Syntax
from support.fake_engine import FakeEngine

WORDS = st.sampled_from(["one", "two", "Boston", "25", "it's", "well,", "so", "house", "a"])
NAMES = st.sampled_from(["b", "i", "a", "em", "span"])


class Outline(HTMLParser):
    """Tags with their parents, and the text, by another reader than ours."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, ...]] = []
        self.text: list[str] = []
        self.wrong = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes it with those that it is in."""
        self.open.append(tag + repr(attrs))
        self.tags.append(tuple(self.open))

    def handle_endtag(self, tag: str) -> None:
        """Counts one that is not of the innermost element."""
        if not self.open or not self.open[-1].startswith(tag + "["):
            self.wrong += 1
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Gathers the text."""
        self.text.append(data)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> str:
    """Text with elements in it, each with an attribute that no other has."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        parts.append(" ".join(draw(st.lists(WORDS, min_size=1, max_size=3))))
        if depth and draw(st.booleans()):
            name = draw(NAMES)
            inner = draw(trees(depth - 1))
            number = draw(st.integers(0, 10**9))
            space = draw(st.sampled_from(["", " "]))
            parts.append(f'<{name} id="{number}">{space}{inner}{space}</{name}>')
    return " ".join(parts)


def shuffled(sentence: str) -> str:
    """Another order of the words, and some of them twice or not at all."""
    chance = random.Random(sentence)
    words = sentence.split()
    chance.shuffle(words)
    return " ".join(words[: chance.randrange(1, len(words) + 2)] + words[: chance.randrange(2)])


@given(tree=trees())
def test_tags_come_back_once_and_inside_each_other(tree: str) -> None:
    """Of generated trees, whatever order the words get."""
    source = f"<p>So {tree}.</p>"  # with a word, or it would be no sentence
    with Translator([FakeEngine(says=shuffled)]) as translator:
        found = translator.translate(source, syntax="html").text
    before, after = Outline(source), Outline(found)
    assert sorted(after.tags) == sorted(before.tags)
    assert (after.wrong, after.open) == (0, [])
    expected = shuffled(" ".join("".join(before.text).split())).split()
    assert sorted("".join(after.text).split()) == sorted(expected)


@given(tree=trees())
def test_xml_stays_well_formed(tree: str) -> None:
    """And has the same elements."""
    source = f"<doc>text {tree}</doc>"
    with Translator([FakeEngine(says=shuffled)]) as translator:
        found = translator.translate(source, syntax="xml").text
    names = sorted((one.tag, one.get("id")) for one in ET.fromstring(source).iter())
    assert sorted((one.tag, one.get("id")) for one in ET.fromstring(found).iter()) == names


@given(tree=trees(), syntax=st.sampled_from(["html", "xml", "text"]))
def test_what_is_not_translated_stays_byte_for_byte(tree: str, syntax: Syntax) -> None:
    """A model that says what it hears changes nothing."""
    with Translator([FakeEngine(says=str)]) as translator:
        assert translator.translate(f"<q>{tree}</q>", syntax=syntax).text == f"<q>{tree}</q>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>see the <b>big house</b> now</p>", "<p>SEE THE <b>BIG HOUSE</b> NOW</p>"),
        ("<b>Hello.</b> <i>You.</i>", "<b>HELLO.</b> <i>YOU.</i>"),
        ("<b> Hello you </b> there.", " <b>HELLO YOU</b> THERE."),
        ("fish &amp; chips &lt;b&gt;", "FISH &amp; CHIPS &lt;b&gt;"),
        ("fish & chips", "FISH & CHIPS"),
        ("say &quot;yes&quot; now", "SAY &quot;YES&quot; NOW"),
        ("&copy; Bob &nbsp; and me", "&copy; BOB &nbsp; AND ME"),
        ("<i>{name}</i> likes <b>it</b> so", "<i>{name}</i> LIKES <b>IT</b> SO"),
        ("see <a href='?a=1&b=2'>it</a> there", "SEE <a href='?a=1&b=2'>IT</a> THERE"),
        ("water<sup>[1]</sup> is wet.", "WATER<sup>[1]</sup> IS WET."),
        ("one<!-- c --> two", "ONE<!-- c --> TWO"),
        ("go <b>on. And</b> on", "GO <b>ON. AND</b> ON"),
        ("<P CLASS=x>Hi<BR/>you</P>", "<P CLASS=x>HI<BR/>YOU</P>"),
        ("press <kbd>Ctrl</kbd> twice", "PRESS <kbd>Ctrl</kbd> TWICE"),
        ("", ""),
        ("<p></p>", "<p></p>"),
    ],
)
def test_pages_come_back_like_this(source: str, expected: str) -> None:
    """Words translated, everything else where it was."""
    with Translator([FakeEngine(says=_shout)]) as translator:
        assert translator.translate(source, syntax="html").text == expected


def _shout(sentence: str) -> str:
    """In capitals, without what stands in for other things."""
    return re.sub(r"[a-z]+|[A-Z][a-z]+", lambda m: _loud(m[0]), sentence)


def _loud(word: str) -> str:
    return word if word in {"Tom", "Boston", "Tokyo"} else word.upper()


@pytest.mark.parametrize("syntax", ["html", "xml"])
def test_signs_of_a_translation_are_no_markup(syntax: Syntax) -> None:
    """What a model says is text, whatever it looks like."""
    with Translator([FakeEngine(says=lambda _: "<script>a & b</script>")]) as translator:
        found = translator.translate("<p>Hello <b>you</b>.</p>", syntax=syntax).text
    assert "".join(Outline(found).text) == "<script>a & b</script>"
    assert "<script" not in found


def test_an_element_is_looked_for_by_its_own_translation() -> None:
    """In the same call as its sentence."""
    model = FakeEngine(
        says={
            "The big house is red.": "Rouge est la maison grande.",
            "big house": "maison grande",
        }.__getitem__
    )
    with Translator([model]) as translator:
        found = translator.translate("The <b>big house</b> is red.", syntax="html").text
    assert found == "Rouge est la <b>maison grande</b>."
    assert len(model.calls) == 1


def test_text_without_tags_asks_for_nothing_more() -> None:
    """Neither a plain one nor a page of whole sentences."""
    model = FakeEngine()
    with Translator([model]) as translator:
        translator.translate("Hello you.")
        translator.translate("<p><b>Hello you.</b></p>", syntax="html")
    assert model.calls == [["Hello you."], ["Hello you."]]


def test_attributes_are_translated_on_request() -> None:
    """Those that people read, outside of what is not translated; and `lang` is set."""
    source = (
        '<html lang="en-US"><img alt="a &quot;dog&quot;" title=cat src=dog>'
        "<code title='no'>x</code><p aria-label='it\"s' data-title='no' lang=de>hi</p></html>"
    )
    with Translator([FakeEngine()]) as translator:
        plain = translator.translate(source, syntax="html").text
        found = translator.translate(source, syntax="html", tag_texts=True).text
    assert plain == source.replace(">hi<", ">HI<")
    assert found == (
        '<html lang="fr"><img alt="A &quot;DOG&quot;" title="CAT" src=dog>'
        "<code title='no'>x</code><p aria-label='IT\"S' data-title='no' lang=de>HI</p></html>"
    )


def test_the_language_of_a_page_is_that_of_its_text() -> None:
    """Its tags say nothing about it."""
    page = "<div class='les petites maisons rouges'>" * 20 + "Where is the next station, please?"
    model = FakeEngine(pairs=[("en", "fr"), ("fr", "en")])
    with Translator([model]) as translator:
        found = translator.translate(page, "auto", "fr", syntax="html")
    assert found.detected is not None
    assert found.detected.language == "en"


def test_warnings_name_what_people_know() -> None:
    """A sentence as it was written, not as the model saw it."""
    with Translator([FakeEngine(says=lambda _: "")]) as translator:
        found = translator.translate("Use <code>ls</code> <b>now</b> & here.", syntax="html")
    assert found.text == "Use <code>ls</code> <b>now</b> & here."
    assert [w.sentence for w in found.warnings] == ["Use <code>ls</code> now & here."]
