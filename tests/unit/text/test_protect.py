"""What must come back as it was written is found, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.text.protect import protected_spans
from ai_translate.text.segment import Segment
from ai_translate.text.shelter import split_sheltered
from ai_translate.text.stand_ins import masked


def found(text: str, *kept: str) -> list[str]:
    return [text[span.start : span.end] for span in protected_spans(text, kept)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Hello {name}, {0} and {}.", ["{name}", "{0}", "{}"]),
        ("{user.name!r} owes {sum:.2f} to {a[0]}.", ["{user.name!r}", "{sum:.2f}", "{a[0]}"]),
        ("{{person.name}} and {{ x | upper }}", ["{{person.name}}", "{{ x | upper }}"]),
        ("${x} #{y} %{z} <%= w %>", ["${x}", "#{y}", "%{z}", "<%= w %>"]),
        ("%s, %1$s, %d, %5.2f, %@, %lu, %%", ["%s", "%1$s", "%d", "%5.2f", "%@", "%lu", "%%"]),
        ("%(name)s has %(count)05d.", ["%(name)s", "%(count)05d"]),
        ("Dear :user_name, see :page.", [":user_name", ":page"]),
        ("Click <0>here</0> or <1/>.", ["<0>", "</0>", "<1/>"]),
        ('Read <b class="x">this</b>.', ['<b class="x">', "</b>"]),
        ("See https://x.org/a?b=1. Mail a.b@x.org!", ["https://x.org/a?b=1", "a.b@x.org"]),
        ("Run `rm -rf {x}` now.", ["`rm -rf {x}`"]),
        ("In /etc/hosts, ./a.sh and ~/x", ["/etc/hosts", "./a.sh", "~/x"]),
        ("In src/a/b.py it is.", ["src/a/b.py"]),
        ("{w}px, pre_{id}_x and very_long_word_{x}", ["{w}px", "pre_{id}_x", "{x}"]),
        (r"In C:\Users\me it is.", [r"C:\Users\me"]),
        ("@anna met #été and @b.c.", ["@anna", "#été", "@b.c"]),
        ("Well 😀👍🏽 and 👨\u200d👩\u200d👧.", ["😀👍🏽", "👨\u200d👩\u200d👧"]),
        ("Take 1\ufe0f\u20e3!", ["1\ufe0f\u20e3"]),
        (
            "{n, plural, one {# {x}} other {# items}} of {g, select, a {b} other {c}} {d}",
            ["{n, plural, one {# {x}} other {# items}}", "{g, select, a {b} other {c}}", "{d}"],
        ),
        ("{a, date} {b, number, percent}", ["{a, date}", "{b, number, percent}"]),
    ],
)
def test_each_form_is_found(text: str, spans: list[str]) -> None:
    """Whole, in order, and nothing beside."""
    assert found(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "I am 100% sure, 5 % down.",
        "It is 10:30 and the ratio 3:name.",
        "a < b and c > d; and/or, TCP/IP, 1/2, 24/7",
        "Costs $5 (or $x), #1, C# and F#.",
        "Note: this {is no placeholder} { nor this }.",
        "He said:hello. :) :-D ::x",
        "x@ and @ y, AT&T",
        "{a, plural, one",
    ],
)
def test_ordinary_text_has_none(text: str) -> None:
    """Percent, ratios, comparisons, prices and smileys are language."""
    assert found(text) == []


def test_what_the_caller_names_is_kept_as_whole_words() -> None:
    """The longest first, and never inside another word; signs of a pattern are plain signs."""
    text = "Word, Words and Word+ by MS Word (MS) at $5."
    assert found(text, "Word", "MS Word", "Word+", "$5", "") == ["Word", "Word+", "MS Word", "$5"]


def test_what_overlaps_is_kept_as_one() -> None:
    """Nothing is torn between two of them."""
    assert found("a {name} b", "a {") == ["a {name}"]


@pytest.mark.parametrize(
    "text",
    [
        *("{" * 100_000, "{a,plural," * 20_000, "%" * 100_000, "a/" * 100_000, "<a " * 50_000),
        *(":a" * 50_000, "`" * 100_001, "@" * 100_000, "www." * 50_000, "{{a" * 50_000),
        *("#a" * 50_000, "%d" * 50_000, "{a}b" * 50_000, "a{b}" * 50_000),
    ],
)
def test_hostile_text_ends(text: str) -> None:
    """In time that grows as the text does: ten times as much would not end in this test."""
    assert all(0 <= span.start < span.end <= len(text) for span in protected_spans(text))


@pytest.mark.parametrize(
    "text",
    [
        *("{a,date} " * 20_000, "Hello {name}. " * 20_000, "a " + "#t " * 60_000),
        *("a " + "😀 " * 60_000, "a " + "(#t) " * 40_000, "@a " * 60_000 + "b c", "%s\n" * 60_000),
    ],
)
def test_a_text_of_many_spans_ends(text: str) -> None:
    """It is taken apart and masked in time that grows as it does: it would not end otherwise."""
    segments = split_sheltered(text, "en", protected_spans(text))
    assert "".join(segment.text for segment in segments) == text
    for segment in segments:
        one = masked(segment.text, segment.spans, 0) if segment.spans else None
        assert one is None or one.restored(one.text) == segment.text


PIECES = st.sampled_from(
    [
        *("Hello", " ", ". ", "\n", "{name}", "%s", "{n, plural,\n one {a.} other {b}}", "😀"),
        *("(", ")", ": ", "https://x.org/a.b", "`a. b`", "@me", "It is. Yes!", "«", "»", "…"),
        *("\t", "</b>", "x", "你好"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_segments_are_the_text_again_and_hold_whole_spans(text: str) -> None:
    """Nothing is lost, no span is torn, and what has no words is layout."""
    spans = protected_spans(text)
    segments = split_sheltered(text, "en", spans)
    assert "".join(segment.text for segment in segments) == text
    at, kept = 0, 0
    for segment in segments:
        inside = [s for s in spans if at <= s.start < at + len(segment.text)]
        assert all(s.end <= at + len(segment.text) for s in inside)
        if segment.translate:
            assert [s.moved(at) for s in inside] == list(segment.spans)
            kept += len(segment.spans)
        at += len(segment.text)


@given(st.lists(PIECES, max_size=14).map("".join), st.integers(0, 2))
def test_an_identity_gives_the_sentence_back(text: str, attempt: int) -> None:
    """What comes back with every stand-in is the sentence again, byte for byte."""
    for segment in split_sheltered(text, "en", protected_spans(text)):
        one = masked(segment.text, segment.spans, attempt) if segment.spans else None
        if one is not None:
            assert one.restored(one.text) == segment.text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{name}: I know.", "I know."),
        ("@anna @bob Can you help? #now", "Can you help?"),
        ("I love it 😀!", "I love it"),
        ("She kept it ({x}).", "She kept it"),
        ("{a} {b} is here.", "Tom is here."),
        ("{count} of {name} in %d", "25 of Tom in 60"),
        ("Tom and Boston like {name}.", "Tom and Boston like Tokyo."),
    ],
)
def test_a_model_sees_what_it_should(text: str, seen: str) -> None:
    """Labels, mentions and brackets at the edges stay out; neighbours share one stand-in."""
    segment = next(s for s in split_sheltered(text, "en", protected_spans(text)) if s.translate)
    one = masked(segment.text, segment.spans, 0)
    assert one is not None
    assert one.text == seen


@pytest.mark.parametrize(
    "translation", ["", "Salut.", "Tom et Tom", "Tomate", "25", "TOM", "Tom 25", "Tom's 25 25"]
)
def test_a_stand_in_that_is_not_there_just_once_is_no_translation(translation: str) -> None:
    """Lost, doubled, changed, or inside another word."""
    text = "Hello {name} {count}."
    [segment] = split_sheltered(text, "en", protected_spans(text))
    one = masked(text, [segment.spans[0]], 0)
    assert one is not None
    expected = {"Tom 25": "{name} 25", "Tom's 25 25": "{name}'s 25 25"}
    assert one.restored(translation) == expected.get(translation)


def test_there_are_only_so_many_stand_ins() -> None:
    """A sentence with more parts than words for them has none."""
    text = " or ".join(f"{{a{letter}}}" for letter in "bcdefgh")
    assert masked(text, protected_spans(text), 0) is None


def test_a_sentence_without_words_is_layout() -> None:
    """Placeholders alone are not translated."""
    text = "{a} %s\n{b}"
    assert split_sheltered(text, "en", protected_spans(text)) == [Segment(text, False)]
