"""The engine on the real starter model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.cache import SentenceCache
from ai_translate.engine.model import Model
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.turn import Turn
from ai_translate.engine.work import finish
from ai_translate.errors import DeadlineExceeded, EngineFailure, InvalidRequest, NotReady
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.store import Store
from support.marian import STARTER, tensors_of, write_folder
from support.starter import starter_artifact


def run(
    engine: CTranslate2Engine,
    sentences: Sequence[str],
    pair: LanguagePair,
    options: DecodingOptions,
) -> list[ScoredSentence]:
    found = finish(engine.translate(sentences, pair, options))
    assert all(isinstance(outcome, ScoredSentence) for outcome in found), found
    return [outcome for outcome in found if isinstance(outcome, ScoredSentence)]


EN_FR = LanguagePair("en", "fr")
DATA = Path(__file__).parents[2] / "data"
SENTENCES = (DATA / "sentences.en.txt").read_text(encoding="utf-8").splitlines()
GREEDY = DecodingOptions(beam_size=1)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return starter_artifact(tmp_path_factory.mktemp("int8"))


@pytest.fixture(scope="module")
def engine(artifact: Artifact) -> Iterator[CTranslate2Engine]:
    engine = CTranslate2Engine("starter", artifact)
    yield engine
    engine.close()


@pytest.mark.parametrize("beam", ["1", "2", "4"])
def test_float32_translates_as_transformers_did(
    beam: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At least 99% of 200 sentences are those that the reference suite recorded."""
    golden = json.loads((DATA / "starter-en-fr.float32.json").read_text(encoding="utf-8"))
    expected = golden["translations"][beam]
    float32 = starter_artifact(tmp_path_factory.mktemp("float32"), "float32")
    engine = CTranslate2Engine("starter", float32)
    found = run(engine, SENTENCES, EN_FR, DecodingOptions(beam_size=int(beam)))
    same = sum(s.best.text == text for s, text in zip(found, expected, strict=True))
    assert same >= 0.99 * len(SENTENCES)


def test_results_come_in_order_whatever_the_lengths(engine: CTranslate2Engine) -> None:
    """Sentences of mixed length come back in the order in which they went in."""
    mixed = [SENTENCES[0], SENTENCES[-1], SENTENCES[1], SENTENCES[-2], SENTENCES[0]]
    together = run(engine, mixed, EN_FR, GREEDY)
    alone = [run(engine, [text], EN_FR, GREEDY)[0] for text in mixed]
    assert [s.best.text for s in together] == [s.best.text for s in alone]


def test_the_longest_sentences_of_a_request_go_first(artifact: Artifact) -> None:
    """Neighbours in length share batches though they do not stand together."""
    engine = CTranslate2Engine("starter", artifact, inter_threads=1)
    decode, lengths = engine._model.decode, []

    def watched(batch: Sequence[Sequence[str]], options: DecodingOptions) -> list[object]:
        if not options.no_repeat_ngram:
            lengths.append([len(tokens) for tokens in batch])
        return list(decode(batch, options))

    engine._model.decode = watched  # type: ignore[method-assign, assignment]  # to look on
    run(engine, SENTENCES[::2] + SENTENCES[1::2], EN_FR, GREEDY)
    engine.close()
    assert len(lengths) > 3
    assert min(lengths[0]) > max(lengths[-1])


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0])
def test_score_is_the_mean_log_probability(
    engine: CTranslate2Engine, artifact: Artifact, length_penalty: float
) -> None:
    """Whatever the length penalty, the score is what teacher forcing gives the same tokens."""
    import ctranslate2  # noqa: PLC0415  # only this test asks it directly
    import sentencepiece  # noqa: PLC0415  # the same

    options = DecodingOptions(beam_size=4, length_penalty=length_penalty)
    [found] = run(engine, ["I lost my keys at the station."], EN_FR, options)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(STARTER / "source.spm"))
    source = [*pieces.encode("I lost my keys at the station.", out_type=str), "</s>"]
    target = pieces.encode(found.best.text, out_type=str)
    [scored] = ctranslate2.Translator(str(artifact.path)).score_batch([source], [target])
    assert found.best.tokens == len(scored.log_probs)
    mean = sum(scored.log_probs) / len(scored.log_probs)
    assert found.best.score == pytest.approx(mean, abs=0.02)


def test_alternatives_are_distinct_and_best_first(engine: CTranslate2Engine) -> None:
    """Asking for alternatives gives further hypotheses in falling order."""
    [found] = run(
        engine,
        ["Good morning, did you sleep well?"],
        EN_FR,
        DecodingOptions(beam_size=4, alternatives=3),
    )
    scores = [h.score for h in found.hypotheses]
    assert len({h.text for h in found.hypotheses}) == 4
    assert scores == sorted(scores, reverse=True)


def test_sentence_longer_than_the_model_is_translated_whole(engine: CTranslate2Engine) -> None:
    """What does not fit the positions is split, translated and joined, never cut off."""
    text = ", ".join(["I lost my keys at the station"] * 150)
    [found] = run(engine, [text], EN_FR, GREEDY)
    assert found.best.text.count("gare") >= 140
    assert found.best.tokens > engine.artifact.manifest.positions


def test_length_limit_is_told(engine: CTranslate2Engine) -> None:
    """A translation that stops at its limit says so."""
    sentence = ["I lost my keys at the station."]
    [short] = run(engine, sentence, EN_FR, DecodingOptions(max_target_tokens=3))
    [whole] = run(engine, sentence, EN_FR, DecodingOptions())
    assert (short.truncated, whole.truncated) == (True, False)
    assert short.best.tokens == 3


def test_threads_share_one_model(engine: CTranslate2Engine) -> None:
    """Many threads translate at once and each gets its own answers."""
    expected = [s.best.text for s in run(engine, SENTENCES[:40], EN_FR, GREEDY)]
    start = threading.Barrier(8)

    def work(_: int) -> list[str]:
        start.wait()
        return [run(engine, [s], EN_FR, GREEDY)[0].best.text for s in SENTENCES[:40]]

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            same = sum(a == b for a, b in zip(found, expected, strict=True))
            # Sums in another order can tip a tie between two words.
            assert same >= 39


def test_no_sentences_give_no_results(engine: CTranslate2Engine) -> None:
    """An empty call is answered without asking the model."""
    assert run(engine, [], EN_FR, GREEDY) == []


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\u200b", "</s>", "<unk>", "<pad>", "🤷" * 50])
def test_odd_input_gives_text(engine: CTranslate2Engine, text: str) -> None:
    """Nothing that can stand in a string makes the model fail or leak a special token."""
    [found] = run(engine, [text], EN_FR, GREEDY)
    assert not {"</s>", "<unk>", "<pad>", "⁇"} & set(found.best.text.split())


def test_device_that_is_not_there_is_named(artifact: Artifact) -> None:
    """Asking for a GPU where there is none is an error of ours."""
    with pytest.raises(EngineFailure, match="cuda"):
        CTranslate2Engine("starter", artifact, device="cuda")


def test_model_that_cannot_be_loaded_is_named(artifact: Artifact, tmp_path: Path) -> None:
    """A model file that CTranslate2 refuses is an error of ours."""
    for path in artifact.path.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:100_000])
    for name in ("source.spm", "target.spm"):
        (tmp_path / name).write_bytes((artifact.path / name).read_bytes())
    broken = Artifact(tmp_path, artifact.digest, artifact.manifest)
    with pytest.raises(EngineFailure, match="broken"):
        CTranslate2Engine("broken", broken)


@pytest.mark.parametrize(
    "fields",
    [
        {"beam_size": 0},
        {"beam_size": 17},
        {"alternatives": 2},
        {"length_penalty": -1.0},
        {"length_penalty": float("nan")},
        {"max_target_tokens": 0},
    ],
)
def test_options_out_of_range_are_refused(fields: dict[str, float]) -> None:
    """The message names the option and its limits."""
    with pytest.raises(InvalidRequest, match=next(iter(fields))):
        DecodingOptions(**fields)  # type: ignore[arg-type]  # mypy sees one type for all


def test_length_limit_does_not_depend_on_company(tmp_path: Path) -> None:
    """A model that never ends is stopped for each sentence at its own limit."""
    folder = tmp_path / "endless"
    tensors = tensors_of(write_folder(folder))
    tensors["final_logits_bias"][0, 0] = -1e4  # the end of a sentence
    save_file(tensors, folder / "model.safetensors")
    endless = Store(tmp_path).add(lambda out: convert(folder, out, quantization="float32"))
    model = Model("endless", endless, device="cpu", workers=1, threads=1)
    short, long = ("▁Hello", "</s>"), ("▁Good", *["▁Hello"] * 8, "</s>")
    together = model.decode([short, long], GREEDY)
    assert [len(found[0][0]) for found, _ in together] == [2 * 2 + 16, 2 * 10 + 16]
    assert [truncated for _, truncated in together] == [True, True]
    [(alone, _)] = model.decode([short], GREEDY)
    assert alone[0][0] == together[0][0][0][0]


def test_suspect_is_decoded_once_more(engine: CTranslate2Engine) -> None:
    """What the guard doubts is tried again, and what is still doubtful says why."""
    loops = (DATA.parents[1] / "benchmarks/data/provoking.en.txt").read_text(encoding="utf-8")
    found = run(engine, loops.splitlines()[:60], EN_FR, DecodingOptions())
    suspect = [sentence for sentence in found if sentence.suspicions]
    assert suspect
    assert {s.code for sentence in suspect for s in sentence.suspicions} <= {
        "repetition",
        "echo",
        "length",
        "numbers",
    }
    assert all(len(sentence.hypotheses) == 1 for sentence in found)
    assert engine._batcher.stats().items > 60


def test_cache_answers_what_was_asked_before(artifact: Artifact) -> None:
    """A sentence that is known goes to no worker; other options and `cached=False` do."""
    cache = SentenceCache(1_000_000)
    engine = CTranslate2Engine("starter", artifact, cache=cache)
    first = finish(engine.translate(SENTENCES[:5], EN_FR, GREEDY))
    sent = engine._batcher.stats().items
    assert finish(engine.translate(SENTENCES[:5], EN_FR, GREEDY)) == first
    assert engine._batcher.stats().items == sent
    assert (cache.stats().hits, cache.stats().misses) == (5, 5)
    mixed = finish(engine.translate(SENTENCES[3:7], EN_FR, GREEDY))
    assert mixed[:2] == first[3:]
    assert engine._batcher.stats().items == sent + 2
    finish(engine.translate(SENTENCES[:5], EN_FR, GREEDY, cached=False))
    finish(engine.translate(SENTENCES[:5], EN_FR, DecodingOptions(beam_size=2)))
    assert engine._batcher.stats().items == sent + 2 + 5 + 5
    engine.close()


def test_sentences_that_only_look_alike_when_joined_are_told_apart(artifact: Artifact) -> None:
    """The cache's keys are never joined strings."""
    engine = CTranslate2Engine("starter", artifact, cache=SentenceCache(1_000_000))
    [joined] = finish(engine.translate(["Yes.|No."], EN_FR, GREEDY))
    apart = finish(engine.translate(["Yes.", "No."], EN_FR, GREEDY))
    assert joined not in apart
    assert len(apart) == 2
    engine.close()


def test_passed_deadline_is_an_error_in_place(engine: CTranslate2Engine) -> None:
    """What no worker has taken in time is not translated."""
    [outcome] = finish(engine.translate(["Too late."], EN_FR, GREEDY, turn=Turn(0.0)))
    assert isinstance(outcome, DeadlineExceeded)


def test_one_queue_serves_many_callers(engine: CTranslate2Engine) -> None:
    """Sixty-four threads share batches, and each gets its own translations."""
    expected = [s.best.text for s in run(engine, SENTENCES, EN_FR, GREEDY)]
    before = engine._batcher.stats()
    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(lambda text: run(engine, [text], EN_FR, GREEDY)[0], SENTENCES))
    after = engine._batcher.stats()
    same = sum(s.best.text == text for s, text in zip(found, expected, strict=True))
    assert same >= 0.99 * len(SENTENCES)
    assert after.items - before.items >= len(SENTENCES)
    assert after.batches - before.batches < len(SENTENCES)


def test_closed_engine_answers_that_it_is_not_ready(artifact: Artifact) -> None:
    """Nobody waits for a model that is gone."""
    engine = CTranslate2Engine("starter", artifact)
    engine.close()
    engine.close()
    with pytest.raises(NotReady):
        finish(engine.translate(["Hello."], EN_FR, GREEDY))


def test_caller_who_leaves_takes_all_of_a_long_request_along(artifact: Artifact) -> None:
    """However many groups a request was sent in, none of them is translated for nobody."""
    engine = CTranslate2Engine("starter", artifact, inter_threads=1, intra_threads=1)
    work = engine.translate([f"Day {number}." for number in range(2000)], EN_FR, GREEDY)
    next(work)
    work.close()
    finish(engine.translate(["Are you there?"], EN_FR, GREEDY))
    stats = engine._batcher.stats()
    assert stats.items == 2001
    assert stats.abandoned > 1000
    engine.close()
