"""Catalogues of gettext."""

from __future__ import annotations

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from support.documents import changed, said, same

HEADER = r"""# A project.
# FIRST AUTHOR <EMAIL@ADDRESS>
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: x 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1);\n"

"""
EMPTY = (
    HEADER
    + r"""#. A comment of the programmer
#: src/main.c:12
#, c-format
msgctxt "menu"
msgid "Open \"%s\""
msgstr ""

msgid ""
"A long text that was "
"wrapped.\n"
"And a second line.\n"
msgstr ""
msgid "One file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""
msgstr[2] ""

#, fuzzy, c-format
#| msgid "Save"
msgid "Save as"
msgstr "Enregistrer"

msgid "Done"
msgstr "Fait"

msgid "123"
msgstr ""

#~ msgid "Obsolete"
#~ msgstr ""
"""
)
SAME = (
    HEADER
    + r"""#, fuzzy
msgid "Tab\there\x41\101"
msgstr "Tab\there\x41\101"

#, fuzzy
msgid ""
"Wrapped "
"text"
msgstr "Wrapped text"

msgid "Done"
msgstr "Fait"
"""
)


def test_only_what_has_no_translation_is_a_part() -> None:
    """Empty and fuzzy entries; the second form of a plural for all forms but the first."""
    assert said("a.po", EMPTY.encode()) == [
        'Open "%s"',
        "A long text that was wrapped.\nAnd a second line.\n",
        "One file",
        "%d files",
        "%d files",
        "Save as",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_round_trip_is_exact_where_translations_equal_their_sources(line_end: str) -> None:
    """Escapes and wrapping of an entry that says the same stay."""
    content = SAME.replace("\n", line_end).encode()
    assert same("a.po", content) == content


def test_all_but_the_translations_stays() -> None:
    """A translator that changes nothing fills in what the catalogue asked."""
    written = same("a.po", EMPTY.encode()).decode()
    expected = EMPTY.replace('Open \\"%s\\""\nmsgstr ""', 'Open \\"%s\\""\nmsgstr "Open \\"%s\\""')
    wrapped = '""\n"A long text that was "\n"wrapped.\\n"\n"And a second line.\\n"\n'
    expected = expected.replace(f'{wrapped}msgstr ""\n', f"{wrapped}msgstr {wrapped}")
    expected = expected.replace('msgstr[0] ""', 'msgstr[0] "One file"')
    for form in (1, 2):
        expected = expected.replace(f'msgstr[{form}] ""', f'msgstr[{form}] "%d files"')
    assert written == expected.replace('"Enregistrer"', '"Save as"')


def test_another_reader_finds_the_translations() -> None:
    """Polib reads what was written."""
    written = changed("a.po", EMPTY.encode(), lambda text: f'<{text.upper()}>\\"\n%')
    entries = {entry.msgid: entry for entry in polib.pofile(written.decode())}
    assert entries['Open "%s"'].msgstr == '<OPEN "%S">\\"\n%'
    assert entries['Open "%s"'].msgctxt == "menu"
    assert entries["One file"].msgstr_plural == {
        0: '<ONE FILE>\\"\n%',
        1: '<%D FILES>\\"\n%',
        2: '<%D FILES>\\"\n%',
    }
    assert entries["Done"].msgstr == "Fait"
    assert entries["Save as"].msgstr == '<SAVE AS>\\"\n%'
    assert len(polib.pofile(written.decode()).obsolete_entries()) == 1


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])).map(lambda t: t + "\n"))
def test_any_translation_is_read_again(translation: str) -> None:
    """However long a translation is and whatever is in it."""
    written = changed("a.po", EMPTY.encode(), lambda _: translation)
    entries = {entry.msgid: entry for entry in polib.pofile(written.decode())}
    assert entries["Save as"].msgstr == translation
    assert entries["One file"].msgstr_plural == dict.fromkeys(range(3), translation)


def test_catalogue_is_read_in_the_encoding_that_it_names() -> None:
    """A translation that it lacks is refused rather than lost."""
    content = EMPTY.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert "é".encode("latin-1") in changed("a.po", content, lambda _: "é")
    with pytest.raises(BrokenDocument, match="ISO-8859-1, which lacks"):
        changed("a.po", content, lambda _: "я")


@pytest.mark.parametrize(
    "line", ['msgid "a', "msgid a", 'msgfoo "a"', '"a"', "x", 'msgstr "a" b', r'msgid "a\"']
)
def test_line_that_is_none_is_refused_with_its_number(line: str) -> None:
    """The error names the line."""
    with pytest.raises(BrokenDocument, match="Line 2 is no line"):
        same("a.po", f"# comment\n{line}\n".encode())
