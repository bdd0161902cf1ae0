"""Language tags."""

from __future__ import annotations

import pytest

from ai_translate.languages import (
    LanguagePair,
    from_model_codes,
    from_target_token,
    name_of,
    normalize,
)
from ai_translate.supply.fairseq_languages import M2M100_CODES, NLLB_CODES


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_us", "en-US"),
        ("fra", "fr"),
        ("fre", "fr"),
        ("ZH-hans", "zh-Hans"),
        ("cmn_Hans", "zh-Hans"),
        ("sr_latn_rs", "sr-Latn-RS"),
        ("ast", "ast"),
    ],
)
def test_tags_come_out_in_one_form(tag: str, expected: str) -> None:
    """However a tag is written, we use one form of it, and that form is stable."""
    assert normalize(tag) == expected
    assert normalize(expected) == expected


@pytest.mark.parametrize("tag", ["", "e", "english", "en fr", "en-", "12", "fr\n", "é", "auto"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    """Text without the shape of a tag raises and is named."""
    with pytest.raises(ValueError, match="is not a language tag"):
        normalize(tag)


def test_target_tokens_name_languages() -> None:
    """OPUS-MT's target tokens map to our tags; ordinary pieces do not."""
    assert from_target_token(">>fra<<") == "fr"
    assert from_target_token(">>cmn_Hans<<") == "zh-Hans"
    assert from_target_token("▁fra") is None
    assert from_target_token(">>not a language<<") is None


def test_names_are_english_words() -> None:
    """People read names, with what distinguishes them."""
    assert name_of("fr") == "French"
    assert name_of("zh-Hans") == "Chinese (Hans)"
    assert name_of("xx") == "xx"


def test_pairs_are_parsed_and_shown() -> None:
    """A pair reads the form of the lock and the command line."""
    assert LanguagePair.parse("EN:fra") == ("en", "fr")
    assert str(LanguagePair("en", "fr")) == "en→fr"
    with pytest.raises(ValueError, match="en:fr"):
        LanguagePair.parse("en-fr")


def test_codes_of_models_lose_a_script_that_says_nothing() -> None:
    """A script is kept only where the model writes the language in several."""
    codes = ["eng_Latn", "srp_Cyrl", "zho_Hans", "zho_Hant", "arb_Arab", "arz_Arab", "ast_Latn"]
    assert list(from_model_codes(codes).items()) == [
        ("eng_Latn", "en"),
        ("srp_Cyrl", "sr"),
        ("zho_Hans", "zh-Hans"),
        ("zho_Hant", "zh-Hant"),
        ("arb_Arab", "ar"),
        ("arz_Arab", "arz"),
        ("ast_Latn", "ast"),
    ]
    assert from_model_codes(["zh", "ns", "xyz"]) == {"zh": "zh", "ns": "nso", "xyz": "xyz"}


@pytest.mark.parametrize("codes", [NLLB_CODES, *M2M100_CODES.values()])
def test_no_two_languages_of_a_model_have_one_tag(codes: tuple[str, ...]) -> None:
    """Every language of the published models has a tag of its own, in our form, and a name."""
    tags = from_model_codes(codes)
    assert len(set(tags.values())) == len(codes) == len(set(codes))
    assert all(normalize(tag) == tag for tag in tags.values())
    assert all(name_of(tag)[0].isupper() for tag in tags.values())
