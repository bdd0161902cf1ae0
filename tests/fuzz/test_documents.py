"""Documents with damage anywhere, for as long as there is time."""

from __future__ import annotations

import io
import json
import random
import time

import docx
import httpx

from support.server_process import ServerProcess

TEXTS = {
    "a.json": '{"title": "Good morning", "n": [1, "Where is {name}?", null], "k\\u0041": "x\\ny"}',
    "a.yaml": "title: Good morning\nlist:\n  - Where is {name}? # no\n  - >\n    The\n    house\n",
    "a.md": "---\ntitle: Good\n---\n# Head **bold**\n\n- [link](x) `code`\n\n"
    "|a|b|\n|-|-|\n|the house|2|\n",
    "a.srt": "1\n00:00:01,000 --> 00:00:02,000\n<i>Good morning</i>\n- Hello you\n\n",
    "a.vtt": "WEBVTT\n\nNOTE no\n\n00:01.000 --> 00:02.000 align:start\n<v Bob>Good morning\n\n",
    "a.po": '#: a.c:1\nmsgid "Good %s"\nmsgstr ""\n\nmsgid "one"\n'
    'msgid_plural "many"\nmsgstr[0] ""\n',
    "a.properties": "# no\nkey=Good \\\n  morning\nother : It''s {0}\n",
    "a.csv": 'id,text\r\n1,"Good, ""big"" house"\r\n2,Hello\r\n',
    "strings.xml": "<resources><string name='a'>It\\\\'s <b>big</b> %1$s</string></resources>",
    "a.strings": '/* no */ "key" = "Good \\"morning\\"";\n',
    "a.xlf": '<xliff version="1.2"><file><body><trans-unit id="1"><source>Good <g id="1">house</g>'
    "</source></trans-unit></body></file></xliff>",
    "a.html": "<p>Good <b>morning</b> &amp; you</p>",
}


def letter() -> bytes:
    """A document of Word with some of everything."""
    page, packed = docx.Document(), io.BytesIO()
    page.add_heading("Good morning", 1)
    line = page.add_paragraph("Where is the ")
    line.add_run("station").bold = True
    page.add_table(1, 2).cell(0, 0).text = "the house"
    page.save(packed)
    return packed.getvalue()


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Some bytes changed, cut out, doubled or put in."""
    made = bytearray(content)
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.choice([1, 1, 3, 20]))
        kind = chance.randrange(4)
        if kind == 0:
            made[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
        elif kind == 1:
            del made[at:end]
        elif kind == 2:
            made[at:at] = made[at:end] * chance.choice([1, 50])
        else:
            made[at:at] = chance.choice(
                [b"<", b"&", b'"', b"\n", b"{", b"\\", b"\xff", b"<b>", b"}"]
            )
    return bytes(made)


def test_documents_are_translated_or_refused(server: ServerProcess, seconds: float) -> None:
    """No answer is a fault of the server, and every refusal says why."""
    seed = time.time_ns()
    chance = random.Random(seed)
    samples = {name: text.encode() for name, text in TEXTS.items()} | {"a.docx": letter()}
    end = time.monotonic() + seconds
    tried, translated = 0, set()
    with httpx.Client(base_url=server.url(), timeout=60) as client:
        while time.monotonic() < end or tried < len(samples):
            name = list(samples)[tried] if tried < len(samples) else chance.choice(list(samples))
            content = samples[name] if tried < len(samples) else damaged(chance, samples[name])
            answer = client.post(
                "/translate/document", files={"file": (name, content)}, data={"wait": "60"}
            )
            told = f"seed {seed}, after {tried}: {name} {content!r}"
            assert answer.status_code in {200, 413, 422}, (answer.status_code, answer.text, told)
            if answer.status_code == 200:
                translated.add(name)
                if name == "a.json":
                    keys = list(json.loads(content)) if content.strip()[:1] == b"{" else []
                    assert not keys or list(json.loads(answer.content)) == keys, told
            else:
                error = answer.json()["error"]
                assert error["message"], told
                assert "Traceback" not in answer.text, told
            tried += 1
    assert translated == set(samples), "each sample, undamaged, is translated"
