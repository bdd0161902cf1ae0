from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
import sentencex
from hypothesis import example, given
from hypothesis import strategies as st

from ai_translate.text.segment import Segment, split_text

LANGUAGES = [
    "en",
    "fr",
    "de",
    "pt-BR",
    "zh-Hans",
    "ja",
    "hi",
    "ar",
    "he",
    "th",
    "no",
    "xx",
    "",
    "x\0",
]
UNICODE_SPACES = [chr(c) for c in range(0x110000) if chr(c).isspace()]
ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u00ad", "\ufeff"]
DIRECTIONS = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069"]

# Pieces that meet in real and hostile texts, so that hypothesis finds their combinations.
PIECES = [
    "Hello",
    "Yes.",
    "No!",
    "Où ?",
    "l'été",
    "« Ça va ? »",
    "Mr.",
    "M.",
    "J.-C.",
    "e.g.",
    "3.14",
    "20 %",
    "12",
    "...",
    "…",
    "?!",
    "😀",
    "👩\u200d🚀",
    "🏴\U000e0067\U000e007f",
    "https://a.example/x?y=Z!B",
    "a@b.example",
    "www.",
    "://",
    "@",
    "你好。",
    "「はい。」",
    "नमस्ते।",
    "مرحبا؟",
    "שלום.",
    "สวัสดี",
    "Z\u00a0.",
    "e\u0301",
    "- ",
    "* ",
    "• ",
    "1. ",
    "2) ",
    "(3) ",
    "> ",
    ">",
    "# ",
    "— ",
    '"',
    "'",
    "(",
    ")",
    "<",
    "[",
    "_",
    "{{name}}",
    "%1$s",
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\n\r\n",
    "\r",
    "\v",
    "\f",
    "\x00",
    "\x1b",
    "\x1c",
    "\x1f",
    "\x85",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\u200b",
    "\u2028",
    "\u2029",
    "\u00a0",
    "\u202f",
    "\u3000",
    "\u202e",
    "\u3164",
]
texts = st.one_of(
    st.text(st.characters(codec=None)),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=25).map("".join),
)
languages = st.sampled_from(LANGUAGES)


def sentences(text: str, language: str = "en") -> list[str]:
    return [one.text for one in split_text(text, language) if one.translate]


def translated(text: str, language: str = "en", mark: str = "<{}>") -> str:
    """The text as a translation would come out that marks each sentence."""
    return "".join(
        mark.format(one.text) if one.translate else one.text for one in split_text(text, language)
    )


@given(texts, languages)
@example("a\n\r\n\nb", "en")  # sentencex alone loses this carriage return
@example("Z\u00a0.", "fr")  # sentencex alone panics
@example("\ud83d.\ude00", "en")
def test_joined_segments_are_the_text(text: str, language: str) -> None:
    """Whatever the text holds, its segments joined are the text again, byte for byte."""
    assert "".join(one.text for one in split_text(text, language)) == text


@given(texts, languages)
def test_sentences_are_clean(text: str, language: str) -> None:
    """A sentence has a letter, is encodable, and has no blank, control or format edge."""
    for sentence in sentences(text, language):
        sentence.encode("utf-8")
        assert any(unicodedata.category(c).startswith("L") for c in sentence)
        assert not any(unicodedata.category(c) == "Cc" for c in sentence)
        for edge in (sentence[0], sentence[-1]):
            assert not edge.isspace()
            assert edge not in ZERO_WIDTH + DIRECTIONS


@given(texts, languages)
def test_every_word_is_in_one_sentence(text: str, language: str) -> None:
    """No letter outside an address is left behind as layout."""
    for one in split_text(text, language):
        if not one.translate and not any(sign in one.text for sign in ("@", ":", "www.")):
            assert not any(c.isalpha() and c != "\u3164" for c in one.text)


@given(texts, languages)
def test_marking_translation_keeps_order(text: str, language: str) -> None:
    """With each sentence marked, removing the marks gives the text: none lost, doubled or moved."""
    marked = translated(text, language, "\ue000{}\ue001")
    if "\ue000" not in text and "\ue001" not in text:
        assert marked.replace("\ue000", "").replace("\ue001", "") == text
        assert marked.count("\ue000") == len(sentences(text, language))


@given(texts, languages)
def test_layout_stays_layout(text: str, language: str) -> None:
    """What was layout is layout again when it is split on its own."""
    for one in split_text(text, language):
        if not one.translate:
            assert split_text(one.text, language) == [one]


@given(texts, languages)
def test_sentence_stays_translatable(text: str, language: str) -> None:
    """What was a sentence still holds one when it is split on its own."""
    for sentence in sentences(text, language):
        assert sentences(sentence, language)


@given(texts, languages)
def test_neighbours_differ(text: str, language: str) -> None:
    """Layout is one piece between two sentences, and no segment is empty."""
    found = split_text(text, language)
    assert all(one.text for one in found)
    assert not any(not a.translate and not b.translate for a, b in pairwise(found))


def test_segment_is_a_value() -> None:
    """Segments compare by what they hold and cannot be changed."""
    one = Segment("Hello.", True)
    assert one == Segment("Hello.", True)
    with pytest.raises(AttributeError):
        one.text = "Bye."  # type: ignore[misc]  # that is what must fail


def test_empty_text_has_no_segments() -> None:
    """An empty text is an empty list."""
    assert split_text("", "en") == []


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "\n",
        "\r\n\r\n",
        "\t",
        "\x00",
        "\ufeff",
        "\u200b\u200b",
        "\ud800",
        "42",
        "3.14 %",
        "12 €",
        "...",
        "?!",
        "—",
        "😀👍",
        "👩\u200d🚀",
        "https://a.example/path?q=Hello",
        "www.example.com",
        "someone@mail.example",
        "mailto:someone@mail.example",
        "https://a.example https://b.example, a@b.example!",
        "- ",
        "1. ",
        "> > ",
        "###",
        "\u0301",
        "½",
        "Ⅷ",
        "٣",
    ],
)
def test_text_without_words_is_layout(text: str) -> None:
    """Numbers, emoji, punctuation, addresses and blanks are kept, not translated."""
    assert split_text(text, "en") == [Segment(text, False)]


@pytest.mark.parametrize("space", UNICODE_SPACES)
def test_every_unicode_space_survives_outside(space: str) -> None:
    """Each space of Unicode around and between sentences passes as it is."""
    text = f"{space}One day.{space}{space}Two days.{space}"
    assert sentences(text) == ["One day.", "Two days."]
    assert translated(text) == f"{space}<One day.>{space}{space}<Two days.>{space}"


@pytest.mark.parametrize("character", ZERO_WIDTH + DIRECTIONS)
def test_invisible_characters_survive_outside(character: str) -> None:
    """Zero-width characters, marks of direction and the byte order mark stay outside."""
    text = f"{character}One day. {character}Two days.{character}"
    assert translated(text) == f"{character}<One day.> {character}<Two days.>{character}"


@pytest.mark.parametrize(
    "end",
    [
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "\r\n\r\n",
        "\n\r\n",
        "\v",
        "\f",
        "\x1c",
        "\x85",
        "\u2028",
        "\u2029",
    ],
)
def test_line_ends_survive(end: str) -> None:
    """Each kind of line end splits and passes as it is, so that CRLF stays CRLF."""
    assert translated(f"{end}First line{end}second line{end}") == (
        f"{end}<First line>{end}<second line>{end}"
    )


def test_leading_newlines_and_indentation_survive() -> None:
    """Newlines before the text and the indentation of each line are kept (LibreTranslate)."""
    text = "\n\n  Title\n\n    First.\n\tSecond.\n"
    assert translated(text) == "\n\n  <Title>\n\n    <First.>\n\t<Second.>\n"


def test_paragraphs_are_not_joined() -> None:
    """Blank lines stay where they were (Opus-MT joined them away)."""
    assert translated("One.\n\nTwo.\n\n\nThree.") == "<One.>\n\n<Two.>\n\n\n<Three.>"


def test_repeated_sentence_is_kept_each_time() -> None:
    """A sentence that comes twice is there twice (MinT dropped it)."""
    assert sentences("Yes. No. Yes. Yes.") == ["Yes.", "No.", "Yes.", "Yes."]


def test_lowercase_and_signs_are_untouched() -> None:
    """Case, underscores, entities, bars and braces of a sentence are as written (peers' bugs)."""
    text = "all lower_case &lt;b&gt; a|b {{person.name}} %1$s"
    assert split_text(text, "en") == [Segment(text, True)]


def test_french_typography_is_untouched() -> None:
    """Guillemets, apostrophes, narrow spaces and the space before a percent sign stay (MinT)."""
    text = "Il dit : « L’été, c’est 20\u202f% de plus\u202f! » Puis il s’en va."
    assert sentences(text, "fr") == [
        "Il dit : « L’été, c’est 20\u202f% de plus\u202f! »",
        "Puis il s’en va.",
    ]


def test_tabs_separate_columns() -> None:
    """Cells between tabs are translated each on its own and the tabs stay."""
    assert translated("Name\tFirst name\t\t12\nKey\t") == "<Name>\t<First name>\t\t12\n<Key>\t"


def test_aligned_columns_stay_aligned() -> None:
    """Three spaces are alignment and stay; two inside a sentence belong to it."""
    assert translated("Total:     12 EUR") == "<Total:>     <12 EUR>"
    assert sentences("Two  spaces here") == ["Two  spaces here"]


def test_lone_surrogates_stay_outside() -> None:
    """What no encoder takes is layout, and the words beside it are still translated."""
    assert translated("One\ud800 two.\udfff") == "<One>\ud800 <two.>\udfff"


def test_nul_is_kept() -> None:
    """A NUL passes as it is and cuts no text off."""
    assert translated("One.\x00Two.") == "<One.>\x00<Two.>"


@pytest.mark.parametrize(
    "marker",
    ["- ", "* ", "• ", "1. ", "12) ", "(3) ", "1.2.3. ", "> ", ">> ", "## ", "  - 1. ", "— "],
)
def test_markers_at_line_starts_are_layout(marker: str) -> None:
    """Bullets, numbering and marks of quotation at a line's start are kept."""
    assert translated(f"{marker}Buy bread.\n{marker}Go.") == f"{marker}<Buy bread.>\n{marker}<Go.>"


def test_words_and_amounts_at_line_starts_are_no_markers() -> None:
    """What only looks like a marker stays in its sentence."""
    for text in (
        "-5 degrees today",
        "#hashtag here",
        "1.5 million people",
        "A. Smith",
    ):
        assert sentences(text)[0].startswith(text[:2]), text


def test_german_ordinal_is_no_numbering() -> None:
    """Where ordinals have a full stop, a line may begin with a date."""
    assert sentences("3. Oktober 1990 war ein Mittwoch.", "de") == [
        "3. Oktober 1990 war ein Mittwoch."
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Mr. Smith met Dr. Brown. They left.", ["Mr. Smith met Dr. Brown.", "They left."]),
        ("en", "It is 3.14 or so. Yes!", ["It is 3.14 or so.", "Yes!"]),
        ("fr", "M. et Mme Martin sont là. Oui.", ["M. et Mme Martin sont là.", "Oui."]),
        ("fr", "J.-C. Dupont est venu. Bien.", ["J.-C. Dupont est venu.", "Bien."]),
        ("zh-Hans", "你好。再见！", ["你好。", "再见！"]),
        ("ja", "はい。いいえ。", ["はい。", "いいえ。"]),
        ("hi", "नमस्ते। कैसे हो?", ["नमस्ते।", "कैसे हो?"]),
        ("ar", "مرحبا. كيف حالك؟", ["مرحبا.", "كيف حالك؟"]),
        ("he", "שלום לך. מה נשמע?", ["שלום לך.", "מה נשמע?"]),
        ("th", "สวัสดีครับ", ["สวัสดีครับ"]),
        ("xx", "One thing. Another thing.", ["One thing.", "Another thing."]),
    ],
)
def test_sentences_end_where_readers_see_it(language: str, text: str, expected: list[str]) -> None:
    """Abbreviations end no sentence; the terminators of all scripts do."""
    assert sentences(text, language) == expected


def test_addresses_are_not_split() -> None:
    """A question mark inside an address ends no sentence."""
    text = "See https://a.example/x?Y=Z!B now. Write to J.B@mail.example. Thanks"
    assert sentences(text) == [
        "See https://a.example/x?Y=Z!B now.",
        "Write to J.B@mail.example.",
        "Thanks",
    ]


def test_text_without_sentence_ends_is_one_sentence() -> None:
    """A long line without an end is one sentence, not cut anywhere."""
    text = "word " * 5000 + "end"
    assert split_text(text, "en") == [Segment(text, True)]


def test_long_lines_are_split_as_short_ones_are() -> None:
    """Beyond the window of the library's view, sentences still end at their ends only."""
    one = "Dr. Smith had 3.5 litres of water, e.g. from the well, at noon."
    assert sentences(" ".join([one] * 400)) == [one] * 400


def test_panic_of_the_library_costs_one_split_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the library panics, the line is one sentence and nobody dies."""

    class PanicException(BaseException):  # the name that the Rust binding gives it
        pass

    def panic(_language: str, _text: str) -> list[str]:
        raise PanicException

    monkeypatch.setattr(sentencex, "segment", panic)
    assert sentences("One day. Two days.") == ["One day. Two days."]


def test_interruption_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fence around the library lets everything but its panic through."""

    def interrupt(_language: str, _text: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "segment", interrupt)
    with pytest.raises(KeyboardInterrupt):
        split_text("One day. Two days.", "en")


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "a",
        "7",
        " ",
        ".",
        "a.",
        "é.",
        "你好。",
        "「你。",
        "«Hi. ",
        '"A." ',
        "(a. B) ",
        "a@",
        "a.b@",
        "http://a.b ",
        "www.",
        "1. ",
        "> ",
        ">",
        "- ",
        "\t",
        "\ud800",
        "\u200b",
        "M. e ",
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    """Eight times the text takes about eight times the time, whatever it is made of."""

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        times = []
        for _ in range(3):
            start = time.thread_time()
            split_text(text, "fr")
            times.append(time.thread_time() - start)
        return min(times)

    short, long = seconds(6_000), seconds(48_000)
    # A quadratic would take 64 times as long; what is too short to measure is not slow.
    assert long < max(28 * short, 0.005)


def test_a_line_may_be_one_sentence() -> None:
    """Where somebody says so; lines are still apart, and layout is layout."""
    found = split_text("- One. Two!\n  Three? Four.", "en", unsplit=True)
    assert [segment.text for segment in found if segment.translate] == [
        "One. Two!",
        "Three? Four.",
    ]
