from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.engine import guard
from ai_translate.languages import LanguagePair

EN_FR = LanguagePair("en", "fr")
FR_EN = LanguagePair("fr", "en")


def codes(source: str, hypothesis: str, pair: LanguagePair = EN_FR) -> list[str]:
    """What the guard says of a text whose length in tokens is beyond doubt."""
    return [suspicion.code for suspicion in guard.examine(source, hypothesis, 10, 10, pair)]


@pytest.mark.parametrize(
    ("source", "hypothesis"),
    [
        ("Salad with tomatoes.", "Salade salade salade."),
        ("I'm sorry.", "Je suis désolé, je suis désolé."),
        ("Hello!", "Bonjour bonjour bonjour bonjour bonjour bonjour bonjour"),
        ("Let's go on with the agenda.", "Allons vers l'âge de l'âge de l'âge."),
        ("Good evening.", "Bonsoir " * 80),
        ("No, no!", "Non non non non non non !"),
        ("What a joke!", "Quelle blague hahahahaha !"),
        ("Snore", "Ronfleeeeeeeeeeeeeer"),
        ("He left.", "Il est parti !!!!!!!!!!!!"),
        ("He left.", "Il est parti - - - - - - - - -"),
    ],
)
def test_a_loop_that_the_source_lacks_is_a_repetition(source: str, hypothesis: str) -> None:
    """A word, a phrase, letters or signs that come again and again are found."""
    assert codes(source, hypothesis) == ["repetition"]


@pytest.mark.parametrize(
    ("source", "hypothesis"),
    [
        ("We met again.", "Nous nous sommes revus."),
        ("Very good.", "Très très bien."),
        ("No, no, no!", "Non, non, non !"),
        ("Hahahaha!", "Hahahahahaha !"),
        ("Never, never, never, never give up.", "N'abandonne jamais, jamais, jamais, jamais."),
        ("Row, row, row your boat.", "Rame, rame, rame dans ta barque."),
        ("One hundred and eleven", "111111111111"),
        ("Wait..........", "Attendez.........."),
        ("The more you have, the more you want.", "Plus on en a, plus on en veut."),
        ("Little by little, the bird makes its nest.", "Petit à petit, l'oiseau fait son nid."),
    ],
)
def test_a_repetition_that_language_or_source_asks_for_is_none(
    source: str, hypothesis: str
) -> None:
    """What the source itself repeats may be repeated, and doubled words are good French."""
    assert "repetition" not in codes(source, hypothesis)


def test_a_loop_far_beyond_that_of_the_source_is_a_repetition() -> None:
    """Two copies in the source excuse no loop of twenty."""
    assert codes("Bye bye, bye!", "Salut " * 20) == ["repetition"]


@pytest.mark.parametrize(
    ("hypothesis", "expected"),
    [
        ("今天天气很好今天天气很好今天天气很好", ["repetition"]),
        ("你可以休息休息", []),
        ("看看这个", []),
    ],
)
def test_scripts_without_spaces_are_read_by_character(hypothesis: str, expected: list[str]) -> None:
    """A loop of Han characters is found; reduplication, which is grammar, is none."""
    assert codes("Have a rest.", hypothesis, LanguagePair("en", "zh")) == expected


def test_a_repetition_is_named_with_its_place_and_its_copies() -> None:
    """The message quotes what is repeated and says how often."""
    [found] = guard.examine("Hello!", "Allô le monde le monde le monde", 5, 9, EN_FR)
    assert "“le monde”" in found.message
    assert "3 times" in found.message


@pytest.mark.parametrize(
    ("source", "pair"),
    [
        ("The cat sleeps on the old sofa.", EN_FR),
        ("We want bread, butter and cheese.", EN_FR),
        ("EVERYBODY PLEASE LEAVE THE BUILDING NOW.", EN_FR),
        ("Le chat dort sur le vieux canapé.", FR_EN),
        ("昨日の夜は雨がたくさん降りました。", LanguagePair("ja", "en")),
    ],
)
def test_a_sentence_that_comes_back_is_an_echo(source: str, pair: LanguagePair) -> None:
    """Ordinary words that return untranslated are found, in small letters and in capitals."""
    assert codes(source, source, pair) == ["echo"]


@pytest.mark.parametrize(
    "source",
    [
        "Table",
        "Attention!",
        "Paris, Texas",
        "Bon voyage!",
        "Marie Curie, Albert Einstein, Niels Bohr",
        "The Lord of the Rings",
        "Gone with the Wind",
        "Microsoft Windows Server 2022",
        "IBM, NASA, UNESCO, FIFA",
        "https://example.org/the/quick/brown/fox",
        "Dr. A. B. Smith-Jones <smith@example.org>",
        "pip install -r requirements.txt",
        "3 km",
        "",
    ],
)
def test_names_titles_and_addresses_may_stay_as_they_are(source: str) -> None:
    """What is no running text is no echo."""
    assert codes(source, source) == []


def test_a_translation_that_keeps_foreign_words_is_no_echo() -> None:
    """Words that both languages share do not make an echo of a translated sentence."""
    assert codes("Her table is on the balcony.", "Sa table est sur le balcon.") == []


def test_languages_that_are_written_alike_have_no_echo() -> None:
    """A Danish sentence may be the same in Norwegian."""
    assert codes("jeg har en bil her", "jeg har en bil her", LanguagePair("da", "nb")) == []


@pytest.mark.parametrize(
    ("source_tokens", "target_tokens", "word"),
    [(10, 200, "long"), (3, 20, "long"), (60, 10, "short"), (30, 1, "short")],
)
def test_an_outlying_length_is_found(source_tokens: int, target_tokens: int, word: str) -> None:
    """Far more or far fewer tokens than any human translation has are suspect."""
    [found] = guard.examine("One thing.", "Une chose.", source_tokens, target_tokens, EN_FR)
    assert found.code == "length"
    assert f"too {word}: {target_tokens} tokens for {source_tokens}" in found.message


@pytest.mark.parametrize(
    ("source_tokens", "target_tokens"), [(1, 12), (2, 1), (5, 17), (8, 2), (20, 40), (20, 9)]
)
def test_an_unusual_length_is_no_doubt(source_tokens: int, target_tokens: int) -> None:
    """Human translations vary, short ones most; all that was seen of them passes."""
    assert guard.examine("So?", "Et alors ?", source_tokens, target_tokens, EN_FR) == ()


@pytest.mark.parametrize(
    ("source", "hypothesis", "message"),
    [
        ("It costs 15 euros.", "Ça coûte 50 euros.", "has 50 where the source has 15"),
        ("The code is 90210.", "Le code est secret.", "lacks 90210"),
        ("He is young.", "Il a 37 ans.", "has 37, which the source lacks"),
        ("It is 5:47.", "Il est 5 h 57.", "has 57 where the source has 47"),
        ("He gave 3.5 percent.", "Il a donné 35 %.", "has 35 where the source has 3, 5"),
        ("It has 12 rooms.", "Il a onze pièces.", "lacks 12"),
        ("It has 120 rooms.", "Il a vingt pièces.", "lacks 120"),
        ("There were 1,573 of us.", "Nous étions 1 537.", "has 1 537 where the source has 1,573"),
        ("in 1848 and in 1871", "en 1848", "lacks 1871"),
        ("born on 12/25/1987", "né le 12/25/1978", "has 1978 where the source has 1987"),
    ],
)
def test_a_wrong_number_is_named(source: str, hypothesis: str, message: str) -> None:
    """Numbers that are lost, changed or made up are found and quoted."""
    [found] = guard.examine(source, hypothesis, 10, 10, EN_FR)
    assert found.code == "numbers"
    assert message in found.message


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("1,234.5 km", "1 234,5 km"),
        ("1,234.5 km", "1.234,5 km"),
        ("1,234,567 people", "1234567 personnes"),
        ("12,000 people", "12\u202f000 personnes"),
        ("12,000 people", "douze mille personnes"),
        ("It's 5:30.", "Il est 5 h 30."),
        ("It's 5:30 pm.", "Il est 17h30."),
        ("It's 5:30.", "Il est cinq heures et demie."),
        ("It's 5:45.", "Il est six heures moins le quart."),
        ("At 12:10 a.m.", "À 0 h 10."),
        ("At 5:00.", "À 5 h."),
        ("At 9 in the evening, 8 o'clock at the latest.", "À 21 h, 20 h au plus tard."),
        ("On 12/25/1987.", "Le 25 décembre 1987."),
        ("On 2024-03-15.", "Le 15/03/2024."),
        ("The 1st and the 2nd.", "Le premier et le deuxième."),
        ("The 20th of May", "Le 20 mai"),
        ("The 21st century", "Le XXIe siècle"),
        ("Louis the 14th", "Louis XIV"),
        ("I have 3 cats and twelve dogs.", "J'ai trois chats et 12 chiens."),
        ("95 people", "quatre-vingt-quinze personnes"),
        ("71 people", "septante et une personnes"),
        ("in 1984", "en mille neuf cent quatre-vingt-quatre"),
        ("in nineteen eighty-four", "en 1984"),
        ("45 million", "quarante-cinq millions"),
        ("$1.5 million", "1 500 000 dollars"),
        ("3 million people", "3 000 000 personnes"),
        ("$19.99", "19,99 $"),
        ("$20.00", "20 $"),
        ("50%", "50 %"),
        ("the 1980s", "les années 80"),
        ("the 1970s", "les années soixante-dix"),
        ("+44 20 7946 0958", "+44 20 79 46 09 58"),
        ("555-867-5309", "5558675309"),
        ("open 24/7", "ouvert 24 heures sur 24 et 7 jours sur 7"),
        ("It's about 1 hour.", "C'est environ une heure."),
        ("a dollar", "1 dollar"),
        ("Take H2O and vitamin B12.", "Prenez de l'eau et de la vitamine."),
        ("between 5 and 7, not 7 and 9", "entre 7 et 9, pas entre 5 et 7"),
        ("007", "7"),
        ("no digits", "aucun chiffre"),
    ],
)
def test_a_number_may_be_written_anew(english: str, french: str) -> None:
    """Separators, clocks, calendars, ordinals and number words differ; the number does not."""
    assert codes(english, french) == []
    assert codes(french, english, FR_EN) == []


@pytest.mark.parametrize(
    ("source", "hypothesis", "pair", "expected"),
    [
        ("He has 3 cats.", "Er hat drei Katzen.", ("en", "de"), []),
        ("He has 100 cats.", "Er hat hundert Katzen.", ("en", "de"), []),
        ("He has 137 cats.", "Er hat Katzen.", ("en", "de"), ["numbers"]),
        ("250,000 people", "25万人", ("en", "zh"), []),
        ("chapter 57", "第57章", ("en", "zh"), []),
        ("He has 137 cats.", "لديه ١٣٧ قطة", ("en", "ar"), []),
        ("He has 137 cats.", "لديه ١٧٣ قطة", ("en", "ar"), ["numbers"]),
        ("neunzehnhundertvierundachtzig", "1984", ("de", "en"), []),
        ("in 1948", "1984", ("de", "en"), ["numbers"]),
    ],
)
def test_languages_without_number_words_have_the_benefit_of_the_doubt(
    source: str, hypothesis: str, pair: tuple[str, str], expected: list[str]
) -> None:
    """Small and round numbers may be spelled out; others must be there, in whatever digits."""
    assert codes(source, hypothesis, LanguagePair(*pair)) == expected


def test_several_doubts_come_in_a_fixed_order() -> None:
    """Each check speaks for itself."""
    found = guard.examine("He paid 137 euros.", "payé payé payé payé", 7, 90, EN_FR)
    assert [suspicion.code for suspicion in found] == ["repetition", "length", "numbers"]
    assert all(0 < suspicion.severity <= 1 for suspicion in found)


def test_the_least_spoilt_translation_is_kept() -> None:
    """No doubt beats any doubt, little beats much, and of equals the model's favourite stays."""
    source = "He paid 137 euros to his old aunt."
    candidates = [
        guard.examine(source, text, 12, tokens, EN_FR)
        for text, tokens in [
            ("Il a payé payé payé payé payé payé payé.", 20),
            ("Il a payé 173 euros à sa vieille tante.", 12),
            ("Il a payé 137 euros à sa vieille tante.", 12),
            ("Il paya 137 euros à sa vieille tante.", 12),
        ]
    ]
    assert guard.best(candidates) == 2
    assert guard.best(candidates[:2]) == 1
    assert guard.best([candidates[1], candidates[1]]) == 0


@given(
    source=st.text(max_size=200),
    hypothesis=st.text(max_size=200),
    pair=st.sampled_from([EN_FR, FR_EN, LanguagePair("ja", "en"), LanguagePair("en", "de")]),
)
def test_every_text_can_be_examined(source: str, hypothesis: str, pair: LanguagePair) -> None:
    """Whatever the text, the guard answers, and severities stay within their scale."""
    for suspicion in guard.examine(source, hypothesis, 5, 5, pair):
        assert 0 < suspicion.severity <= 1
        assert suspicion.message.isprintable()


@given(text=st.text(alphabet="0123456789 .,:/-hXVI", max_size=60))
def test_numbers_agree_with_themselves(text: str) -> None:
    """A text of numbers has no wrong numbers beside itself."""
    assert "numbers" not in codes(text, text)


@pytest.mark.parametrize(
    "text", ["9" * 20_000, "1.2" * 5_000, "a " * 10_000, "ab" * 10_000, "one " * 5_000 + "7"]
)
def test_hostile_lengths_are_examined_in_passable_time(text: str) -> None:
    """Nothing takes time out of proportion, and no number is too long to read."""
    start = time.process_time()
    guard.examine(text, text + " 8", 500, 500, EN_FR)
    assert time.process_time() - start < 2
