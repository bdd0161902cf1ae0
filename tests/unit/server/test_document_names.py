from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.server.document_names import disposition, name_of_upload, translated_name


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("report.docx", "report.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ('a"b.txt', "a_b.txt"),
        ("a\r\nSet-Cookie: x.txt", "a__Set-Cookie_ x.txt"),
        ("Größe 大.txt", "Größe 大.txt"),
        ("a\u202etxt.exe", "a_txt.exe"),
        ("..", "document"),
        ("", "document"),
        (None, "document"),
        ("a" * 1000 + ".txt", "a" * 150 + ".txt"),
    ],
)
def test_a_name_has_no_harm_in_it(sent: str | None, name: str) -> None:
    """Folders, quotes, ends of lines and turns of direction do not get through."""
    assert name_of_upload(sent) == name


@given(st.text(max_size=400))
def test_any_name_makes_one_plain_header(sent: str) -> None:
    """Whatever the name, the header is ASCII, one line, and its name ends at its quote."""
    header = disposition(translated_name(name_of_upload(sent), "en", "fr"))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "/" not in header
    assert "\\" not in header
    assert len(header) < 2500


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("report.docx", "report.fr.docx"),
        ("report.en.docx", "report.fr.docx"),
        ("document", "document.fr"),
        (".en.txt", ".en.fr.txt"),
    ],
)
def test_the_translation_is_called_after_its_language(name: str, called: str) -> None:
    """The language stands before the extension, in the place of that of the source."""
    assert translated_name(name, "en", "fr") == called


def test_names_that_are_no_ascii_are_given_twice() -> None:
    """By RFC 6266 and RFC 8187: a plain name for old clients, and the whole one in UTF-8."""
    said = disposition("é %.txt")
    assert said == "attachment; filename=\"_ _.txt\"; filename*=UTF-8''%C3%A9%20%25.txt"
