"""Markup is taken apart so that nothing of it is lost, and tags are told from text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.text.markup.marks import Syntax
from ai_translate.text.markup.sentences import split_markup

PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<i>", "</i>", "<a href='x>y'>", "</a>", "<p>", "</p>", "<br>", "<td>"),
        *("<code>", "</code>", "<pre>", "</pre>", "<script>", "</script>", "<!-- a b -->", "<!--"),
        *("<sup>", "</sup>", "<img src=x>", "<x id='1'/>", "<wbr>", "<title>", "</title>", "<0>"),
        *("</0>", "<p translate=no>", "<b class='notranslate'>", "<i translate=yes>", "</>"),
        *("Hello", "big house", " ", "  ", "\n", "\r\n", ".", "! ", "{name}", "&amp;", "&nbsp;"),
        *("&copy;", "&unknown;", "&", "<", ">", "a < b", "\U000f0000", "é", "\x00", "\ud800"),
        *("[1]", "1", "<![CDATA[x y]]>", "]]>", "<?php a ?>", "<!DOCTYPE html>", "<textarea>"),
    ]
)


def sentences(source: str, syntax: Syntax = "html") -> list[str]:
    return [s.shown for s in split_markup(source, syntax, "en") if s.translate]


@pytest.mark.parametrize("syntax", ["text", "html", "xml"])
@given(pieces=st.lists(PIECES, max_size=14))
def test_nothing_is_lost(syntax: Syntax, pieces: list[str]) -> None:
    """The pieces, joined, are the markup again, whatever it is."""
    source = "".join(pieces)
    assert "".join(segment.source for segment in split_markup(source, syntax, "en")) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>One <b>two</b> three. Four.</p>", ["One two three.", "Four."]),
        ("<li>One</li><li>Two</li>", ["One", "Two"]),
        ("One\n    two<br>three", ["One two", "three"]),
        ("<title>A &amp; B</title>", ["A & B"]),
        ("<pre>no way</pre><script>var no</script><style>no</style>Yes.", ["Yes."]),
        ("<textarea>no</textarea><template><p>no</p></template>Yes.", ["Yes."]),
        ("Use <code>ls</code> now.", ["Use <code>ls</code> now."]),
        ("<!-- not this -->But this.", ["But this."]),
        ("<p translate=no>no <b>no</b></p>Yes.", ["Yes."]),
        ("<div translate=no>no<p translate=yes>Yes here.</p>no</div>", ["Yes here."]),
        ("Hi <b class='x notranslate'>Bob</b>!", ["Hi <b class='x notranslate'>Bob</b>!"]),
        ("water<sup>[1]</sup> is wet.", ["water is wet."]),
        ("10<sup>6</sup> people came.", ["106 people came."]),
        ("a < b and c", ["a < b and c"]),
        ("<p>open <b>never closed", ["open", "never closed"]),
        ("wrong</b> end", ["wrong", "end"]),
        ("<b>cross <i>ed</b> tags</i>", ["cross", "ed", "tags"]),
    ],
)
def test_pages_have_these_sentences(source: str, expected: list[str]) -> None:
    """Blocks end sentences, tags within lines do not, and what is no text is not there."""
    assert sentences(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<a><b>One.</b> <c>Two.</c></a>", ["One.", "Two."]),
        ("<a>One <g id='1'>two</g> three.</a>", ["One two three."]),
        ("<r>The house </r><r>is big.</r>", ["The house is big."]),
        ("Hi <x id='1'/> there.", ["Hi <x id='1'/> there."]),
        ("Hi <bpt id='1'>&lt;b></bpt>you<ept id='1'>&lt;/b></ept> there.", ["Hi you there."]),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c>'>]><a>A &b; too.</a>", ["A &b; too."]),
        ("<a translate='no'>no</a>", []),
        ("<a><![CDATA[not this]]></a>", []),
        ("<script>it is a word here</script>", ["it is a word here"]),
    ],
)
def test_documents_have_these_sentences(source: str, expected: list[str]) -> None:
    """An element beside text is a part of it; one beside other elements is not."""
    assert sentences(source, "xml") == expected


def test_messages_have_tags() -> None:
    """Tags that belong together are tags, and the rest of a message is text."""
    [found] = split_markup("Read <0>the terms</0> of <br> {name}.", "text", "en")
    assert found.text == "Read the terms of <br> {name}."
    assert found.marks is not None
    [node] = found.marks.nodes
    assert (node.opening, node.closing) == ("<0>", "</0>")
    assert found.text[node.start : node.end] == "the terms"


def test_what_is_hostile_is_read_in_time_that_grows_as_it_does() -> None:
    """A test that would not end if it were not so."""
    signs = ("<b>", "</b>", "<!--", "<![CDATA[", "<!DOCTYPE [", "<b translate=no>", "<a '")
    words = ("Go<!---->on. ", "go<!---->on ", "It &is; on. ", "<b>it</b> is ", "<img>on. ")
    for source in (*(form * 50_000 for form in signs), *(form * 10_000 for form in words)):
        for syntax in ("html", "xml", "text"):
            assert "".join(s.source for s in split_markup(source, syntax, "en")) == source
    nested = "<b translate=no><i translate=yes>" * 20_000
    assert "".join(s.source for s in split_markup(nested, "html", "en")) == nested
    deep = "<b>" * 30_000 + "word" + "</b>" * 30_000
    assert sentences(deep) == ["word"]


@pytest.mark.parametrize(
    ("source", "syntax", "expected"),
    [
        ("<p>One <i>two</i> <k>three. Four</k> five.</p>", "xml", ["One two  five."]),
        ("<k>One.</k><y>Two.</y>", "xml", ["Two."]),
        ("<K>One.</K><y>Two.</y>", "xml", ["One.", "Two."]),
        ("<p>One <B>two</B> three.</p><k>Four.</k>", "html", ["One  three."]),
        ("<k>One <i translate='yes'>two</i></k>", "html", ["two"]),
        ("<k>One</k> two", "text", ["One two"]),
    ],
)
def test_named_elements_stay_as_they_are(source: str, syntax: Syntax, expected: list[str]) -> None:
    """By their names as the syntax compares them; a text has no elements."""
    found = split_markup(source, syntax, "en", untranslated=["k", "b"])
    assert "".join(segment.source for segment in found) == source
    assert [re.sub("<[kB].*</[kB]>", "", s.shown) for s in found if s.translate] == expected


@pytest.mark.parametrize("syntax", ["text", "html", "xml"])
def test_a_line_may_be_one_sentence(syntax: Syntax) -> None:
    """Where somebody says so, also with what is protected in it."""
    for source in ("One. Two. Three", "One. {two}. <b>Three</b>. Four"):
        [whole] = split_markup(source, syntax, "en", unsplit=True)
        assert whole.source == source
