"""The translator: texts apart, sentences to the engine, texts together."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from ai_translate import DecodingOptions, Translation, Translator
from ai_translate.engine import Hypothesis, ScoredSentence
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import (
    AITranslateError,
    EngineFailure,
    IntegrityError,
    InvalidRequest,
    LockError,
    ModelMissing,
    ServiceError,
    UnsupportedPair,
)
from ai_translate.languages import LanguagePair
from ai_translate.supply.adding import add_folder
from ai_translate.supply.store import Store
from support.fake_engine import FakeEngine
from support.marian import tensors_of, write_folder


class Recorder(FakeEngine):
    """Says nothing to `(silence)`."""

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[ScoredSentence | ServiceError]]:
        """See `FakeEngine`."""
        found = yield from super().translate(sentences, pair, options, turn=turn, cached=cached)
        silent = ScoredSentence((Hypothesis("", -1.0, 1),) * (1 + options.alternatives))
        return [
            silent if "(silence)" in sentence else scored
            for sentence, scored in zip(sentences, found, strict=True)
        ]


@pytest.fixture
def engine() -> Recorder:
    return Recorder()


@pytest.fixture
def translator(engine: Recorder) -> Iterator[Translator]:
    with Translator([engine]) as translator:
        yield translator


def texts(found: Sequence[Translation | AITranslateError]) -> list[str]:
    return [item.text if isinstance(item, Translation) else item.code for item in found]


def test_layout_survives_around_translated_sentences(translator: Translator) -> None:
    """Outside its sentences a text is byte for byte what it was."""
    text = "\ufeff  Hello there.  How are you?\r\n\r\n\t- 42\n"
    assert translator.translate(text).text == text.upper()


def test_text_without_words_never_reaches_the_engine(
    translator: Translator, engine: Recorder
) -> None:
    """Numbers, spaces and the empty text come back as they are, with full confidence."""
    found = translator.translate_batch(["", "  \n", "42!", "🤷"], options=DecodingOptions(2, 1))
    assert texts(found) == ["", "  \n", "42!", "🤷"]
    assert [getattr(item, "confidence", None) for item in found] == [1.0] * 4
    assert engine.calls == []


def test_same_sentence_goes_to_the_engine_once(translator: Translator, engine: Recorder) -> None:
    """Repetition costs nothing and loses nothing."""
    found = translator.translate_batch(["Yes. No. Yes.", "Yes."])
    assert texts(found) == ["YES. NO. YES.", "YES."]
    assert engine.calls == [["Yes.", "No."]]


def test_confidence_is_the_geometric_mean_of_token_probabilities(translator: Translator) -> None:
    """Each token of the fake has probability 1/2, and so has the text."""
    assert math.isclose(translator.translate("Hello there. And you?").confidence, 0.5)


def test_alternatives_are_whole_texts(translator: Translator) -> None:
    """Every rank of hypotheses makes a text of its own."""
    found = translator.translate("One day. Two days.", options=DecodingOptions(3, 2))
    assert found.alternatives == ("ONE DAY. (1) TWO DAYS. (1)", "ONE DAY. (2) TWO DAYS. (2)")


def test_sentence_for_which_no_words_are_found_stands_as_it_is(translator: Translator) -> None:
    """Nothing is lost: the source stands, with a warning that names it."""
    found = translator.translate("Hello there. Stay (silence) here.")
    assert found.text == "HELLO THERE. Stay (silence) here."
    assert [(w.code, w.sentence) for w in found.warnings] == [
        ("untranslated", "Stay (silence) here.")
    ]


def test_sentence_that_was_cut_short_is_told(translator: Translator) -> None:
    """A translation that stopped at its limit carries a warning with its sentence."""
    found = translator.translate("Fine. CUT here.")
    assert [(w.code, w.sentence) for w in found.warnings] == [("cut_short", "CUT here.")]


def test_one_failing_text_fails_alone(translator: Translator) -> None:
    """Its neighbours are translated and its error stands in its place."""
    found = translator.translate_batch(["Good.", "FAIL now.", "Fine."])
    assert texts(found) == ["GOOD.", "engine_failure", "FINE."]
    with pytest.raises(EngineFailure):
        translator.translate("FAIL now.")


def test_first_model_of_a_direction_serves_it() -> None:
    """Where two models translate a direction, the order of the lock decides."""
    first, second = Recorder("first"), Recorder("second", [("en", "fr"), ("en", "de")])
    translator = Translator([first, second])
    assert translator.pairs == (("en", "de"), ("en", "fr"))
    assert translator.translate("Hello.").model.startswith("first@")
    assert translator.translate("Hello.", "en", "de").model.startswith("second@")


@pytest.mark.parametrize(
    ("source", "target"), [("EN", "fr"), ("en-US", "fr-CA"), ("eng", "fra"), ("en_GB", "FR")]
)
def test_regions_and_old_codes_find_the_model(
    translator: Translator, source: str, target: str
) -> None:
    """A tag that says more than the model's, or says it otherwise, is served by it."""
    found = translator.translate("Hello.", source, target)
    assert (found.source, found.target) == ("en", "fr")


def test_exact_tag_is_preferred_to_the_shorter_one() -> None:
    """A model for a region or script serves it before the general one does."""
    general, special = Recorder("g", [("en", "pt")]), Recorder("s", [("en", "pt-BR")])
    translator = Translator([general, special])
    assert translator.translate("Hello.", "en", "pt-br").model.startswith("s@")
    assert translator.translate("Hello.", "en", "pt-PT").model.startswith("g@")


def test_pair_without_a_model_names_those_that_exist(translator: Translator) -> None:
    """Whoever asks for another pair learns which there are."""
    with pytest.raises(UnsupportedPair, match=r"en→de.*en→fr"):
        translator.translate_batch(["Hello."], "en", "de")


@pytest.mark.parametrize("tag", ["", "english please", "é", "\ud800"])
def test_malformed_tag_is_named_with_its_field(translator: Translator, tag: str) -> None:
    """What is no language tag is told as such, not as a missing model."""
    with pytest.raises(InvalidRequest, match="target_lang"):
        translator.translate("Hello.", "en", tag)


def test_leaving_the_context_frees_the_models() -> None:
    """Every engine is closed at the end."""
    engine = Recorder()
    with Translator([engine]):
        assert not engine.closed
    assert engine.closed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "models/tiny"
    save_file(tensors_of(write_folder(folder)), folder / "model.safetensors")
    add_folder(tmp_path / "models.lock", Store(tmp_path / ".models"), folder, name="tiny")
    return tmp_path


def opened(project: Path) -> Translator:
    return Translator.open(project / ".models", project / "models.lock")


def test_open_loads_what_the_lock_names(project: Path) -> None:
    """A lock and a store are all that a translator needs."""
    with opened(project) as translator:
        assert [engine.name for engine in translator.engines] == ["tiny"]
        assert translator.translate("42").text == "42"


def test_open_refuses_what_was_changed_or_is_missing(project: Path) -> None:
    """A byte that differs, a model that is not there and an empty lock stop the start."""
    [model] = (project / ".models/store").glob("*/model.bin")
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match=r"tiny: .*model\.bin has sha256"):
        opened(project)
    for path in model.parent.iterdir():
        path.unlink()
    model.parent.rmdir()
    with pytest.raises(ModelMissing, match="tiny"):
        opened(project)
    (project / "models.lock").write_text("version = 1\n")
    with pytest.raises(LockError, match="names no model"):
        opened(project)


def test_event_loop_gets_what_a_thread_gets(translator: Translator) -> None:
    """The asynchronous methods answer as the others do, for short texts and long ones."""

    async def main() -> None:
        for text in ("Hello there.", "Hello there. " * 500):
            assert (await translator.translate_async(text)).text == text.upper()
        found = await translator.translate_batch_async(["One day.", "FAIL now."])
        assert texts(found) == ["ONE DAY.", "engine_failure"]
        with pytest.raises(EngineFailure):
            await translator.translate_async("FAIL now.")

    asyncio.run(main())


def test_stream_is_in_order_and_reads_no_further_than_it_must(translator: Translator) -> None:
    """Millions of texts need no more memory than a few hundred, and come in order."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield f"Day {read} FAIL." if read == 3 else f"Day {read}."

    stream = translator.stream(endless())
    found = texts([next(stream) for _ in range(1000)])
    assert found[:4] == ["DAY 1.", "DAY 2.", "engine_failure", "DAY 4."]
    assert found[-1] == "DAY 1000."
    assert read <= 1000 + 6 * 64


def test_empty_stream_ends(translator: Translator) -> None:
    """No texts, no results."""
    assert list(translator.stream([])) == []


def test_each_text_of_a_batch_is_detected_alone() -> None:
    """With `auto`, every text goes to the model of its own language."""
    english, german = Recorder("e", [("en", "fr")]), Recorder("g", [("de", "fr")])
    found = Translator([english, german]).translate_batch(
        [
            "Where is the railway station, please?",
            "Wo ist bitte der nächste Bahnhof?",
            "42",
            "¿Dónde está la estación de tren?",
        ],
        "auto",
    )
    assert [getattr(item, "model", "")[:2] for item in found] == ["e@", "g@", "", ""]
    detected = [item.detected for item in found if isinstance(item, Translation)]
    assert [one.language for one in detected if one] == ["en", "de", "und"]
    assert texts(found)[2:] == ["42", "unsupported_language_pair"]
    assert isinstance(found[3], UnsupportedPair)
    assert "Spanish" in found[3].message
    assert "de→fr, en→fr" in found[3].message


def test_candidates_bound_what_is_detected(translator: Translator) -> None:
    """A caller who knows what the languages can be says so."""
    text = "¿Dónde está la estación de tren?"
    with pytest.raises(UnsupportedPair):
        translator.translate(text, "auto")
    assert translator.translate(text, "auto", candidates=["en"]).text == text.upper()
    with pytest.raises(InvalidRequest, match="candidates"):
        translator.translate(text, "auto", candidates=["not a tag"])


def test_suspect_sentence_is_warned_of_and_counts_half(translator: Translator) -> None:
    """What the guard still suspects lowers the confidence and is named."""
    found = translator.translate("LOOP here.")
    assert math.isclose(found.confidence, 0.25)
    assert [(w.code, w.sentence) for w in found.warnings] == [("repetition", "LOOP here.")]


def test_deadline_and_cache_reach_the_engine(translator: Translator, engine: Recorder) -> None:
    """A timeout becomes a deadline, and whoever wants nothing cached gets nothing cached."""
    before = time.monotonic()
    translator.translate("Hello.", timeout=5.0, cached=False)
    translator.translate("Hello.")
    (turn, cached), plain = engine.terms
    assert before + 5 <= turn.deadline <= time.monotonic() + 5
    assert not cached
    assert plain == (ANYTIME, True)


def test_sentence_over_its_deadline_fails_its_text_alone(translator: Translator) -> None:
    """The other texts of a batch have their translations."""
    found = translator.translate_batch(["Fine.", "LATE now."])
    assert texts(found) == ["FINE.", "deadline_exceeded"]


def test_the_language_of_a_text_is_told(translator: Translator) -> None:
    """Whether a model serves it or not; of a text without words nothing is."""
    assert translator.detect("Wir gehen heute am Fluss spazieren.").language == "de"
    nothing = translator.detect("12 + 30")
    assert (nothing.language, nothing.confidence) == ("und", 0.0)
