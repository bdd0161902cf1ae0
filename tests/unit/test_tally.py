from __future__ import annotations

import asyncio
import threading

from ai_translate.languages import LanguagePair
from ai_translate.tally import OTHER, Direction, Done, Tally, watched
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine


def done(target: str = "fr", *, characters: int = 10) -> Done:
    return Done(LanguagePair("en", target), "tiny@0", 1, 2, characters, (), 1, 2, "Hello.")


def test_translations_are_counted_by_direction_and_doubt() -> None:
    """Texts that failed count nowhere; sentences count as they stand, equal ones too."""
    with Translator([FakeEngine()]) as translator:
        translator.translate_batch(["Hello. Hello. LOOP?", "FAIL", "42", "Bye."])
        totals = translator.tally.totals()
    assert totals.directions == {("en", "fr"): Direction(texts=3, sentences=4, characters=25)}
    assert totals.warnings == {"repetition": 1}


async def _streamed(translator: Translator, text: str) -> None:
    async for _ in translator.sentences_async(text):
        pass


def test_a_stream_counts_once() -> None:
    """A text that comes sentence by sentence is counted as a whole, at its end."""
    with Translator([FakeEngine()]) as translator:
        asyncio.run(_streamed(translator, "One. Two. LOOP."))
        totals = translator.tally.totals()
    assert totals.directions == {("en", "fr"): Direction(texts=1, sentences=3, characters=15)}
    assert totals.warnings == {"repetition": 1}


def test_a_watcher_hears_of_its_own_task_alone() -> None:
    """What others translate at the same time is not told; after the block nothing is."""
    tally = Tally()
    heard: list[Done] = []
    with watched(heard.append):
        tally.add(done())
        other = threading.Thread(target=tally.add, args=(done("de"),))
        other.start()
        other.join()
    tally.add(done())
    assert heard == [done()]
    assert tally.totals().directions["en", "fr"].texts == 2


def test_directions_beyond_the_first_are_counted_together() -> None:
    """However many languages a model has, a reading has a bounded number of lines."""
    tally = Tally()
    for number in range(600):
        tally.add(done(f"x{number}", characters=1))
    directions = tally.totals().directions
    assert len(directions) == 501
    assert directions[OTHER, OTHER].characters == 100
    assert directions["en", "x0"].characters == 1
