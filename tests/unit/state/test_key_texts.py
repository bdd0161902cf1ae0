"""A key's text has one form, in which it is found and told from what looks like one."""

from __future__ import annotations

import re

import pytest

from ai_translate.state.key_texts import LENGTH, digest_of, identifier_of, is_whole, new_key_text

FORM = re.compile(r"ait_[0-9a-z]{10}_[0-9A-Za-z]{49}")


def test_every_key_has_the_form_and_none_comes_twice() -> None:
    """Scanners find each, and its checksum is right."""
    texts = [new_key_text() for _ in range(500)]
    assert len(set(texts)) == len({identifier_of(text) for text in texts}) == 500
    assert all(FORM.fullmatch(text) and len(text) == LENGTH for text in texts)
    assert all(is_whole(text) for text in texts)
    assert {letter for text in texts for letter in text[15:58]} >= set("059AKZakz")


def test_a_slip_of_the_pen_is_seen() -> None:
    """One letter changed, lost or added, wherever."""
    text = new_key_text()
    for place in range(LENGTH):
        other = "1" if text[place] != "1" else "2"
        assert not is_whole(text[:place] + other + text[place + 1 :])
        assert not is_whole(text[:place] + text[place + 1 :])
    assert not is_whole(f"{text}1")
    assert not is_whole(f"{text}\n")


def test_what_is_kept_tells_keys_apart_and_not_what_they_are() -> None:
    """It is a sha256, which does not hold the key."""
    one, other = new_key_text().encode(), new_key_text().encode()
    assert digest_of(one) == digest_of(one) != digest_of(other)
    assert len(digest_of(one)) == 32


@pytest.mark.parametrize("text", ["", "abc", "ait_abc_def", "ait_", "é" * 64])
def test_what_is_no_key_stays_as_it_is(text: str) -> None:
    """An identifier that somebody gives is one already."""
    assert identifier_of(text) == text
    assert not is_whole(text)
