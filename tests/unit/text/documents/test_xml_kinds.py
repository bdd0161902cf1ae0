"""Kinds that are XML: resources of Android, XLIFF, property lists; and strings of iOS."""

from __future__ import annotations

import plistlib
import re
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.errors import BrokenDocument
from support.documents import changed, said, same

ANDROID = r"""<?xml version="1.0" encoding="utf-8"?>
<!-- A comment -->
<!DOCTYPE resources [<!ENTITY app "The App">]>
<resources xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2" xmlns:tools="t">
    <string name="plain">Fish &amp; chips</string>
    <string name="kept" translatable="false">Not this</string>
    <string name='escapes'>It\'s \"%1$s\"\n\u00e9 &#233; \@home</string>
    <string name="quoted">"It's   quoted"</string>
    <string name="marks">Read <b>this</b> by <xliff:g id="n" example="x">%2$s</xliff:g> now</string>
    <string name="all"><i>All of it</i></string>
    <string name="cdata"><![CDATA[<a href=\"x\">Click</a> here]]></string>
    <string name="entity">Welcome to &app;</string>
    <string name="lines">two
        lines</string>
    <string name="reference">@string/plain</string>
    <string name="empty"/>
    <string name="number">12</string>
    <color name="red">#ff0000</color>
    <plurals name="files">
        <item quantity="one">One file</item>
        <item quantity="other">%d files</item>
    </plurals>
    <string-array name="list"><item>first</item><item>@string/x</item></string-array>
</resources>
"""
XLIFF = """<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
 <file source-language="en" target-language="fr" datatype="plaintext" original="a">
  <header><note>Not this</note></header>
  <body>
   <trans-unit id="1">
    <source>Missing &lt;target&gt;</source>
    <note>Not this</note>
   </trans-unit>
   <trans-unit id="2"><source>Empty</source><target/></trans-unit>
   <trans-unit id="3"><source>Empty too</source><target state="new" ></target></trans-unit>
   <trans-unit id="4"><source>Done</source><target>Fait</target></trans-unit>
   <trans-unit id="5"><source>Open</source>
    <target state="needs-translation">Open</target></trans-unit>
   <trans-unit id="6" translate="no"><source>Kept</source></trans-unit>
   <group translate="no"><trans-unit id="7"><source>Kept</source></trans-unit></group>
   <trans-unit id="8" approved="yes"><source>Approved</source><target></target></trans-unit>
   <trans-unit id="9">
    <source>Click <g id="a">here <x id="b"/></g> or <ph id="c">{x}</ph><mrk
 mtype="protected">Me</mrk>.</source>
    <seg-source>Click</seg-source>
    <alt-trans><source>Not this</source><target>x</target></alt-trans>
   </trans-unit>
  </body>
 </file>
</xliff>
"""
XLIFF2 = """<?xml version="1.0"?>
<xliff:xliff xmlns:xliff="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en">
 <xliff:file id="f"><xliff:unit id="1">
  <xliff:segment state="initial">
   <xliff:source>A <xliff:pc id="1">bold</xliff:pc> <xliff:ph id="2"/>word</xliff:source>
  </xliff:segment>
  <xliff:segment state="final"><xliff:source>Done</xliff:source>
   <xliff:target>Fait</xliff:target></xliff:segment>
  <xliff:ignorable><xliff:source> and </xliff:source></xliff:ignorable>
 </xliff:unit></xliff:file>
</xliff:xliff>
"""
DONE = """<xliff version="1.2"><file><body>
<trans-unit id="1"><source>A <g id="1">b</g> &amp; c</source>
<target state="new">A <g id="1">b</g> &amp; c</target></trans-unit>
</body></file></xliff>
"""
STRINGS = r"""/* A "comment" = "x"; */
// Another
"key one" = "Fish and \"chips\"\n\U00e9";
bare.key="Value" ; "k3" = /* inside */ "100";
"only key";
"k4" = "two
lines";
"k5" = bare;
"""
STRINGSDICT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>files</key>
    <dict>
        <key>NSStringLocalizedFormatKey</key>
        <string>%#@count@</string>
        <key>count</key>
        <dict>
            <key>NSStringFormatSpecTypeKey</key>
            <string>NSStringPluralRuleType</string>
            <key>one</key>
            <string>One file &amp; more</string>
            <key>other</key>
            <string>%d files</string>
        </dict>
    </dict>
</dict>
</plist>
"""
SAMPLES: Final = [
    ("strings.xml", ANDROID),
    ("a.xlf", DONE),
    ("a.strings", STRINGS),
    ("a.stringsdict", STRINGSDICT),
]


@pytest.mark.parametrize(("name", "text"), SAMPLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_round_trip_is_exact(name: str, text: str, encoding: str, line_end: str) -> None:
    """Whatever its encoding and line ends, a document comes back byte for byte."""
    content = text.replace("\n", line_end).encode(encoding)
    assert same(name, content) == content


def test_values_of_android_are_parts() -> None:
    """Escapes are read; names, references, arguments and what is not translatable are none."""
    assert said("strings.xml", ANDROID.encode()) == [
        "Fish & chips",
        'It\'s "%1$s"\né é @home',
        "It's   quoted",
        'xml:Read <g id="1">this</g> by <x id="2"/> now',
        "All of it",
        'html:<a href="x">Click</a> here',
        'xml:Welcome to <x id="1"/>',
        "two lines",
        "One file",
        "%d files",
        "first",
    ]


def android_values(content: bytes) -> list[str]:
    """What Android would show, elements left out; written apart from ours."""
    root = ET.fromstring(content)
    values = []
    for element in root.iter():
        if element.tag not in ("string", "item"):
            continue
        raw = "".join(element.itertext()).strip()
        quoted = raw.startswith('"') and raw.endswith('"') and len(raw) > 1
        raw = raw[1:-1] if quoted else " ".join(raw.split())
        shown, at = "", 0
        while at < len(raw):
            if raw[at] == "\\" and raw[at + 1] == "u":
                shown, at = shown + chr(int(raw[at + 2 : at + 6], 16)), at + 6
            elif raw[at] == "\\":
                shown, at = shown + {"n": "\n", "t": "\t"}.get(raw[at + 1], raw[at + 1]), at + 2
            else:
                assert quoted or raw[at] not in "'\"", raw
                shown, at = shown + raw[at], at + 1
        values.append(shown)
    return values


def test_another_reader_finds_the_values_of_android() -> None:
    """Quotes, apostrophes, line ends and signs of markup in translations are escaped."""
    hostile = '?l\'été "x"\n\t<b> & \\ ]]> @x '
    written = changed("strings.xml", ANDROID.encode(), lambda _: hostile)
    values = android_values(written.replace(b"&app;", b"The App"))
    assert values[0] == hostile
    assert values[1] == "Not this"
    assert values[2] == hostile
    assert values[3] == hostile
    assert values[8] == values[-2] == hostile
    assert (values[9], values[-1]) == ("@string/plain", "@string/x")
    assert b'<xliff:g id="n" example="x">%2$s</xliff:g>' in written
    assert b"&app;</string>" in written


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_value_of_android_is_read_again(translation: str) -> None:
    """Whatever a translation says."""
    content = b'<resources><string name="a">word</string></resources>'
    written = changed("strings.xml", content, lambda _: translation)
    blanks = re.compile(r"[^\S ]")  # the reader of this test joins blanks that Android does not
    assert android_values(written) == [translation] or blanks.search(translation)


def test_sources_of_xliff_without_targets_are_parts() -> None:
    """What is done, approved or not to be translated is none; codes are marks."""
    assert said("a.xlf", XLIFF.encode()) == [
        "Missing <target>",
        "Empty",
        "Empty too",
        "Open",
        'xml:Click <g id="1">here <x id="2"/></g> or <x id="3"/><x id="4"/>.',
    ]
    assert said("a.xml", XLIFF2.encode()) == ['xml:A <g id="1">bold</g> <x id="2"/>word']


def test_targets_of_xliff_are_filled_and_nothing_else_changes() -> None:
    """A translator that changes nothing fills in sources, in place and as far in."""
    written = same("a.xlf", XLIFF.encode()).decode()
    code = XLIFF[XLIFF.index("Click <g") : XLIFF.index("</source>\n    <seg")]
    expected = (
        XLIFF.replace(
            "&gt;</source>\n", "&gt;</source>\n    <target>Missing &lt;target&gt;</target>\n"
        )
        .replace("<target/>", "<target>Empty</target>")
        .replace('<target state="new" ></', '<target state="new" >Empty too</')
        .replace("</seg-source>", f"</seg-source>\n    <target>{code}</target>")
    )
    assert written == expected
    written = changed("a.xlf", XLIFF2.encode()).decode()
    source = XLIFF2[XLIFF2.index("\n   <xliff:source>") : XLIFF2.index("\n  </xliff:segment>")]
    target = source.replace("source>", "target>").replace("bold", "BOLD").replace("word", "WORD")
    assert written == XLIFF2.replace(source, source + target)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_target_of_xliff_is_read_again(translation: str) -> None:
    """Whatever a translation says, another reader finds it."""
    written = changed("a.xlf", XLIFF.encode(), lambda _: translation)
    spaces = {"": "urn:oasis:names:tc:xliff:document:1.2"}
    targets = ET.fromstring(written).findall(".//target", spaces)
    assert [target.text or "" for target in targets[:5]] == [
        translation,
        translation,
        translation,
        "Fait",
        translation,
    ]


def test_strings_of_ios_are_parts() -> None:
    """Values in quotes; keys, comments and numbers are none."""
    assert said("a.strings", STRINGS.encode()) == ['Fish and "chips"\né', "Value", "two\nlines"]
    assert said("a.stringsdict", STRINGSDICT.encode()) == ["One file & more", "%d files"]
    plist = b"<plist><dict><key>Key</key><string>Value</string></dict></plist>"
    assert said("a.strings", plist) == ["Value"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_string_of_ios_is_read_again(translation: str) -> None:
    """In both forms, by another reader."""
    written = changed("a.strings", b'"k" = "word";\n', lambda _: f"{translation}\n").decode()
    quoted = re.fullmatch(r'"k" = "((?:[^"\\\n]|\\.)*)";\n', written)
    assert quoted is not None
    plain = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), quoted[1])
    assert plain == f"{translation}\n"
    plist = changed("a.stringsdict", STRINGSDICT.encode(), lambda _: translation)
    assert plistlib.loads(plist)["files"]["count"]["one"] == translation


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlf", b"<xliff>\n<a></xliff>", "Line 2 is no XML: mismatched tag"),
        ("a.xlf", b"", "no XML: no element found"),
        ("strings.xml", b"<resources>\n\n<string>&nbsp;</string></resources>", "Line 3 is no XML"),
        ("strings.xml", b"<resources>\0</resources>", "Line 1 is no XML"),
        ("a.strings", b'"a" = "b"\n"c" = "d";', "Line 2 is not as strings are: a semicolon"),
        ("a.strings", b'\n"a" = "b', "Line 2 is not as strings are: a value"),
        ("a.strings", b'"a" = "b"; }', "a key was expected, not '}'"),
        ("a.strings", b"bplist00\x00", "binary form"),
    ],
)
def test_what_is_broken_is_refused_with_its_line(name: str, content: bytes, message: str) -> None:
    """The error says where and what."""
    with pytest.raises(BrokenDocument) as raised:
        same(name, content)
    assert message in raised.value.message


def test_bombs_of_entities_are_never_expanded() -> None:
    """Entities in text are left as they are; those in attributes are bounded by the reader."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 20))
    head = f'<!DOCTYPE resources [<!ENTITY e0 "lol">{entities}]>'
    content = f'{head}<resources><string name="a">word &e19;</string></resources>'.encode()
    assert said("strings.xml", b"<!-- <x> -->" + content) == ['xml:word <x id="1"/>']
    content = f'{head}<resources><string name="&e19;">word</string></resources>'.encode()
    with pytest.raises(BrokenDocument):
        same("strings.xml", content)


def test_deep_elements_are_read() -> None:
    """Nesting that would exhaust a recursive reader."""
    deep = "<b>" * 20_000 + "x" + "</b>" * 20_000
    content = f'<resources><string name="a">word {deep}</string></resources>'.encode()
    assert same("strings.xml", content) == content
