"""One text, sentence by sentence."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate import DecodingOptions, Translation, Translator
from ai_translate.engine.turn import ANYTIME
from ai_translate.errors import EngineFailure, UnsupportedPair
from ai_translate.streaming import Beginning, Sentence
from support.fake_engine import FakeEngine

TEXT = "\ufeff# Héllo 👋 there.\n\n- One is here. Two is {name} here.\r\n\tOne is here.   1234\n"


async def _items(
    text: str, engine: FakeEngine | None = None, source: str = "en"
) -> list[Beginning | Sentence | Translation]:
    translator = Translator([engine or FakeEngine()])
    return [item async for item in translator.sentences_async(text, source)]


def items_of(
    text: str, engine: FakeEngine | None = None, source: str = "en"
) -> tuple[Beginning, list[Sentence], Translation]:
    first, *middle, last = asyncio.run(_items(text, engine, source))
    assert isinstance(first, Beginning)
    assert isinstance(last, Translation)
    sentences = [item for item in middle if isinstance(item, Sentence)]
    assert len(sentences) == len(middle)
    return first, sentences, last


def joined(beginning: Beginning, sentences: list[Sentence]) -> str:
    said = {one.index: one.translation.text for one in sentences}
    rest = zip(range(len(said)), beginning.layout[1:], strict=True)
    return beginning.layout[0] + "".join(said[index] + after for index, after in rest)


def test_the_sentences_in_their_places_are_the_whole() -> None:
    """Layout and sentences, joined, are what `translate` gives; so is the last item."""
    beginning, sentences, whole = items_of(TEXT)
    assert whole == Translator([FakeEngine()]).translate(TEXT)
    assert joined(beginning, sentences) == whole.text
    assert (beginning.source, beginning.target) == ("en", "fr")
    assert beginning.model == whole.model


def test_places_are_those_of_the_source_in_characters() -> None:
    """`start` and `end` cut the sentence out of the text, also behind what is no ASCII."""
    _, sentences, _ = items_of(TEXT)
    cut = [TEXT[one.start : one.end] for one in sorted(sentences, key=lambda one: one.index)]
    assert cut == ["Héllo 👋 there.", "One is here.", "Two is {name} here.", "One is here."]


@given(st.text(st.sampled_from("aB .!?\n\t\r{}x1👋é"), max_size=200))
def test_any_text_is_the_same_in_a_stream(text: str) -> None:
    """Whatever the text, what comes in pieces is what comes at once."""
    beginning, sentences, whole = items_of(text)
    assert whole == Translator([FakeEngine()]).translate(text)
    assert joined(beginning, sentences) == whole.text
    assert len(beginning.layout) == len(sentences) + 1


def test_the_first_sentence_goes_alone_and_equal_ones_once() -> None:
    """The engine has one sentence to do before the first event; no sentence goes to it twice."""
    engine = FakeEngine()
    text = "\n".join(f"This is number {n % 13}" for n in range(39))
    _, sentences, _ = items_of(text, engine)
    assert [len(call) for call in engine.calls] == [1, 2, 4, 6]
    assert len({sentence for call in engine.calls for sentence in call}) == 13
    assert len(sentences) == 39


def test_a_sentence_has_its_own_doubts() -> None:
    """Confidence and warnings of a sentence are of it alone."""
    _, sentences, whole = items_of("Good morning. CUT this LOOP here.")
    first, second = sorted(sentences, key=lambda one: one.index)
    assert first.translation.warnings == ()
    assert [warning.code for warning in second.translation.warnings] == ["cut_short", "repetition"]
    assert first.translation.confidence > whole.confidence > second.translation.confidence


def test_a_text_without_words_is_its_own_translation() -> None:
    """Nothing is asked of the engine where there is nothing to translate."""
    engine = FakeEngine()
    for source in ("en", "auto"):
        beginning, sentences, whole = items_of(" 12 — 34\n", engine, source)
        assert beginning.layout == (" 12 — 34\n",)
        assert sentences == []
        assert whole.text == " 12 — 34\n"
    assert engine.calls == []


def test_the_language_is_found_before_the_first_sentence() -> None:
    """With `auto` the beginning tells the language, and the whole does so again."""
    beginning, _, whole = items_of("The house is on the hill and the sun is warm.", source="auto")
    assert beginning.detected is not None
    assert beginning.detected.language == "en"
    assert whole.detected == beginning.detected


def test_a_failed_sentence_ends_the_stream() -> None:
    """The error is raised where its sentence would have come, behind those that were finished."""
    got: list[object] = []

    async def collect() -> None:
        async for item in Translator([FakeEngine()]).sentences_async("Well. Now FAIL here."):
            got.append(item)  # noqa: PERF401  # what came before the error counts

    with pytest.raises(EngineFailure):
        asyncio.run(collect())
    first, *sentences = got
    assert isinstance(first, Beginning)
    assert all(isinstance(one, Sentence) and one.index == 0 for one in sentences)


def test_a_pair_without_a_model_is_known_at_once() -> None:
    """Nothing comes before the error where the text cannot be translated at all."""

    async def first() -> object:
        return await anext(Translator([FakeEngine()]).sentences_async("Hello.", "en", "de"))

    with pytest.raises(UnsupportedPair):
        asyncio.run(first())


def test_closing_the_stream_gives_up_what_waits() -> None:
    """Whoever closes it takes the sentences that wait out of the queue."""
    engine = FakeEngine()

    async def closed_early() -> int:
        items = Translator([engine]).sentences_async("Well. WAIT here.")
        async with aclosing(items):
            assert isinstance(await anext(items), Beginning)
            assert isinstance(await anext(items), Sentence)
            await asyncio.to_thread(engine.waiting.wait)
        return engine.given_up

    assert asyncio.run(closed_early()) == 1
    engine.release.set()


def test_little_is_done_ahead_of_a_slow_reader() -> None:
    """Who reads one sentence has not made the engine do them all."""
    engine = FakeEngine()

    async def one_sentence() -> None:
        text = "\n".join(f"This is {number} of them" for number in range(5000))
        async with aclosing(Translator([engine]).sentences_async(text)) as items:
            await anext(items)
            await anext(items)
            await asyncio.sleep(0)

    asyncio.run(one_sentence())
    assert sum(map(len, engine.calls)) < 400


@pytest.mark.parametrize("tag_texts", [False, True])
def test_markup_is_the_same_in_a_stream(tag_texts: bool) -> None:  # a case
    """Sentences of a page have their places in its source, and make the page that all have."""
    page = '<p>One <b title="a longer word">is</b> here. Two.</p><img alt="A picture"><p>Three.</p>'
    translator = Translator([FakeEngine()])

    async def all_of_it() -> list[Beginning | Sentence | Translation]:
        how = translator.sentences_async(page, syntax="html", tag_texts=tag_texts)
        return [item async for item in how]

    first, *middle, whole = asyncio.run(all_of_it())
    assert whole == translator.translate(page, syntax="html", tag_texts=tag_texts)
    assert isinstance(first, Beginning)
    assert isinstance(whole, Translation)
    sentences = [item for item in middle if isinstance(item, Sentence)]
    assert joined(first, sentences) == whole.text
    cut = [page[one.start : one.end] for one in sorted(sentences, key=lambda one: one.index)]
    assert cut == ['One <b title="a longer word">is</b> here.', "Two.", "Three."]


def test_options_are_passed_on() -> None:
    """A stream searches as it is told."""
    engine = FakeEngine()
    options = DecodingOptions(beam_size=4, alternatives=1)

    async def last() -> object:
        items = Translator([engine]).sentences_async("A word.", options=options, cached=False)
        return [item async for item in items][-1]

    whole = asyncio.run(last())
    assert isinstance(whole, Translation)
    assert whole.alternatives == ("A WORD. (1)",)
    assert engine.asked == [options]
    assert engine.terms == [(ANYTIME, False)]
