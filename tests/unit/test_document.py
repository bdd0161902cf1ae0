"""Documents, part by part."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate import Translator
from ai_translate.document import Progress, _lines_together
from ai_translate.errors import BrokenDocument, EngineFailure, UnknownDocument, UnsupportedPair
from support.fake_engine import FakeEngine


def test_a_document_keeps_its_bytes_but_for_its_words() -> None:
    """What is no sentence stays byte for byte, the byte order mark among it."""
    content = b"\xef\xbb\xbfGood morning.\r\n\r\n\tA  word.\x00\n"
    found = Translator([FakeEngine()]).translate_document("a.txt", content)
    assert found.content == content.upper()
    assert (found.parts, found.failed, found.source, found.target) == (1, 0, "en", "fr")


def test_a_long_text_is_the_same_in_pieces() -> None:
    """A long part is cut where lines end, and its translation is that of the whole."""
    text = "".join(f"This is line {number}.\n" + "\n" * (number % 3) for number in range(5000))
    engine = FakeEngine()
    seen: list[Progress] = []
    found = Translator([engine]).translate_document("a.txt", text.encode(), told=seen.append)
    assert found.content.decode() == text.upper()
    assert len(engine.calls) > 3
    assert max(map(len, engine.calls)) < 1000
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[0].done == 0
    assert seen[-1].done == seen[-1].characters == len(text)


@given(st.lists(st.sampled_from(["a", "\n", "\r\n", "x" * 3000, "y " * 2500]), max_size=60))
def test_pieces_are_the_text(pieces: list[str]) -> None:
    """Nothing is lost between pieces, and each but the last ends where a line does."""
    text = "".join(pieces)
    cut = list(_lines_together(text))
    assert "".join(cut) == text
    assert all(piece.endswith("\n") for piece in cut[:-1])
    assert "" not in cut


def test_the_language_is_that_of_the_whole() -> None:
    """With `auto` the document is looked at once, as a whole."""
    content = b"The house is on the hill and the sun is warm today.\nOK\n"
    found = Translator([FakeEngine()]).translate_document("a.txt", content, "auto")
    assert found.source == "en"
    assert found.content == content.upper()


@pytest.mark.parametrize("source", ["en", "auto"])
def test_a_document_without_words_is_its_own_translation(source: str) -> None:
    """Where there is nothing to translate nothing is asked."""
    engine = FakeEngine()
    for content in (b"", b"12 - 34\n"):
        found = Translator([engine]).translate_document("a.txt", content, source)
        assert found.content == content
    assert engine.calls == []


def test_what_fails_stands_and_is_counted() -> None:
    """One bad line does not cost the others more than those that are near."""
    text = "Good line.\n" * 2000 + "FAIL here.\n" + "Good line.\n" * 2000
    found = Translator([FakeEngine()]).translate_document("a.txt", text.encode())
    assert found.failed == 1
    lines = found.content.decode().splitlines()
    assert lines[2000] == "FAIL here."
    assert lines[0] == lines[-1] == "GOOD LINE."
    assert lines.count("Good line.") < 1000


def test_a_document_of_which_all_fails_is_an_error() -> None:
    """Nobody gets the document that he sent as its own translation."""
    with pytest.raises(EngineFailure):
        Translator([FakeEngine()]).translate_document("a.txt", b"FAIL here.")


def test_what_cannot_be_read_says_so() -> None:
    """Kind, content and language are told apart."""
    translator = Translator([FakeEngine()])
    with pytest.raises(UnknownDocument):
        translator.translate_document("a.exe", b"MZ")
    with pytest.raises(BrokenDocument):
        translator.translate_document("a.txt", b"\xff\xfe\x00")
    with pytest.raises(UnsupportedPair):
        translator.translate_document("a.txt", b"a", "en", "xx")


def test_cancelling_takes_the_work_out_of_the_queue() -> None:
    """Nothing of a document that nobody wants is left in the engine."""
    engine = FakeEngine()

    async def cancelled() -> int:
        work = Translator([engine]).translate_document_async("a.txt", b"WAIT here.")
        task = asyncio.ensure_future(work)
        await asyncio.to_thread(engine.waiting.wait)
        task.cancel()
        await asyncio.wait({task})
        return engine.given_up

    assert asyncio.run(cancelled()) == 1
    engine.release.set()
